import { cardinality, type Distribution, snap } from "./distribution.ts";

/**
 * The unit interval of a param: samplers think in [0, 1], where equal lengths are equally likely under a uniform draw.
 * Floats fill it (logs by their logarithm); a value of an int, a step or a categorical owns a cell of it.
 */

/** The ends of the interval in the param's own scale; cells of ints and steps reach half a step beyond the range. */
function ends(distribution: Exclude<Distribution, { kind: "categorical" }>): readonly [number, number] {
  const { low, high, log, step } = distribution;
  const half = step === null ? 0 : step / 2;
  return log ? [Math.log(low - half), Math.log(high + half)] : [low - half, high + half];
}

/** Where `value` stands in [0, 1]: for a float its place, for all others a point within its cell. NaN stays NaN. */
export function toUnit(distribution: Distribution, value: number): number {
  if (distribution.kind === "categorical") return (value + 0.5) / distribution.choices.length;
  if (distribution.low === distribution.high) return Number.isNaN(value) ? Number.NaN : 0.5;
  const [from, to] = ends(distribution);
  const scaled = distribution.log ? Math.log(value) : value;
  // Halves, because high - low of a float may overflow.
  const unit = (scaled / 2 - from / 2) / (to / 2 - from / 2);
  return Math.min(1, Math.max(0, unit));
}

/** The value at `unit` in [0, 1]; a uniform `unit` gives each value its fair share. */
export function fromUnit(distribution: Distribution, unit: number): number {
  if (distribution.kind === "categorical") {
    return Math.min(distribution.choices.length - 1, Math.floor(unit * distribution.choices.length));
  }
  if (distribution.low === distribution.high) return distribution.low;
  const [from, to] = ends(distribution);
  const scaled = from * (1 - unit) + to * unit;
  return snap(distribution, distribution.log ? Math.exp(scaled) : scaled);
}

/** The number of cells: 0 for a float without steps, which has none. */
export function cellCount(distribution: Distribution): number {
  const count = cardinality(distribution);
  return count === Number.POSITIVE_INFINITY ? 0 : count;
}

/** The edges of the cell of `value` in [0, 1]; both are the value's own place for a float without steps. */
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

/** The place of `value` among the values of a param that has cells; the inverse of `cellValue`. */
export function cellIndex(distribution: Distribution, value: number): number {
  if (distribution.kind === "categorical") return value;
  const { low, high, step } = distribution;
  return low === high || step === null ? 0 : Math.round((value - low) / step);
}
