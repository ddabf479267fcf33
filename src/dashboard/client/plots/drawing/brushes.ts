import { type Scale, unitOf, valueAt } from "../surface/scale.ts";
import { rankingOf } from "./ranking.ts";
import type { Objective, Param } from "./trials.ts";

/** A range of values that is chosen on an axis; of a categorical axis the indices of choices. */
export interface AxisRange {
  readonly low: number;
  readonly high: number;
}

/** What is chosen on axes, by their names. */
export type Brushes = Readonly<Record<string, AxisRange>>;

/** The values of a part of an axis, 0 to 1; of categories those whose middle is in it, or the nearest one. */
export function rangeOfSpan(scale: Scale, [from, to]: readonly [number, number]): AxisRange {
  const [low, high] = [valueAt(scale, from), valueAt(scale, to)];
  if (scale.kind !== "category") return { low, high };
  const [first, last] = [Math.ceil(low), Math.floor(high)];
  if (first <= last) return { low: first, high: last };
  const nearest = Math.min(scale.names.length - 1, Math.max(0, Math.round((low + high) / 2)));
  return { low: nearest, high: nearest };
}

/** The part of an axis that a range takes up. */
export function spanOfRange(scale: Scale, { low, high }: AxisRange): readonly [from: number, to: number] {
  const half = scale.kind === "category" ? 0.45 : 0;
  const inside = (unit: number): number => Math.min(1, Math.max(0, unit));
  return [inside(unitOf(scale, low - half)), inside(unitOf(scale, high + half))];
}

/**
 * The rows that lie in all ranges, and among the best so large a share of values; null if nothing is chosen.
 *
 * @param top - 1: all.
 */
export function selectionOf(
  { objective, params }: { readonly objective: Objective; readonly params: readonly Param[] },
  brushes: Brushes,
  top: number,
): Uint8Array | null {
  const axes = [
    ...params.map(({ name, cells }) => ({ name, cells })),
    { name: objective.name, cells: objective.values },
  ];
  const chosen = axes.filter(({ name }) => brushes[name] !== undefined);
  if (chosen.length === 0 && top >= 1) return null;
  const mask = new Uint8Array(objective.values.length).fill(1);
  for (const { name, cells } of chosen) {
    const { low, high } = brushes[name]!;
    // A NaN fails both comparisons, and takes trials out in which the param was inactive.
    for (let row = 0; row < mask.length; row++)
      if (!(cells[row]! >= low && cells[row]! <= high)) mask[row] = 0;
  }
  if (top < 1) {
    const worst = rankingOf(objective.values, objective.direction).valueAtShare(top);
    const isMin = objective.direction === "minimize";
    for (let row = 0; row < mask.length; row++) {
      const value = objective.values[row]!;
      if (!(isMin ? value <= worst : value >= worst)) mask[row] = 0;
    }
  }
  return mask;
}

/** Ranges as a text for an address: `lr~0.001~0.1` with commas between. */
export function brushesText(brushes: Brushes): string | null {
  const parts = Object.entries(brushes).map(
    ([name, { low, high }]) => `${encode(name)}~${short(low)}~${short(high)}`,
  );
  return parts.length === 0 ? null : parts.join(",");
}

/** Ranges from a text; what is none is left out. */
export function brushesIn(text: string | null): Brushes {
  const brushes: Record<string, AxisRange> = Object.create(null) as Record<string, AxisRange>;
  for (const part of text?.split(",") ?? []) {
    const [name, low, high] = part.split("~");
    const range = { low: Number(low), high: Number(high) };
    if (!name || !low || !high || !(range.low <= range.high)) continue;
    const axis = decode(name);
    if (axis !== null) brushes[axis] = range;
  }
  return brushes;
}

/** A name without the marks that divide ranges. A lone half of a character has no place in an address. */
function encode(name: string): string {
  return encodeURIComponent(name.replace(/[\ud800-\udfff]/gu, "\ufffd")).replaceAll("~", "%7E");
}

function decode(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

/** Enough digits for an axis of a few hundred pixels; a range never becomes smaller than the values that bound it. */
const short = (value: number): string => String(Number(value.toPrecision(9)));
