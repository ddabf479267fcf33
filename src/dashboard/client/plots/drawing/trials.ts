import { quantileOfSorted } from "../../../../core/numeric/quantile.ts";
import { type Direction, sign } from "../../../../core/search/direction.ts";
import type { Distribution } from "../../../../core/space/distribution.ts";
import { decode } from "../../../../core/space/distribution.ts";
import type { StudyHeadJson } from "../../../../report/page/page.ts";
import type { Cells } from "../../data/frame.ts";
import { formatNumber } from "../surface/format.ts";
import { categories, extentOf, jittered, type Scale, scaleOver, unitsOf } from "../surface/scale.ts";

/** A column of words: indices, and what they stand for. */
export interface WordColumn {
  readonly cells: Cells;
  readonly words: readonly string[];
}

/** The columns of trials that every plot needs. */
export interface Trials {
  readonly numbers: Cells;
  readonly states: WordColumn;
  readonly reasons: WordColumn;
  /** How far each violates its constraints; a trial with more than 0 is never the best. null: not known yet. */
  readonly violations: Cells | null;
  /** Which trials are shown, 1 for each; null: all. */
  readonly visible: Uint8Array | null;
}

/** An objective: its values, NaN without. */
export interface Objective {
  readonly name: string;
  readonly direction: Direction;
  readonly values: Cells;
}

/** A param: its cells are numbers, or indices of choices. */
export interface Param {
  readonly name: string;
  readonly distribution: Distribution;
  readonly cells: Cells;
}

/** The name of an objective: `value`, or `values.1` as the command line has it. */
export function objectiveName(directions: StudyHeadJson["directions"], index: number): string {
  return directions.length === 1 ? "value" : `values.${index}`;
}

/** The word in a cell; null if it holds none. */
export function wordAt({ cells, words }: WordColumn, row: number): string | null {
  return words[cells[row]!] ?? null;
}

/** How many rows are shown. @param also - A row that is not shown by this is not counted. */
export function countShown(
  rows: number,
  visible: Uint8Array | null,
  also: (row: number) => boolean = () => true,
): number {
  let count = 0;
  for (let row = 0; row < rows; row++) if ((visible === null || visible[row] === 1) && also(row)) count++;
  return count;
}

/** The best of the trials that are shown and hold to their constraints; -1 if there is none. */
export function bestShown({ violations, visible }: Trials, { values, direction }: Objective): number {
  const flip = sign(direction);
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let row = 0; row < values.length; row++) {
    const cost = values[row]! * flip;
    if (!(cost < least) || (visible !== null && visible[row] === 0)) continue;
    if (violations !== null && violations[row]! > 0) continue;
    least = cost;
    best = row;
  }
  return best;
}

/** The axis of a param, over all that its distribution allows. */
export function paramScale({ distribution }: Pick<Param, "distribution">): Scale {
  if (distribution.kind === "categorical")
    return categories(distribution.choices.map((_, index) => String(decode(distribution, index))));
  const { low, high, log } = distribution;
  return scaleOver(log ? "log" : "linear", [low, high], formatNumber, 0.02);
}

const known = new WeakMap<object, { readonly distribution: Distribution; readonly units: Float32Array }>();

/** Where the values of a param lie on its axis. A column is placed once. @param isSpread - Choices get jitter. */
export function paramUnits(param: Param, isSpread: boolean): Float32Array {
  const { cells, distribution } = param;
  const cached = isSpread ? known.get(cells) : undefined;
  if (cached?.distribution === distribution) return cached.units;
  const absent = cells instanceof Uint8Array ? 255 : -1;
  const placed =
    distribution.kind === "categorical" ? (isSpread ? jittered(cells, absent) : plain(cells, absent)) : cells;
  const units = unitsOf(paramScale(param), placed);
  if (isSpread) known.set(cells, { distribution, units });
  return units;
}

function plain(cells: Cells, absent: number): Float32Array {
  return Float32Array.from(cells, (cell) => (cell === absent || cell < 0 ? Number.NaN : cell));
}

/** The value of a param for people; `inactive` where its condition does not hold. */
export function paramText({ distribution, cells }: Param, row: number): string {
  const cell = cells[row]!;
  if (distribution.kind !== "categorical") return Number.isNaN(cell) ? "inactive" : formatNumber(cell);
  return cell in distribution.choices ? String(decode(distribution, cell)) : "inactive";
}

/** A value of an objective for people. */
export function valueText(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "no value" : formatNumber(value);
}

/** How much of the values an axis shows: all, or only the better ones if a few bad ones would press them together. */
export type Tail = "auto" | "all" | "best";

/** `best` leaves out this share of the values, the worst ones. */
const WORST_SHARE = 0.1;
/** `auto` leaves them out if they would take more than this share of the axis. */
const MOST_OF_AXIS = 0.9;
/** So many values tell well enough where the worst begin. */
const SAMPLE = 4_096;

/**
 * The axis of an objective over the values that are shown; over all if none is.
 *
 * @param isLog - Values that are not above 0 have no place then.
 */
export function valueScale(
  { values, direction }: Objective,
  visible: Uint8Array | null,
  { isLog = false, tail = "all" }: { readonly isLog?: boolean; readonly tail?: Tail } = {},
): Scale {
  const kind = isLog ? "log" : "linear";
  const whole =
    extentOf(values, { mask: visible, isPositive: isLog }) ?? extentOf(values, { isPositive: isLog });
  if (whole === null || tail === "all") return scaleOver(kind, whole, formatNumber, 0.04);
  const [low, high] = whole;
  const sample = sampleOf(values, visible, isLog);
  const share = direction === "minimize" ? 1 - WORST_SHARE : WORST_SHARE;
  const edge = quantileOfSorted(sample, share);
  const better: [number, number] = direction === "minimize" ? [low, edge] : [edge, high];
  const place = isLog ? Math.log : (value: number): number => value / 2;
  const kept = (place(better[1]) - place(better[0])) / (place(high) - place(low));
  const isCut = sample.length >= 10 && better[0] < better[1] && (tail === "best" || kept < 1 - MOST_OF_AXIS);
  return scaleOver(kind, isCut ? better : whole, formatNumber, 0.04);
}

function sampleOf(values: Cells, visible: Uint8Array | null, isPositive: boolean): Float64Array {
  const every = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample = new Float64Array(Math.ceil(values.length / every));
  let count = 0;
  for (let row = 0; row < values.length; row += every) {
    const value = values[row]!;
    if (value - value !== 0 || (isPositive && value <= 0) || (visible !== null && visible[row] === 0))
      continue;
    sample[count++] = value;
  }
  return sample.subarray(0, count).sort();
}
