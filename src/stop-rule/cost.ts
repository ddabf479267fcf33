import { checkOptions, numberThat } from "../core/options.ts";
import { specOf } from "../core/search/spec.ts";
import type { StopRule } from "../core/search/stop-rule.ts";
import { formatSpan } from "../core/units.ts";

/**
 * Options of `cost`.
 *
 * @example
 * const rule = cost({ hours: 8 });
 */
export interface CostOptions {
  /** How long the study may run, all its runs together. In a text its name may be left out: `cost(8)`. */
  readonly hours: number;
}

const HOUR_MS = 3_600_000;

/**
 * Ends a study that has run for so many hours: the time in which a coordinator ran it, since its launch, over all of its
 * runs; of a run that died, up to its last sign of life. It is time on the clock, not the sum over trials: eight workers do
 * not use it up eight times as fast. Time between runs does not count, time in which a run was paused does. No other rule
 * needs trials less: it holds as well where all of them fail.
 *
 * @example
 * stop: [cost({ hours: 8 })]
 * @throws BelayError `usage`: `hours` that is no number above 0.
 */
export function cost(options: CostOptions): StopRule {
  checkOptions("cost", options, ["hours"], "usage");
  const isTime = (value: number) => value > 0 && Number.isFinite(value);
  const hours = numberThat(isTime, "a number above 0", "cost: hours", options.hours);
  return {
    ...specOf("cost", options),
    holdsAfterMs: hours * HOUR_MS,
    look: ({ activeMs }) => ({
      holds: activeMs >= hours * HOUR_MS,
      text: `ran ${formatSpan(activeMs)} of ${formatSpan(hours * HOUR_MS)}`,
      detail: { ranMs: Math.round(activeMs), hours },
    }),
  };
}
