import type { AskTell } from "../../src/ask-tell/ask-tell.ts";
import type { Distribution } from "../../src/core/space/distribution.ts";
import type { ParamDeclaration, Params } from "../../src/core/space/space.ts";

/** Small spaces and studies on which samplers are tried. */

export const of = (
  distribution: Distribution,
  ...conditions: ParamDeclaration["conditions"]
): ParamDeclaration => ({ distribution, conditions });

export const float = (low: number, high: number): Distribution => ({
  kind: "float",
  low,
  high,
  log: false,
  step: null,
});

export const cube = (dims: number) =>
  Object.fromEntries(Array.from({ length: dims }, (_, i) => [`x${i}`, of(float(0, 1))]));

/** A bowl in the unit cube, whose minimum is 0. */
export const bowl = (params: Params): number =>
  Object.values(params).reduce<number>((sum, value, i) => sum + (Number(value) - 0.2 - 0.1 * i) ** 2, 0);

/**
 * Runs a study of 100 trials, unless told otherwise; the objective returns null for a trial that runs out of memory.
 *
 * @returns the params of all trials.
 */
export function run(search: AskTell, objective: (params: Params) => number | null, trials = 100): Params[] {
  const tried: Params[] = [];
  for (let i = 0; i < trials; i++) {
    const { number, params } = search.ask()!;
    tried.push(params);
    const value = objective(params);
    search.tell(number, value ?? { state: "pruned", reason: "memory-limit", overrun: 0.1 });
  }
  return tried;
}

export function medianOver(seeds: number, measure: (seed: number) => number): number {
  return Array.from({ length: seeds }, (_, seed) => measure(seed)).sort((a, b) => a - b)[seeds >> 1]!;
}
