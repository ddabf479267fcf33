import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { compileSpace } from "../../src/core/space/space.ts";
import { type FinalMemory, type SplitResult, UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { historyReader } from "../../src/sqlite/history.ts";
import { waitingTrials } from "../../src/sqlite/settle.ts";
import { openStore, type StoreOptions } from "../../src/sqlite/store.ts";
import { prepareTables } from "../../src/sqlite/tables/tables.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { Metrics, NewStudy } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "belay-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a file of its own, closed after the test. */
export function temporaryStore(options: StoreOptions & { file?: string } = {}): Store {
  const store = openStore(options.file ?? join(temporaryFolder(), "belay.db"), options);
  onTestFinished(() => store.close());
  return store;
}

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

/** A new study in a store, owned by this process. */
export function ownedStudy(store: Store, changes: Partial<NewStudy> = {}): Promise<OwnedStudy> {
  return store.createStudy(newStudy(changes), currentIdentity());
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

/** Collects what an async iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A run that does nothing. */
export const METRICS: Metrics = {
  trialsPerMinute: 1,
  slotsBusy: 1,
  slots: 2,
  waiting: 0,
  why: null,
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

/** What a file holds of a study, whoever owns it. */
export async function recorded(file: string, studyId: number) {
  const db = openDatabase(file, { readonly: true });
  const tables = prepareTables(db);
  const { space, splitCount } = tables.studies.get(studyId);
  const found = {
    history: await collect(historyReader(db)(studyId, space, splitCount)),
    waiting: waitingTrials(tables, studyId),
    counts: tables.trials.counts(studyId),
  };
  db.close();
  return found;
}
