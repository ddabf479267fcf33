import type { TrialTask } from "../core/engine.ts";
import { rng } from "../core/rng.ts";
import { compileSpace } from "../core/space/space.ts";

// A study for simulations of the scheduler: the memory of its trials depends strongly on their params.

/** The space of the study. `units` and `batch` determine the memory of a trial. */
export const MEMORY_STUDY_SPACE = compileSpace({
  units: { distribution: { kind: "int", low: 32, high: 1024, log: true, step: 1 }, conditions: [] },
  batch: { distribution: { kind: "int", low: 8, high: 256, log: true, step: 1 }, conditions: [] },
  rate: { distribution: { kind: "float", low: 1e-4, high: 1e-1, log: true, step: null }, conditions: [] },
});

const LEAST_BYTES = 0.5e9;
const SPREAD = 14;

/** The peak memory of a trial (0.5 to 7 GB, with 4 % noise) and how long it trains (10 to 110 s, at random). */
export function memoryStudyTrial(seed: number, { number, params }: TrialTask) {
  const chance = rng(seed, number, "schedule");
  const place = (value: unknown, low: number, high: number): number =>
    Math.log(Number(value) / low) / Math.log(high / low);
  const size = 0.7 * place(params.units, 32, 1024) + 0.3 * place(params.batch, 8, 256);
  return {
    peakBytes: LEAST_BYTES * SPREAD ** size * Math.exp(0.04 * chance.normal()),
    durationMs: 10_000 + 100_000 * chance.next(),
  };
}
