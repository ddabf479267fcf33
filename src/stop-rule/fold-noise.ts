import { mean } from "../core/aggregate.ts";
import { type History, STATE_CODE } from "../core/search/history.ts";

/** The variance is averaged over this many of the best complete trials: in a single one the splits may be equal by chance. */
const BEST = 10;

/**
 * The standard error of a value that is the mean of k splits, as an estimate of how good the params are on other data. The
 * splits share training rows, so their values depend on each other. The variance over splits is therefore multiplied by
 * 1 / k + 1 / (k - 1) instead of 1 / k (Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52,
 * 2003, with the shares of test and training rows of k folds).
 *
 * @returns null if no complete trial has two splits.
 */
export function foldNoise(history: History, size: number, flip: 1 | -1, splitCount: number): number | null {
  const { state, violation, values } = history;
  const complete: number[] = [];
  for (let i = 0; i < size; i++)
    if (state[i] === STATE_CODE.complete && violation[i] === 0 && Number.isFinite(values[0]![i]!))
      complete.push(i);
  complete.sort((a, b) => (values[0]![a]! - values[0]![b]!) * flip || a - b);
  const variances = complete.slice(0, BEST).flatMap((i) => varianceOf(history, i) ?? []);
  if (variances.length === 0 || splitCount < 2) return null;
  const variance = mean(variances);
  return Math.sqrt((1 / splitCount + 1 / (splitCount - 1)) * variance);
}

/** The variance of a trial's splits; null for fewer than two, or if one is not finite. */
function varianceOf({ stepStart, stepValue }: History, i: number): number | null {
  const splits = stepValue.subarray(stepStart[i]!, stepStart[i + 1]!);
  if (splits.length < 2 || !splits.every(Number.isFinite)) return null;
  const center = mean([...splits]);
  return splits.reduce((sum, value) => sum + (value - center) ** 2, 0) / (splits.length - 1);
}
