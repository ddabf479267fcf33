import type { Cells } from "../../data/frame.ts";
import { linearTicks, logTicks, type Tick, timeTicks } from "./ticks.ts";

/** Where values lie on an axis. */
export interface Scale {
  readonly kind: "linear" | "log" | "time" | "category";
  /** The values at both ends; for categories -0.5 and their number - 0.5. */
  readonly low: number;
  readonly high: number;
  /** The names of categories, whose values are 0, 1, ... */
  readonly names: readonly string[];
  /** How a value is written. */
  readonly format: (value: number) => string;
}

/** Marks on an axis with their texts. @param count - About how many fit. */
export function ticksOf(scale: Scale, count: number): readonly Tick[] {
  const { kind, low, high, names, format } = scale;
  if (kind === "time") return timeTicks(low, high, count);
  if (kind === "log") return logTicks(low, high, count, format);
  if (kind === "linear") return linearTicks(low, high, count, format);
  const every = Math.max(1, Math.ceil(names.length / Math.max(1, count)));
  return names.flatMap((text, value) => (value % every === 0 ? [{ value, text }] : []));
}

/**
 * Where a value lies: 0 at the low end, 1 at the high end, and beyond them outside. NaN if it has no place: it is not
 * finite, or not positive on a log axis.
 */
export function unitOf(scale: Scale, value: number): number {
  if (!Number.isFinite(value)) return Number.NaN;
  return scale.kind === "log"
    ? value > 0
      ? place(Math.log(value), Math.log(scale.low), Math.log(scale.high))
      : Number.NaN
    : place(value, scale.low, scale.high);
}

/** Halves, because the difference of the largest numbers is infinite. */
function place(value: number, low: number, high: number): number {
  const span = high / 2 - low / 2;
  return span > 0 ? (value / 2 - low / 2) / span : 0.5;
}

/** The value at a place between 0 and 1, the inverse of `unitOf`. */
export function valueAt(scale: Scale, unit: number): number {
  const { kind, low, high } = scale;
  if (kind !== "log") return low * (1 - unit) + high * unit;
  return Math.exp(Math.log(low) * (1 - unit) + Math.log(high) * unit);
}

/** The places of a whole column, as `unitOf` tells them, in one pass without a call for each. */
export function unitsOf(scale: Scale, cells: ArrayLike<number>, into = new Float32Array(cells.length)) {
  const isLog = scale.kind === "log";
  const low = isLog ? Math.log(scale.low) : scale.low;
  const high = isLog ? Math.log(scale.high) : scale.high;
  const span = high / 2 - low / 2;
  const half = low / 2;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    const value = isLog ? (cell > 0 ? Math.log(cell) : Number.NaN) : cell;
    // An infinity minus itself is NaN, which takes it out as well.
    into[i] = value - value === 0 ? (span > 0 ? (value / 2 - half) / span : 0.5) : Number.NaN;
  }
  return into;
}

/** The least and the largest finite value; null without any. @param isPositive - Only values above 0 count. */
export function extentOf(
  cells: ArrayLike<number>,
  {
    mask = null,
    isPositive = false,
  }: { readonly mask?: Uint8Array | null; readonly isPositive?: boolean } = {},
): readonly [low: number, high: number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < cells.length; i++) {
    const value = cells[i]!;
    if (value - value !== 0 || (isPositive && value <= 0) || (mask !== null && mask[i] === 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/**
 * A scale over a range, a little wider so that no mark is cut, and never without a width.
 *
 * @param range - null: nothing is to be shown; then the axis goes from 0 to 1 (log: from 0.1 to 1).
 */
export function scaleOver(
  kind: "linear" | "log" | "time",
  range: readonly [number, number] | null,
  format: Scale["format"],
  margin = 0.03,
): Scale {
  const names: readonly string[] = [];
  if (range === null) return { kind, low: kind === "log" ? 0.1 : 0, high: 1, names, format };
  const [from, to] = range;
  if (kind === "log") {
    const pad = from === to ? 0.5 : (Math.log(to) - Math.log(from)) * margin;
    const low = Math.exp(Math.log(from) - pad);
    const high = Math.exp(Math.log(to) + pad);
    return { kind, low: low > 0 ? low : Number.MIN_VALUE, high: clamp(high), names, format };
  }
  const span = to / 2 - from / 2;
  // A single value gets a range around it which the number's precision can show.
  const pad =
    span > 0
      ? span * 2 * margin
      : kind === "time"
        ? 1_000
        : Math.max(Math.abs(from) * 1e-3, from === 0 ? 1 : 0);
  const low = clamp(from - pad);
  const high = clamp(to + pad);
  return low < high
    ? { kind, low, high, names, format }
    : { kind, low: from - 1, high: from + 1, names, format };
}

const clamp = (value: number): number =>
  Math.min(
    Number.MAX_VALUE,
    Math.max(-Number.MAX_VALUE, Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE),
  );

/** A scale of names. */
export function categories(names: readonly string[]): Scale {
  const format = (value: number): string => names[Math.round(value)] ?? "";
  return { kind: "category", low: -0.5, high: Math.max(1, names.length) - 0.5, names, format };
}

/** A place for each trial within the width of its category, so that equal values do not hide one another: -0.5 to 0.5. */
export function jitter(row: number): number {
  return ((Math.imul(row + 1, 0x9e3779b1) >>> 8) / 0xffffff - 0.5) * 0.7;
}

/** The cells of a categorical param as places with jitter: category `k` around k. */
export function jittered(cells: Cells, absent: number): Float32Array {
  const places = new Float32Array(cells.length);
  for (let i = 0; i < cells.length; i++)
    places[i] = cells[i] === absent || cells[i]! < 0 ? Number.NaN : cells[i]! + jitter(i);
  return places;
}
