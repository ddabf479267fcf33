import { BelayError, show } from "../core/error.ts";
import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import type { Progress } from "../core/search/history.ts";
import { GO_ON, type Pruner } from "../core/search/pruner.ts";
import { type Spec, specOf } from "../core/search/spec.ts";
import { betterOf } from "./point.ts";

/**
 * Options of `patient`.
 *
 * @example
 * const pruner = patient({ pruner: percentile({ q: 25 }), patience: 5 });
 */
export interface PatientOptions {
  /**
   * The pruner that must also want to stop the trial. In a spec it may be given by name as the first option:
   * `patient(median, patience=3)`.
   *
   * @default none - a trial that has stopped improving is stopped
   */
  readonly pruner?: Pruner;
  /**
   * How many steps in a row must bring no improvement before a trial may be stopped.
   *
   * @default 3
   */
  readonly patience?: number;
  /**
   * By how much a step must be better than all before it to count as an improvement, in the unit of the objective.
   *
   * @default 0
   */
  readonly minDelta?: number;
}

/**
 * Protects a trial for as long as it improves: another pruner judges it only after `patience` steps without improvement.
 * A trial improves when the best of its reports does, or the mean of its splits so far. Without another pruner this is
 * early stopping: a trial that has stopped improving is stopped.
 *
 * NaN rule: a step that is NaN is no improvement.
 *
 * @example
 * pruner: patient({ pruner: percentile(), patience: 3 })
 * @throws BelayError `usage`: `pruner` is not a pruner, `patience` is not a whole number above 0, or `minDelta` is not a
 * number from 0 up.
 */
export function patient(options: PatientOptions = {}): Pruner {
  checkOptions("patient", options, ["pruner", "patience", "minDelta"], "usage");
  const { pruner } = options;
  if (pruner !== undefined && typeof pruner?.judge !== "function")
    throw new BelayError(
      "usage",
      `patient: pruner: expected a pruner such as percentile(), got ${show(pruner)}`,
    );
  const patience = wholeFrom(1, "patient: patience", options.patience ?? 3);
  const isDelta = (value: number) => value >= 0 && Number.isFinite(value);
  const minDelta = numberThat(isDelta, "a number from 0 up", "patient: minDelta", options.minDelta ?? 0);
  return {
    ...specOf("patient", options),
    ...(pruner?.splitOrder && { splitOrder: pruner.splitOrder }),
    judge: (context) => {
      const { directions, trial, totalSteps } = context;
      const flip = sign(directions[0] ?? "minimize");
      const idle = stepsWithoutImprovement(trial.steps, flip, totalSteps !== null, minDelta);
      if (idle < patience) return GO_ON;
      if (!pruner)
        return { prune: true, detail: { step: trial.steps.at(-1)!.step, withoutImprovement: idle } };
      const verdict = pruner.judge(context);
      if (!verdict.prune) return GO_ON;
      return {
        ...verdict,
        detail: { wrapped: pruner.name, ...verdict.detail, withoutImprovement: idle },
      };
    },
    idle: (study) => pruner?.idle?.(study) ?? null,
    note: (study) => pruner?.note?.(study) ?? null,
  };
}

/** Makes `patient` from a spec, in which the other pruner is a name or a spec too. */
export function makePatient(
  options: Spec["options"],
  make: (given: Spec["options"][string]) => Pruner,
): Pruner {
  const { pruner } = options;
  return patient(pruner === undefined ? options : { ...options, pruner: make(pruner) });
}

function stepsWithoutImprovement(
  steps: readonly Progress[],
  flip: 1 | -1,
  areSplits: boolean,
  minDelta: number,
): number {
  let best = Number.NaN;
  let idle = 0;
  let sum = 0;
  let count = 0;
  for (const { value } of steps) {
    if (!Number.isNaN(value)) {
      sum += value * flip;
      count++;
    }
    const shown = areSplits && count > 0 ? sum / count : value * flip;
    const isBetter = Number.isNaN(best) ? !Number.isNaN(shown) : shown < best - minDelta;
    idle = isBetter ? 0 : idle + 1;
    if (isBetter) best = betterOf(best, shown);
  }
  return idle;
}
