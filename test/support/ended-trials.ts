import fc from "fast-check";
import { type FinishedTrial, TrialHistory } from "../../src/core/search/history.ts";
import { compileSpace } from "../../src/core/space/space.ts";

/** Histories for tests of rules that use only the values of trials. */

export const SPACE = compileSpace({
  x: { distribution: { kind: "float", low: 0, high: 1, log: false, step: null }, conditions: [] },
});

/** An ended trial; `guarded` means that a memory limit pruned it. */
export interface Ended {
  readonly state: FinishedTrial["state"] | "guarded";
  readonly value: number;
  readonly infeasible: boolean;
}

export const ended: fc.Arbitrary<Ended> = fc.record({
  state: fc.constantFrom("complete", "complete", "pruned", "guarded", "fail"),
  value: fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
  ),
  infeasible: fc.boolean(),
});

export function finished({ state, value, infeasible }: Ended, number: number): FinishedTrial {
  const row = Float64Array.of((number * 0.618) % 1);
  const base = { number, row, overrun: 0, constraints: [], values: [], steps: [] };
  if (state === "complete")
    return { ...base, state, reason: null, values: [value], constraints: infeasible ? [1] : [-1] };
  if (state === "fail") return { ...base, state, reason: "error" };
  return { ...base, state: "pruned", reason: state === "guarded" ? "memory-limit" : "pruner" };
}

export function historyOf(trials: readonly Ended[]): TrialHistory {
  const history = new TrialHistory(SPACE, 1);
  for (const [number, trial] of trials.entries()) history.append(finished(trial, number));
  return history;
}
