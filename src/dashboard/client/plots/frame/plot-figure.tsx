import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useRef } from "preact/hooks";
import type { Picture } from "../drawing/picture.ts";
import { useInView, useSeenData } from "./in-view.ts";
import { Menu } from "./menu.tsx";
import type { PlotProps } from "./plot-props.ts";

/** A plot with its title and its menu. While nobody sees it, it costs nothing. */
export function PlotFigure({
  title,
  plot: Plot,
  ...props
}: Omit<PlotProps, "output"> & { readonly title: string; readonly plot: ComponentType<PlotProps> }) {
  const figure = useRef<HTMLElement>(null);
  const output = useSignal<Picture | null>(null);
  const data = useSeenData(props.data, useInView(figure));
  return (
    <figure class="plot-figure" ref={figure}>
      <Menu title={title} study={data.name} output={output}>
        <Plot {...props} data={data} output={output} />
      </Menu>
    </figure>
  );
}
