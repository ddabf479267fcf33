import { formatValue } from "../../../core/units.ts";
import type { BestHistoryJson } from "../../../report/best-history.ts";
import { wrap } from "../wrap.ts";
import { canvas } from "./canvas.ts";
import { framed, insideWidth, type Labels } from "./frame.ts";
import type { Glyphs } from "./glyphs.ts";
import { scaleOf } from "./scale.ts";
import type { PlotSize } from "./scatter.ts";

/** In longer studies most improvements are among the first trials, so trials are placed by their logarithms. */
const LONG = 1_000;

/**
 * Draws how the best value came along: a line that steps at each improvement, and below it a mark where trials were lost.
 * No lines before the second trial or the first value.
 */
export function historyLines(
  { trials, improvements, lost }: BestHistoryJson,
  glyphs: Glyphs,
  { columns, lines }: PlotSize,
): string[] {
  if (trials < 2 || improvements.length === 0) return [];
  const up = scaleOf(
    improvements.map(({ value }) => value),
    "wide",
  );
  const isFlat = improvements.length === 1;
  const beside: Labels = (isFlat ? [0.5] : [0, 0.5, 1]).map(
    (place) =>
      [place, formatValue(Number((isFlat ? improvements[0]!.value : up.at(place)).toPrecision(4)))] as const,
  );
  const drawn = canvas(insideWidth(columns, beside), lines);
  const rowOf = (value: number): number =>
    Math.round((1 - (isFlat ? 0.5 : up.place(value))) * (drawn.height - 1));
  const along = scaleOf([1, trials], trials >= LONG ? "positive" : "never"); // by one more, because a logarithm needs it
  const columnOf = (number: number): number => Math.round(along.place(number + 1) * (drawn.width - 1));
  improvements.forEach(({ number, value }, i) => {
    const to = improvements[i + 1]?.number ?? trials - 1;
    for (let x = columnOf(number); x <= columnOf(to); x++) drawn.dot(x, rowOf(value));
    const next = improvements[i + 1];
    if (next) for (const y of between(rowOf(value), rowOf(next.value))) drawn.dot(columnOf(to), y);
  });
  const marks = canvas(drawn.width / 2, 1);
  for (const number of lost) marks.mark(columnOf(number), 0, glyphs.lost);
  const below: Labels = [0, 0.5, 1].map((place) => [place, String(Math.round(along.at(place)) - 1)] as const);
  const rows = [...drawn.rows(glyphs), ...(lost.length > 0 ? marks.rows(glyphs) : [])];
  const shift = lost.length > 0 ? 1 / (rows.length - 1) : 0; // the row of marks is below the lowest value
  const moved = beside.map(([place, text]) => [shift + place * (1 - shift), text] as const);
  const notes = [
    "the best after each trial",
    ...(along.isLog ? ["trials logarithmic"] : []),
    ...(up.isLog && !isFlat ? ["values logarithmic"] : []),
    ...(lost.length > 0
      ? [`${glyphs.lost} ${lost.length === 1 ? "one was" : `${lost.length} were`} lost`]
      : []),
  ];
  return [...framed(rows, { beside: moved, below, glyphs }), ...wrap(notes.join("; ").split(" "), columns)];
}

function between(a: number, b: number): number[] {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
