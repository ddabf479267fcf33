import { compileSpace } from "../../src/core/space/space.ts";
import { type FinalMemory, type SplitResult, UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import type { Metrics, NewStudy } from "../../src/store/records.ts";

/** Records that tests write into any kind of database. */

export const SPACE = compileSpace({
  learningRate: {
    distribution: { kind: "float", low: 1e-4, high: 1e-1, log: true, step: null },
    conditions: [],
  },
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd"] }, conditions: [] },
  momentum: {
    distribution: { kind: "float", low: 0, high: 0.99, log: false, step: null },
    conditions: [{ parent: "optimizer", values: ["sgd"] }],
  },
});

export function newStudy(changes: Partial<NewStudy> = {}): NewStudy {
  return {
    name: "digits",
    directions: ["maximize"],
    space: SPACE,
    splitCount: 3,
    splitHash: "split-hash",
    codeHash: "code-1",
    studyFile: "/studies/digits.ts",
    seed: 7,
    sampler: "tpe",
    pruner: "none",
    backend: null,
    noise: false,
    trials: 100,
    maxAttempts: 3,
    settings: { trials: { value: 100, source: "default" } },
    limits: {
      setupTimeoutMs: 600_000,
      splitTimeoutMs: null,
      trialTimeoutMs: 1_800_000,
      memoryBytes: 12 * 2 ** 30,
      reserveBytes: 2 ** 31,
      graceMs: 1_000,
    },
    ...changes,
  };
}

export function splitResult(split: number, value: number, changes: Partial<SplitResult> = {}): SplitResult {
  const memory = { ...UNKNOWN_MEMORY, rssBytes: 100e6 + split, peakBytes: 120e6 };
  return { split, values: [value], constraints: [], durationMs: 10, memory, ...changes };
}

export const FINAL: FinalMemory = {
  ...UNKNOWN_MEMORY,
  rssBytes: 93e6,
  baselineBytes: 90e6,
  peakBytes: 190e6,
  tensors: 0,
  source: "worker",
};

/** Collects the items of an async iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The metrics of a run that does nothing. */
export const METRICS: Metrics = {
  trialsPerMinute: 1,
  slotsBusy: 1,
  slots: 2,
  waiting: 0,
  why: null,
  waits: [],
  cpu: 0.5,
  cpuOthers: 0.1,
  memoryTotal: 16e9,
  memoryAvailable: 8e9,
  hostsBytes: 1e9,
  budgetBytes: 8e9,
  claimedBytes: 2e9,
  lostMs: 0,
  attempts: 1,
  tickerLagMs: 1,
  tickerMisfires: 0,
  breaker: "closed",
};
