import { mean, std } from "../../core/aggregate.ts";
import { studentQuantile } from "../../core/numeric/normal.ts";
import { type Direction, sign } from "../../core/search/direction.ts";
import type { SplitRecord } from "../../store/records.ts";

/** By how much one trial is better than another one on the splits that both have. */
export interface Difference {
  /** How many splits both have. */
  readonly splits: number;
  /** The mean advantage, in the unit of the values: above 0 the first trial is better. */
  readonly better: number;
  /** An interval that has the advantage with 95 %; null with fewer than two splits. */
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Compares two trials split by split. The training sets of splits overlap, so that differences of splits are not
 * independent: their variance is corrected as for k-fold splits (Nadeau and Bengio, Inference for the generalization error,
 * Machine Learning 52, 2003).
 *
 * @returns null if they share no split with a value.
 */
export function differenceOf(
  first: readonly SplitRecord[],
  second: readonly SplitRecord[],
  direction: Direction,
): Difference | null {
  const others = new Map(second.map(({ split, value }) => [split, value]));
  const flip = sign(direction);
  const pairs = first.flatMap(({ split, value }) => {
    const other = others.get(split) ?? null;
    return value === null || other === null ? [] : [(other - value) * flip];
  });
  const splits = pairs.length;
  if (splits === 0) return null;
  const better = mean(pairs);
  if (splits < 2) return { splits, better, low: null, high: null };
  const error = std(pairs) * Math.sqrt(1 / splits + 1 / (splits - 1));
  const reach = studentQuantile(0.975, splits - 1) * error;
  return { splits, better, low: better - reach, high: better + reach };
}
