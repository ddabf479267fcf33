import { onTestFinished } from "vitest";
import { compileSpace, type Params } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { queryLines } from "../../src/report/query/query.ts";
import type { QueryOptions } from "../../src/report/query/selection.ts";
import type { TrialJson } from "../../src/report/trial.ts";
import { openSqliteReader } from "../../src/sqlite/reader.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { Reader } from "../../src/store/reader.ts";
import type { NewStudy } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import { collect, FINAL, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";

const SPACE = compileSpace({
  learningRate: {
    distribution: { kind: "float", low: 1e-4, high: 1, log: true, step: null },
    conditions: [],
  },
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd"] }, conditions: [] },
  momentum: {
    distribution: { kind: "float", low: 0, high: 1, log: false, step: null },
    conditions: [{ parent: "optimizer", values: ["sgd"] }],
  },
  value: { distribution: { kind: "int", low: 0, high: 9, log: false, step: 1 }, conditions: [] },
  batchNorm: { distribution: { kind: "categorical", choices: [true, false] }, conditions: [] },
});

const adam = (learningRate: number, value: number): Params => ({
  learningRate,
  optimizer: "adam",
  value,
  batchNorm: true,
});
const sgd = (learningRate: number, momentum: number): Params => ({
  learningRate,
  optimizer: "sgd",
  momentum,
  value: 1,
  batchNorm: false,
});

/** The trials of the study `digits`, by number. */
const TRIALS: readonly { params: Params; outcome: Outcome; peakBytes: number; durationMs: number }[] = [
  {
    params: adam(0.01, 3),
    outcome: { state: "complete", values: [0.9], constraints: [] },
    peakBytes: 1e9,
    durationMs: 4_000,
  },
  {
    params: sgd(0.1, 0.5),
    outcome: { state: "complete", values: [0.95], constraints: [] },
    peakBytes: 3e9,
    durationMs: 400_000,
  },
  {
    params: sgd(0.2, 0.9),
    outcome: {
      state: "pruned",
      reason: "memory-limit",
      detail: { limitBytes: 12e9, seenBytes: 12.05e9, during: "split 2" },
    },
    peakBytes: 12.05e9,
    durationMs: 2_000,
  },
  {
    params: adam(0.5, 9),
    outcome: {
      state: "fail",
      reason: "error",
      detail: {},
      error: { name: "TypeError", message: 'a "bad", day\nindeed', stack: null },
    },
    peakBytes: 1e9,
    durationMs: 10,
  },
  {
    params: adam(0.02, 4),
    outcome: { state: "complete", values: [0.99], constraints: [1] },
    peakBytes: 1e9,
    durationMs: 5_000,
  },
];

/** A store with the study `digits`: five finished trials, of which the best value is infeasible, and one that runs. */
export async function digits(changes: Partial<NewStudy> = {}): Promise<{ store: Store; owned: OwnedStudy }> {
  const store = temporaryStore({ durability: "normal", now: () => Date.UTC(2026, 0, 1) });
  const owned = await ownedStudy(store, { space: SPACE, ...changes });
  for (const [number, { params, outcome, peakBytes, durationMs }] of TRIALS.entries()) {
    const origin = number === 1 ? { by: "gp", why: "turn of gp" } : { by: "tpe", why: null };
    const key = await owned.startTrial({ number, params, origin });
    await owned.recordStart(key, { slot: 0, hostPid: 4711, baselineBytes: 90e6 });
    await owned.recordSplit(key, splitResult(0, 0.8));
    await owned.finish(key, outcome, { ...FINAL, peakBytes }, { durationMs });
  }
  await owned.startTrial({ number: TRIALS.length, params: adam(0.03, 5) });
  return { store, owned };
}

/** A reader of the store's database, which is closed after the test. */
export async function readerOf(store: Store): Promise<Reader> {
  const reader = await openSqliteReader(store.location);
  onTestFinished(() => reader.close());
  return reader;
}

/** All items of all pages. */
export async function flat<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  return (await collect(pages)).flat();
}

/** The trials that `query --format ndjson` prints for the study `digits`. */
export async function queried(reader: Reader, options: QueryOptions = {}): Promise<TrialJson[]> {
  const lines = await flat(queryLines(reader, "digits", { ...options, format: "ndjson" }));
  return lines.map((line) => JSON.parse(line) as TrialJson);
}
