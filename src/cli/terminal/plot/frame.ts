import type { Glyphs } from "./glyphs.ts";

/** The labels of an axis: a text and its place from 0 to 1. */
export type Labels = readonly (readonly [place: number, text: string])[];

/** How wide the labels beside a plot are; longer ones are cut. */
const MOST_BESIDE = 14;

/** How many characters are left for the plot itself. */
export function insideWidth(columns: number, beside: Labels): number {
  return Math.max(8, columns - besideWidth(beside) - 2);
}

function besideWidth(labels: Labels): number {
  return Math.min(
    MOST_BESIDE,
    labels.reduce((most, [, text]) => Math.max(most, text.length), 0),
  );
}

/**
 * Puts axes around rows of a plot.
 *
 * @param beside - Labels of the rows, place 0 at the bottom. @param below - Labels under the plot, place 0 at the left.
 */
export function framed(
  rows: readonly string[],
  { beside, below, glyphs }: { readonly beside: Labels; readonly below: Labels; readonly glyphs: Glyphs },
): string[] {
  const width = besideWidth(beside);
  const inside = rows[0]?.length ?? 0;
  const textAt = new Map(
    beside.map(([place, text]) => [Math.round((1 - place) * (rows.length - 1)), text.slice(0, MOST_BESIDE)]),
  );
  const drawn = rows.map((row, i) => {
    const text = textAt.get(i);
    return `${(text ?? "").padStart(width)} ${text === undefined ? glyphs.side : glyphs.tick}${row}`.trimEnd();
  });
  const floor = `${" ".repeat(width)} ${glyphs.corner}${glyphs.floor.repeat(inside)}`;
  return [...drawn, floor, `${" ".repeat(width + 2)}${labelRow(below, inside)}`.trimEnd()];
}

/** Labels in a row, each centred at its place; one that would touch another is left out, but for the first and last. */
function labelRow(labels: Labels, width: number): string {
  const row = Array.from({ length: width }, () => " ");
  const put = ([place, text]: Labels[number]): void => {
    const shown = text.slice(0, width);
    const from = Math.max(
      0,
      Math.min(width - shown.length, Math.round(place * (width - 1) - shown.length / 2)),
    );
    const around = row.slice(Math.max(0, from - 1), from + shown.length + 1);
    if (around.every((character) => character === " ")) row.splice(from, shown.length, ...shown);
  };
  const [first, ...rest] = labels;
  if (first) put(first);
  const last = rest.pop();
  if (last) put(last);
  for (const label of rest) put(label);
  return row.join("");
}
