import type { Distribution } from "../../../src/core/space/distribution.ts";
import type { Objective, Param, Trials } from "../../../src/dashboard/client/plots/drawing/trials.ts";

/** Trials for tests of plots, with what makes them odd. */

const STATES = ["waiting", "running", "complete", "pruned", "fail"];
const REASONS = ["pruner", "memory-limit", "error"];

/** Trials of which each is complete with a value, or was lost for a reason. */
export function trialsOf(results: readonly (number | "pruner" | "memory-limit" | "error")[]): {
  readonly trials: Trials;
  readonly objective: Objective;
} {
  const states = results.map((result) => (typeof result === "number" ? 2 : result === "error" ? 4 : 3));
  const reasons = results.map((result) => (typeof result === "number" ? 255 : REASONS.indexOf(result)));
  return {
    trials: {
      numbers: Int32Array.from(results.keys()),
      states: { cells: Uint8Array.from(states), words: STATES },
      reasons: { cells: Uint8Array.from(reasons), words: REASONS },
      violations: null,
      visible: null,
    },
    objective: {
      name: "value",
      direction: "minimize",
      values: Float64Array.from(results, (result) => (typeof result === "number" ? result : Number.NaN)),
    },
  };
}

/** A param of numbers. */
export function numeric(name: string, cells: readonly number[], range = [0, 10], log = false): Param {
  const distribution: Distribution = { kind: "float", low: range[0]!, high: range[1]!, log, step: null };
  return { name, distribution, cells: Float64Array.from(cells) };
}

/** A param of choices, with the index of each trial's choice; 255: none. */
export function categorical(name: string, choices: readonly string[], cells: readonly number[]): Param {
  return { name, distribution: { kind: "categorical", choices }, cells: Uint8Array.from(cells) };
}
