import { BelayError } from "./error.ts";
import type { Direction } from "./search/direction.ts";

/**
 * What an aggregate receives besides the split values.
 *
 * @example
 * aggregate: (values, { direction, objective }) =>
 *   objective === 0 ? mean(values) : worst(values, { direction })
 */
export interface AggregateContext {
  /** The direction of this objective. */
  readonly direction: Direction;
  /** Index of the objective in `directions`; 0 in a study with one direction. */
  readonly objective: number;
}

/**
 * Computes a trial's value of one objective from its split values, which are in the order of the splits. A study with
 * several directions calls it once for each. It runs in the worker, within the limits of the trial.
 *
 * @example
 * const spread: Aggregate = (values) => Math.max(...values) - Math.min(...values);
 */
export type Aggregate = (values: readonly number[], context: AggregateContext) => number;

/**
 * How an aggregate computes a trial's value: `mean`, the mean of the split values; `place`, their median or one of the
 * values that are worse, such as the worst; `spread`, the mean made worse by a multiple of the standard deviation;
 * `other`, anything else.
 */
export const AGGREGATE_KINDS = ["mean", "place", "spread", "other"] as const;
export type AggregateKind = (typeof AGGREGATE_KINDS)[number];

/**
 * Arithmetic mean of the values; NaN for an empty array. The default of `aggregate`.
 *
 * @example
 * aggregate: (values) => mean(values) - 0.1 * std(values)
 */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The middle value, or the mean of the two middle values; NaN for an empty array, or when a value is NaN. However bad
 * one split is, it moves the median no further than to the next value.
 *
 * @example
 * aggregate: median
 */
export function median(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sorted = Float64Array.from(values).sort(); // puts -0 before 0, so that the order of the splits makes no difference
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Sample standard deviation, with divisor n - 1, because the splits are a sample of all the divisions that could have
 * been drawn. 0 for one value, NaN for an empty array.
 *
 * @example
 * aggregate: [mean, (values) => std(values)]
 */
export function std(values: readonly number[]): number {
  if (values.length < 2) return values.length === 0 || Number.isNaN(values[0]!) ? Number.NaN : 0;
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

/**
 * The worst split value: the largest when the objective is minimized, the smallest when it is maximized; NaN for an
 * empty array. For params that must do well on every split.
 *
 * @example
 * aggregate: worst
 */
export function worst(values: readonly number[], { direction }: Pick<AggregateContext, "direction">): number {
  if (values.length === 0) return Number.NaN;
  return direction === "minimize" ? Math.max(...values) : Math.min(...values);
}

/**
 * The mean made worse by `k` sample standard deviations: `mean - k * std` when the objective is maximized,
 * `mean + k * std` when it is minimized. It prefers params that do well on all splits to params that do very well on
 * some.
 *
 * @param k - Weight of the spread, 0 or more: 0.1 breaks near-ties, 1 is cautious.
 * @example
 * aggregate: meanMinusStd(0.1)
 */
export function meanMinusStd(k: number): Aggregate {
  return (values, { direction }) => mean(values) + (direction === "minimize" ? k : -k) * std(values);
}

/**
 * The trial's values, one per direction, from the values of its finished splits.
 *
 * @param aggregate - One function for all objectives, or one for each.
 * @param splits - The values of each split, one per direction.
 */
export function aggregateSplits(
  aggregate: Aggregate | readonly Aggregate[],
  directions: readonly Direction[],
  splits: readonly (readonly number[])[],
): number[] {
  return directions.map((direction, objective) => {
    const one = typeof aggregate === "function" ? aggregate : aggregate[objective]!;
    return one(
      splits.map((values) => values[objective]!),
      { direction, objective },
    );
  });
}

/**
 * The aggregate over the splits that a trial has finished so far, which is recorded if the trial is pruned now. null
 * before the first split, and when the study's function throws or is not finite for so few values: that is no error,
 * because it was written for all splits.
 */
export function partialAggregate(
  aggregate: Aggregate | readonly Aggregate[],
  directions: readonly Direction[],
  splits: readonly (readonly number[])[],
): number[] | null {
  if (splits.length === 0) return null;
  try {
    const values: unknown[] = aggregateSplits(aggregate, directions, splits);
    return values.every((value): value is number => Number.isFinite(value)) ? values : null;
  } catch {
    return null;
  }
}

/**
 * The trial's constraints, each the largest over the splits, so that a feasible trial is feasible on every split.
 *
 * @throws BelayError `usage`: the splits have different numbers of constraints. A missing one would count as satisfied.
 */
export function aggregateConstraints(splits: readonly (readonly number[])[]): number[] {
  const first = splits[0] ?? [];
  const other = splits.findIndex((constraints) => constraints.length !== first.length);
  if (other > 0) {
    const came = `${first.length} in split 0 and ${splits[other]!.length} in split ${other}`;
    throw new BelayError("usage", `constraints: expected as many in every split, got ${came}`);
  }
  return first.map((_, i) => Math.max(...splits.map((constraints) => constraints[i]!)));
}
