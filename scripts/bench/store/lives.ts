import { rng } from "../../../src/core/rng.ts";
import { TrialHistory } from "../../../src/core/search/history.ts";
import { compileSpace, toParams } from "../../../src/core/space/space.ts";
import { UNKNOWN_MEMORY } from "../../../src/core/trial.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import { samplers } from "../../../src/sampler/registry.ts";
import type { OwnedStudy } from "../../../src/store/owned-study.ts";
import type { Store } from "../../../src/store/store.ts";

// Trials that go through the same calls as in the coordinator: asked for at random, started, split by split, finished.

export const SPACE = compileSpace(
  Object.fromEntries(
    Array.from({ length: 5 }, (_, i) => [
      `x${i}`,
      { distribution: { kind: "float", low: -5, high: 5, log: false, step: null }, conditions: [] },
    ]),
  ),
);
export const STUDY = "bench";
export const SEED = 1;
const MEMORY = {
  ...UNKNOWN_MEMORY,
  rssBytes: 93e6,
  baselineBytes: 90e6,
  peakBytes: 190e6,
  heapBytes: 20e6,
  tensors: 0,
};

/** Creates a study of `trials` trials with `splitCount` splits each. */
export function newStudy(store: Store, splitCount: number, trials: number): Promise<OwnedStudy> {
  return store.createStudy(
    {
      ...{ name: STUDY, directions: ["minimize"], space: SPACE, splitCount, splitHash: "s", codeHash: "c" },
      ...{ studyFile: "/bench.ts", seed: SEED, sampler: "random", pruner: "none", backend: null },
      ...{ noise: false, trials, maxAttempts: 3, settings: {} },
      limits: {
        ...{ setupTimeoutMs: 1, splitTimeoutMs: null, trialTimeoutMs: null },
        ...{ memoryBytes: null, reserveBytes: 0, graceMs: 1 },
      },
    },
    currentIdentity(),
  );
}

/** Makes a function that plays the whole life of the next trial and awaits every write. */
export function trialPlayer(owned: OwnedStudy, splitCount = 1): () => Promise<void> {
  const sampler = samplers.make("sampler", "random");
  const history = new TrialHistory(SPACE, 1);
  let number = 0;
  return async () => {
    const asked = sampler.ask({
      ...{ space: SPACE, directions: ["minimize"], history, number, noise: false, trials: owned.row.trials },
      rng: (purpose) => rng(SEED, number, purpose),
      studyRng: (purpose) => rng(SEED, -1, purpose),
    })!;
    const row = asked instanceof Float64Array ? asked : asked.row;
    history.start(number, row);
    const key = await owned.startTrial({ number, params: toParams(SPACE, row) });
    await owned.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: 90e6 });
    const values = [row.reduce((sum, x) => sum + x * x, 0)];
    const result = { values, constraints: [], durationMs: 10, memory: MEMORY };
    for (let split = 0; split < splitCount; split++) await owned.recordSplit(key, { split, ...result });
    const outcome = { state: "complete", values, constraints: [] } as const;
    await owned.finish(key, outcome, { ...MEMORY, source: "worker" }, { durationMs: 10 });
    history.append({ number, ...outcome, reason: null, row, overrun: 0, steps: [] });
    number++;
  };
}
