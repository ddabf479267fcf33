import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Picture } from "../drawing/picture.ts";
import { fileName, tableCsv, toSvg } from "../pictures/output.ts";
import { save, toPng } from "./download.ts";
import { TableView } from "./table-view.tsx";

/** A plot below its title, with buttons for what it can be besides a picture: a table, CSV, a PNG, an SVG. */
export function Menu({
  title,
  study,
  output,
  children,
}: {
  readonly title: string;
  /** For the names of files. */
  readonly study: string;
  readonly output: ReadonlySignal<Picture | null>;
  readonly children: ComponentChildren;
}) {
  const [asTable, setAsTable] = useState(false);
  const picture = output.value;
  const keep = (ending: string, make: (picture: Picture) => Blob | Promise<Blob>) => async () => {
    if (picture) save(await make(picture), fileName(study, picture, ending));
  };
  const text = (content: string, type: string): Blob => new Blob([content], { type });
  return (
    <>
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
      {children}
      {asTable && picture && <TableView table={picture.table()} caption={picture.title} />}
    </>
  );
}
