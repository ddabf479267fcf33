import { cardinality, type Distribution, snap } from "./distribution.ts";

// Maps each param to the unit interval, in which samplers work and equal lengths are equally likely in a uniform draw.
// A float without steps fills the interval, by its logarithm if it is declared so. Each value of an int, a stepped
// float or a categorical has a part of the interval, called its cell.

/** The ends of the interval in the param's own scale. Cells of ints and steps reach half a step beyond the range. */
function ends(distribution: Exclude<Distribution, { kind: "categorical" }>): readonly [number, number] {
  const { low, high, log, step } = distribution;
  const half = step === null ? 0 : step / 2;
  return log ? [Math.log(low - half), Math.log(high + half)] : [low - half, high + half];
}

/** The position of `value` in [0, 1]; if the param has cells, a point within the value's cell. NaN stays NaN. */
export function toUnit(distribution: Distribution, value: number): number {
  if (distribution.kind === "categorical") return (value + 0.5) / distribution.choices.length;
  if (distribution.low === distribution.high) return Number.isNaN(value) ? Number.NaN : 0.5;
  const [from, to] = ends(distribution);
  const scaled = distribution.log ? Math.log(value) : value;
  // Each term is halved, because the difference of two floats may overflow.
  const unit = (scaled / 2 - from / 2) / (to / 2 - from / 2);
  return Math.min(1, Math.max(0, unit));
}

/** The value at the position `unit` in [0, 1]. */
export function fromUnit(distribution: Distribution, unit: number): number {
  if (distribution.kind === "categorical") {
    return Math.min(distribution.choices.length - 1, Math.floor(unit * distribution.choices.length));
  }
  if (distribution.low === distribution.high) return distribution.low;
  const [from, to] = ends(distribution);
  const scaled = from * (1 - unit) + to * unit;
  return snap(distribution, distribution.log ? Math.exp(scaled) : scaled);
}

/** The largest number below 1. */
const BELOW_ONE = 1 - 2 ** -53;

/** Reflects a position that is up to 1 beyond an end of the unit interval at that end: into [0, 1). */
export function foldIn(unit: number): number {
  return Math.min(BELOW_ONE, Math.abs(unit > 1 ? 2 - unit : unit));
}

/** The number of cells; 0 for a float without steps, which has none. */
export function cellCount(distribution: Distribution): number {
  const count = cardinality(distribution);
  return count === Number.POSITIVE_INFINITY ? 0 : count;
}

/** The edges of the cell of `value` in [0, 1]. For a float without steps both are the position of the value. */
export function cellEdges(distribution: Distribution, value: number): readonly [number, number] {
  if (distribution.kind === "categorical") {
    const count = distribution.choices.length;
    return [value / count, (value + 1) / count];
  }
  const { low, high, log, step } = distribution;
  if (low === high) return [0, 1];
  if (step === null) {
    const place = toUnit(distribution, value);
    return [place, place];
  }
  const [from, to] = ends(distribution);
  const edge = (at: number): number => ((log ? Math.log(at) : at) / 2 - from / 2) / (to / 2 - from / 2);
  return [Math.max(0, edge(value - step / 2)), Math.min(1, edge(value + step / 2))];
}

/** The `k`-th value of a param that has cells, in order. */
export function cellValue(distribution: Distribution, k: number): number {
  if (distribution.kind === "categorical") return k;
  return snap(distribution, distribution.low + k * (distribution.step ?? 0));
}

/** The index of `value` among the values of a param that has cells; the inverse of `cellValue`. */
export function cellIndex(distribution: Distribution, value: number): number {
  if (distribution.kind === "categorical") return value;
  const { low, high, step } = distribution;
  return low === high || step === null ? 0 : Math.round((value - low) / step);
}
