import { BelayError, show } from "../../core/error.ts";
import { type Field, isSameField } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { bestOf } from "../best.ts";
import { readFront } from "../front.ts";
import { requireStudy } from "../study.ts";
import { type Column, type ColumnKind, resolveColumn } from "./columns.ts";
import { type QueryOptions, selectionOf } from "./selection.ts";

/** A column to plot. */
export interface PlotAxis {
  /** As it was typed. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** Of a column of words: the words; its values are their places in this list. null: a column of numbers. */
  readonly words: readonly string[] | null;
  /** Whether the param was declared with `log`. */
  readonly isLog: boolean;
}

/** Two columns of trials, to be drawn as points. */
export interface Points {
  readonly study: string;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly numbers: readonly number[];
  /** How many of the selected trials lack one of the two, or have a number that is not finite. */
  readonly left: number;
  /** The trials that stand out, and why: they are on the Pareto front, or have the best value. */
  readonly marked: { readonly as: "front" | "best"; readonly numbers: ReadonlySet<number> } | null;
}

/**
 * Reads two columns of the selected trials.
 *
 * @param names - The columns: that to the right, of numbers or of words, and that upwards, of numbers.
 * @throws BelayError `usage`: an unknown study or column, a wrong selection, or no two columns that can be drawn.
 */
export function readPoints(
  reader: Reader,
  study: string,
  names: readonly string[],
  options: QueryOptions,
): Promise<Points> {
  return reader.snapshot(async (now) => {
    const row = await requireStudy(now, study);
    if (names.length !== 2)
      throw new BelayError(
        "usage",
        `--plot: expected two columns, such as units,value, got ${show(names.join(","))}`,
      );
    const [x, y] = names.map((name) => resolveColumn(row, name, "--plot")) as [Column, Column];
    if (isOfWords(y))
      throw new BelayError("usage", `--plot: expected numbers in the second column, got ${show(names[1]!)}`);
    const fields: readonly Field[] = [{ name: "number" }, x.field, y.field];
    const [numbers, ys, cells] = [[] as number[], [] as number[], [] as (string | number)[]];
    let left = 0;
    for await (const page of now.cells(row, fields, selectionOf(row, options))) {
      for (const [number, right, up] of page) {
        const isKnown = isOfWords(x) ? right !== null : Number.isFinite(right ?? Number.NaN);
        if (!isKnown || !Number.isFinite(up ?? Number.NaN)) {
          left++;
          continue;
        }
        numbers.push(Number(number));
        cells.push(right!);
        ys.push(Number(up));
      }
    }
    const words = isOfWords(x) ? wordsOf(x, cells) : null;
    const indices = words && new Map(words.map((word, i) => [word, i]));
    return {
      study: row.name,
      x: axisOf(row, names[0]!, x, words),
      y: axisOf(row, names[1]!, y, null),
      xs: indices ? cells.map((cell) => indices.get(wordOf(x, cell))!) : cells.map(Number),
      ...{ ys, numbers, left },
      marked: await markedOf(now, row, [x, y]),
    };
  });
}

const isOfWords = ({ kind }: Column): boolean => kind === "text" || kind === "any" || kind === "truth";

const wordOf = ({ kind }: Column, cell: string | number): string =>
  kind === "truth" ? String(cell === 1) : String(cell);

/** The words that occur: those that the column can have in their order, then others as they come. */
function wordsOf(column: Column, cells: readonly (string | number)[]): string[] {
  const found = new Set(cells.map((cell) => wordOf(column, cell)));
  const known = column.words.filter((word) => found.has(word));
  return [...known, ...[...found].filter((word) => !known.includes(word))];
}

function axisOf(
  { space }: StudyRow,
  name: string,
  { kind, field }: Column,
  words: readonly string[] | null,
): PlotAxis {
  const param =
    "key" in field && field.name === "params" ? space.params.find((each) => each.name === field.key) : null;
  const isLog =
    param !== null && param !== undefined && "log" in param.distribution && param.distribution.log;
  return { name, kind, words, isLog };
}

/** Which trials stand out: the front among two values, the best among values of one direction. */
async function markedOf(
  reader: Reader,
  study: StudyRow,
  [x, y]: readonly [Column, Column],
): Promise<Points["marked"]> {
  const isValue = ({ field }: Column): boolean => field.name === "values";
  if (study.directions.length > 1) {
    if (!isValue(x) || !isValue(y) || isSameField(x.field, y.field)) return null;
    const { results } = await readFront(reader, study);
    return { as: "front", numbers: new Set(results.map(({ number }) => number)) };
  }
  if (y.field.name !== "value" && !isValue(y)) return null;
  const { best } = await bestOf(reader, study);
  return best && { as: "best", numbers: new Set([best.number]) };
}
