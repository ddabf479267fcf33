import type { Space } from "../core/space/space.ts";

/** Into how many parts of about as many trials the thresholds divide a param's values. */
const PARTS = 32;
/** From how many values, evenly spread over the trials, the thresholds are found at most. */
const MOST_VALUES = 16_384;

/** A condition on a param, such as `units >= 512`. */
export interface RangeCondition {
  /** Index of the param in the space. */
  readonly param: number;
  readonly operator: ">=" | "<=" | "=";
  /** A number of rows: the threshold, or the index of the choice. */
  readonly value: number;
}

/** The bins of a param, and the ranges of bins that conditions name. */
export interface Split {
  /** Index of the param in the space. */
  readonly param: number;
  /** The bin of each trial; `count` where the param is inactive. */
  readonly bins: Int32Array;
  readonly count: number;
  /** Bins from `from` up to and without `to`. */
  readonly ranges: readonly {
    readonly operator: RangeCondition["operator"];
    readonly from: number;
    readonly to: number;
  }[];
  /** The least value of each bin after the first; empty for choices. */
  readonly edges: readonly number[];
}

/** Divides the values of each param that has at least two. The thresholds do not depend on what became of the trials. */
export function splitParams(space: Space, columns: readonly Float64Array[]): Split[] {
  return space.params.flatMap(({ distribution }, param): Split[] => {
    const column = columns[param]!;
    if (distribution.kind === "categorical") {
      const count = distribution.choices.length;
      const bins = binsOf(column, count, (value) => value);
      const ranges = distribution.choices.map((_, at) => ({ operator: "=" as const, from: at, to: at + 1 }));
      return [{ param, bins, count, ranges, edges: [] }];
    }
    const edges = edgesOf(column, distribution.kind === "int" && distribution.log);
    if (edges.length === 0) return [];
    const count = edges.length + 1;
    const bins = binsOf(column, count, (value) => binOf(edges, value));
    const ranges = edges.flatMap((_, k) => [
      { operator: ">=" as const, from: k + 1, to: count },
      { operator: "<=" as const, from: 0, to: k + 1 },
    ]);
    return [{ param, bins, count, ranges, edges }];
  });
}

function binsOf(column: Float64Array, count: number, binOfValue: (value: number) => number): Int32Array {
  const bins = new Int32Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    bins[i] = Number.isNaN(value) ? count : binOfValue(value);
  }
  return bins;
}

/** Round numbers near the quantiles of the values. */
function edgesOf(column: Float64Array, prefersPowers: boolean): number[] {
  const stride = Math.ceil(column.length / MOST_VALUES);
  const some = stride <= 1 ? column : column.filter((_, i) => i % stride === 0);
  const sorted = some.filter((value) => !Number.isNaN(value)).sort();
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor((part / PARTS) * sorted.length))]!;
  const edges = new Set<number>();
  for (let part = 1; part < PARTS; part++) {
    const [low, high] = [at(part - 0.5), at(part + 0.5)];
    if (low < high) edges.add(roundest(low, high, prefersPowers));
  }
  return [...edges].sort((a, b) => a - b);
}

function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The number with the fewest digits above `low` and up to `high`; a power of two if those are preferred. */
function roundest(low: number, high: number, prefersPowers: boolean): number {
  if (prefersPowers) {
    const power = 2 ** Math.floor(Math.log2(high));
    if (power > low) return power;
  }
  if (low < 0 && high >= 0) return 0;
  const largest = Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high))));
  for (let exponent = largest; exponent > largest - 15; exponent--) {
    for (const digit of [1, 0.5, 0.2]) {
      const step = digit * 10 ** exponent;
      const found = Number((Math.floor(high / step + 1e-9) * step).toPrecision(12));
      if (found > low && found <= high) return found;
    }
  }
  return high;
}

/** A range as a condition, with the roundest threshold that holds for the same trials. */
export function conditionsOf(
  space: Space,
  columns: readonly Float64Array[],
  { param, ranges, edges }: Split,
  at: number,
): RangeCondition {
  const { operator, from, to } = ranges[at]!;
  if (operator === "=") return { param, operator, value: from };
  const { distribution } = space.params[param]!;
  const prefersPowers = distribution.kind === "int" && distribution.log;
  const edge = edges[(operator === ">=" ? from : to) - 1]!;
  let [below, above] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const value of columns[param]!) {
    if (value < edge) below = Math.max(below, value);
    else above = Math.min(above, value);
  }
  if (operator === ">=") return { param, operator, value: roundest(below, above, prefersPowers) };
  // The mirror image of the search above: from the largest value that counts up to the next one, without it.
  const found = -roundest(-above, -below, false);
  return { param, operator, value: found };
}
