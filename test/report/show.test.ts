import { expect, test } from "vitest";
import { trialText } from "../../src/cli/terminal/trial-text.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { bestTrials } from "../../src/report/best.ts";
import { listStudies } from "../../src/report/list.ts";
import { showStudy, showTrial } from "../../src/report/show.ts";
import { toObjects } from "../../src/report/sql.ts";
import { FINAL, METRICS, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";
import { digits, flat, readerOf } from "./fixture.ts";

test("the best trial is complete, feasible and best in the study's direction", async () => {
  const reader = await readerOf((await digits()).store);
  expect(await bestTrials(reader, "digits")).toEqual({
    best: {
      number: 1,
      value: 0.95,
      values: [0.95],
      params: { learningRate: 0.1, optimizer: "sgd", momentum: 0.5, value: 1, batchNorm: false },
    },
  });
  const minimize = await readerOf((await digits({ directions: ["minimize"] })).store);
  expect((await bestTrials(minimize, "digits")).best).toMatchObject({ number: 0, value: 0.9 });
  const empty = temporaryStore();
  await ownedStudy(empty);
  expect(await bestTrials(await readerOf(empty), "digits")).toEqual({ best: null });
});

test("with several directions the best trials are the Pareto front", async () => {
  const store = temporaryStore();
  const x = {
    distribution: { kind: "float" as const, low: 0, high: 1, log: false, step: null },
    conditions: [],
  };
  const study = await ownedStudy(store, {
    directions: ["maximize", "minimize"],
    space: compileSpace({ x }),
  });
  const results = [
    [5, 5],
    [9, 9],
    [4, 6],
    [9, 8],
    [1, 1],
    [5, 5],
    [10, 20],
  ];
  for (const [number, values] of results.entries()) {
    const key = await study.startTrial({ number, params: { x: number / 10 } });
    const constraints = number === 6 ? [0.1] : [-1];
    await study.finish(key, { state: "complete", values, constraints }, FINAL, { durationMs: 1 });
  }
  const reader = await readerOf(store);
  const { best, front } = await bestTrials(reader, "digits");
  expect(best).toBeNull();
  expect(front!.map(({ number, values }) => [number, ...values])).toEqual([
    [3, 9, 8],
    [0, 5, 5],
    [5, 5, 5],
    [4, 1, 1],
  ]);
});

test("with several directions the hypervolume of the front is measured, and how it has grown", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store, { directions: ["maximize", "minimize"] });
  const reader = await readerOf(store);
  expect((await bestTrials(reader, "digits")).hypervolume).toEqual({ value: null, reference: null });
  expect((await showStudy(reader, "digits")).hypervolumeGrowth).toEqual([]);
  const results = [
    [1, 1],
    [5, 5],
    [9, 9],
    [0, 20],
    [11, 11],
    [2, 7],
    [3, 6],
  ];
  for (const [number, values] of results.entries()) {
    const key = await study.startTrial({ number, params: { x: 0 } });
    const constraints = [number === 2 ? 1 : 0];
    await study.finish(key, { state: "complete", values, constraints }, FINAL, { durationMs: 1 });
  }
  // On the front are (1, 1), (5, 5) and (11, 11); both values have a range of 10, so the reference is 1 beyond the worst.
  const reference = [0, 12];
  const shown = await showStudy(reader, "digits");
  expect(shown.hypervolume).toEqual({ value: 11 + 4 * 7 + 6 * 1, reference });
  expect(shown.hypervolumeGrowth).toEqual([
    { trials: 2, value: 11 + 4 * 7 },
    { trials: 4, value: 11 + 4 * 7 },
    { trials: 6, value: 11 + 4 * 7 + 6 },
    { trials: 7, value: 11 + 4 * 7 + 6 },
  ]);
  expect((await bestTrials(reader, "digits", [4, 10])).hypervolume).toEqual({ value: 5, reference: [4, 10] });
  await expect(bestTrials(reader, "digits", [4])).rejects.toThrow(
    "--reference: expected 2 numbers with commas, one for each direction, got 4",
  );
  const one = await readerOf((await digits()).store);
  await expect(bestTrials(one, "digits", [4])).rejects.toThrow("--reference: study digits has one direction");
});

test("list shows counts, the best value and whether a coordinator is alive", async () => {
  const { store, owned } = await digits();
  const reader = await readerOf(store);
  const [study] = await listStudies(reader);
  expect(study).toMatchObject({
    study: "digits",
    state: "running",
    trials: { complete: 3, pruned: 1, fail: 1, waiting: 0, running: 1 },
    target: 100,
    best: { number: 1, value: 0.95 },
    owner: { pid: process.pid, since: "2026-01-01T00:00:00.000Z" },
  });
  await owned.release("stopped");
  expect((await listStudies(reader))[0]).toMatchObject({
    state: "stopped",
    owner: null,
    trials: { waiting: 1, running: 0 },
  });
  await store.claim(owned.id, { ...currentIdentity(), pid: 2 ** 30 });
  expect((await listStudies(reader))[0]).toMatchObject({ state: "interrupted", owner: null });
});

test("show of a study has the source of each setting", async () => {
  const reader = await readerOf((await digits()).store);
  expect(await showStudy(reader, "digits")).toMatchObject({
    settings: { trials: { value: 100, source: "default" } },
    space: {
      learningRate: { values: "0.0001..1 (log)" },
      momentum: { when: [{ param: "optimizer", values: ["sgd"] }] },
    },
    reasons: { "memory-limit": 1, error: 1 },
    memory: { largestPeakBytes: 12.05e9 },
    limits: { graceMs: 1_000 },
  });
  await expect(showStudy(reader, "digitz")).rejects.toThrow('did you mean "digits"?');
});

test("show of a trial has its attempts, splits, memory and error", async () => {
  const { store, owned } = await digits();
  await owned.release("stopped", "ctrl-c");
  const again = await store.claim(owned.id, currentIdentity());
  const [waiting] = await again.reads.waiting();
  const key = await again.startAttempt(waiting!.id);
  await again.recordSplit(key, splitResult(0, 0.5));
  const reader = await readerOf(store);
  const trial = await showTrial(reader, "digits", 5);
  expect(trial.attemptList).toMatchObject([
    { attempt: 1, state: "interrupted", cause: "ctrl-c", splits: [], codeHash: "code-1" },
    { attempt: 2, state: "running", cause: null, splits: [0], endedAt: null },
  ]);
  expect(await showTrial(reader, "digits", 3)).toMatchObject({
    error: { message: 'a "bad", day\nindeed' },
    memoryLog: [
      { phase: "start", split: null, baselineBytes: 90e6 },
      { phase: "split", split: 0 },
      { phase: "final", split: null, peakBytes: 1e9 },
    ],
  });
  await expect(showTrial(reader, "digits", 99)).rejects.toThrow("expected 0 to 5, got 99");
});

test("show of a trial says who proposed it, and why if there is something to add", async () => {
  const reader = await readerOf((await digits()).store);
  const lines = async (number: number) => trialText(await showTrial(reader, "digits", number)).split("\n");
  expect(await lines(0)).toContain("proposer tpe");
  expect(await lines(1)).toContain("proposer gp: turn of gp");
  expect((await lines(5)).filter((line) => line.startsWith("proposer"))).toEqual([]);
});

test("sql reads tables and the views for people", async () => {
  const reader = await readerOf((await digits()).store);
  const select = "SELECT number, value FROM trial_results WHERE state = 'complete' ORDER BY value";
  const { columns } = await reader.sql(select);
  const rows = async (text: string) => flat((await reader.sql(text)).pages);
  expect((await rows(select)).map(toObjects(columns))).toEqual([
    { number: 0, value: 0.9 },
    { number: 1, value: 0.95 },
    { number: 4, value: 0.99 },
  ]);
  expect(await rows("SELECT count(*) FROM split_results")).toEqual([[5]]);
  expect((await rows("-- a comment\nPRAGMA table_info(trials);")).length).toBeGreaterThan(10);
  expect(await rows("WITH x AS (SELECT 1 AS a) SELECT a FROM x")).toEqual([[1]]);
  expect((await rows("EXPLAIN QUERY PLAN SELECT * FROM trials")).length).toBeGreaterThan(0);
});

test.each([
  "DELETE FROM trials",
  "UPDATE studies SET name = 'x' RETURNING name",
  "INSERT INTO events (at, kind) VALUES (1, 'x')",
  "WITH x AS (SELECT 1) DELETE FROM trials",
  "DROP TABLE trials",
  "CREATE TEMP TABLE t (x)",
  "ATTACH 'other.db' AS other",
  "VACUUM INTO 'copy.db'",
  "BEGIN",
  "PRAGMA query_only = 0",
  "/* x */ PRAGMA journal_mode = DELETE",
  "PRAGMA journal_mode(delete)",
  "PRAGMA main.user_version(7)",
  "PRAGMA wal_checkpoint",
  "PRAGMA writable_schema(1)",
  "PRAGMA locking_mode = EXCLUSIVE",
  "PRAGMA busy_timeout = 1",
  "/* x */ -- y\n pragma mmap_size(0)",
])("sql refuses %s", async (text) => {
  const reader = await readerOf((await digits()).store);
  await expect(reader.sql(text)).rejects.toThrow("sql: expected a statement that only reads");
});

test("a wrong statement is refused with one clear line", async () => {
  const reader = await readerOf((await digits()).store);
  await expect(reader.sql("SELECT nope FROM trials")).rejects.toThrow("no such column: nope");
  await expect(reader.sql("SELECT 1; DELETE FROM trials")).rejects.toThrow(
    "expected one statement, got several",
  );
  await expect(reader.sql("-- nothing")).rejects.toThrow("expected one statement, got none");
});

test("a waiting trial shows what it waits for: memory, as the coordinator recorded, a slot, or a resume", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  for (const _ of [0, 1]) await study.enqueue({}, { proposed: null });
  const why = "trial 11: something else\ntrial 1: expected to need up to 2.10 GB";
  await study.periodic.recordMetrics({ ...METRICS, waiting: 2, why });
  const reader = await readerOf(store);
  expect((await showTrial(reader, "digits", 1)).waitsFor).toBe("expected to need up to 2.10 GB");
  expect((await showTrial(reader, "digits", 0)).waitsFor).toBe("a free slot");
  await study.release("stopped");
  expect((await showTrial(reader, "digits", 1)).waitsFor).toBe(
    `\`belay resume digits --db ${reader.location}\``,
  );
});
