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
  /** How many hours the study may run, over all its runs. In a spec the option's name may be left out: `cost(8)`. */
  readonly hours: number;
}

const HOUR_MS = 3_600_000;

/**
 * Ends a study that has run for a number of hours. The time is wall-clock time during which a coordinator ran the study,
 * summed over all its runs since the launch; a run that died counts up to its last heartbeat. It is not the sum over
 * trials: eight workers do not use it up eight times as fast. Time between runs does not count; time in which a run was
 * paused does. The rule does not depend on the trials: it also ends a study in which all of them fail.
 *
 * @example
 * stop: [cost({ hours: 8 })]
 * @throws BelayError `usage`: `hours` is not a number above 0.
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
