import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { fileName, tableCsv, toSvg } from "../pictures/output.ts";
import type { Picture } from "../pictures/picture.ts";
import { save, toPng } from "./download.ts";
import type { PlotProps } from "./plot-props.ts";
import { TableView } from "./table-view.tsx";

/** A plot with its title and what it can be besides a picture: a table, a PNG, an SVG. */
export function PlotFigure({
  title,
  plot: Plot,
  ...props
}: Omit<PlotProps, "output"> & { readonly title: string; readonly plot: ComponentType<PlotProps> }) {
  const output = useSignal<Picture | null>(null);
  const [asTable, setAsTable] = useState(false);
  const picture = output.value;
  const study = props.data.name;
  const keep = (ending: string, make: (picture: Picture) => Blob | Promise<Blob>) => async () => {
    if (picture) save(await make(picture), fileName(study, picture, ending));
  };
  const text = (content: string, type: string): Blob => new Blob([content], { type });
  return (
    <figure class="plot-figure">
      <figcaption>
        <h2>{title}</h2>
        <div class="plot-menu">
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            Table
          </button>
          <button type="button" onClick={keep("csv", (shown) => text(tableCsv(shown.table()), "text/csv"))}>
            CSV
          </button>
          <button type="button" onClick={keep("png", toPng)}>
            PNG
          </button>
          <button type="button" onClick={keep("svg", (shown) => text(toSvg(shown), "image/svg+xml"))}>
            SVG
          </button>
        </div>
      </figcaption>
      <Plot {...props} output={output} />
      {asTable && picture && <TableView table={picture.table()} caption={picture.title} />}
    </figure>
  );
}
