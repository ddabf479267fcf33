import { useEffect } from "preact/hooks";
import type { Picture } from "../drawing/picture.ts";
import type { PlotProps } from "./plot-props.ts";
import { PlotView } from "./plot-view.tsx";

/** A plot's picture on the page, handed on for its table and its files. */
export function Shown({
  picture,
  props,
}: {
  readonly picture: Picture;
  readonly props: Omit<PlotProps, "data">;
}) {
  const { output, onTrial } = props;
  useEffect(() => {
    if (output) output.value = picture;
  }, [output, picture]);
  return <PlotView picture={picture} onTrial={onTrial} />;
}
