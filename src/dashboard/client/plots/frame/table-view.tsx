import type { Table } from "../drawing/picture.ts";
import { formatNumber } from "../surface/format.ts";

/** The table of a plot: the same in words and numbers. */
export function TableView({ table, caption }: { readonly table: Table; readonly caption: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: Keys can scroll what does not fit.
    <section class="plot-table" tabIndex={0} aria-label={`Table: ${caption}`}>
      <table>
        <caption>
          {caption}
          {table.note && <small> {table.note}</small>}
        </caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((value, k) => (
                <td key={table.columns[k]} class={typeof value === "number" ? "plot-number" : ""}>
                  {typeof value === "number" ? formatNumber(value) : (value ?? "")}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
