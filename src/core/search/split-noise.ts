import { mean } from "../aggregate.ts";
import { type History, STATE_CODE } from "./history.ts";
import { valueNoise } from "./value-noise.ts";

/** Whether a study has splits is judged by this many of its latest complete trials. */
const LOOKED_AT = 20;

/**
 * The standard deviation of a value around its expectation for the params, from the differences between splits of the first `size`
 * trials. 0 if the study has one split, or aggregates them by something else than their mean.
 */
export function splitNoise(history: History, size: number): number {
  const count = splitCountOf(history, size);
  const sd = Math.sqrt(count === null ? 0 : (valueNoise(history, size, count) ?? 0));
  return Number.isFinite(sd) ? sd : 0;
}

/**
 * How many splits the trials have; null if their steps are reports, of which the value is not the mean, or if there is
 * just one.
 */
function splitCountOf({ state, stepStart, stepValue, values }: History, size: number): number | null {
  let count: number | null = null;
  let seen = 0;
  for (let i = size - 1; i >= 0 && seen < LOOKED_AT; i--) {
    if (state[i] !== STATE_CODE.complete) continue;
    const steps = [...stepValue.subarray(stepStart[i]!, stepStart[i + 1]!)];
    count ??= steps.length;
    const value = values[0]![i]!;
    if (steps.length < 2 || steps.length !== count) return null;
    if (!(Math.abs(mean(steps) - value) <= 1e-9 * Math.max(...steps.map(Math.abs)))) return null;
    seen++;
  }
  return count;
}
