import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/core/trial.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import type { Filter, Selection } from "../../src/store/filter.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { Reader } from "../../src/store/reader.ts";
import type { Store } from "../../src/store/store.ts";
import { FINAL, METRICS, newStudy, splitResult } from "../support/records.ts";

/** An empty database to test: a store that writes to it, and a reader. */
export interface ReaderUnderTest {
  readonly store: Store;
  readonly reader: Reader;
}

const complete = (...values: number[]): Outcome => ({ state: "complete", values, constraints: [] });
const OUTCOMES: readonly Outcome[] = [
  complete(0.5),
  complete(0.9),
  { state: "complete", values: [0.95], constraints: [0.25, -1] },
  { state: "pruned", reason: "split-timeout", detail: { limitMs: 10, elapsedMs: 12 } },
  { state: "fail", reason: "error", detail: {}, error: { name: "Error", message: "no", stack: null } },
];

/** Who proposed the first trials; of the others it is not known. */
const ORIGINS = [
  { by: "gp", why: "turn of gp" },
  { by: "tpe", why: null },
] as const;

async function study(store: Store, name = "digits"): Promise<OwnedStudy> {
  const owned = await store.createStudy(newStudy({ name }), currentIdentity());
  for (const [number, outcome] of OUTCOMES.entries()) await finish(owned, number, outcome);
  await owned.startTrial({ number: OUTCOMES.length, params: { learningRate: 0.02, optimizer: "adam" } });
  return owned;
}

async function finish(owned: OwnedStudy, number: number, outcome: Outcome): Promise<void> {
  const sgd = { learningRate: 0.01, optimizer: "sgd", momentum: number / 10 };
  const params = number % 2 === 0 ? sgd : { learningRate: 0.01, optimizer: "adam" };
  const key = await owned.startTrial({ number, params, origin: ORIGINS[number] ?? null });
  await owned.recordStart(key, { slot: 1, hostPid: 4711, baselineBytes: 90e6 });
  await owned.recordReport(key, { split: 0, step: 1, value: 0.1 });
  await owned.recordSplit(key, splitResult(0, 0.8));
  await owned.finish(key, outcome, { ...FINAL, peakBytes: 1e8 * (number + 1) }, { durationMs: 100 + number });
}

async function pagesOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/** Tests what every reader does. */
export function readerConformance(open: () => Promise<ReaderUnderTest>): void {
  const filled = async () => {
    const { store, reader } = await open();
    const owned = await study(store);
    return { store, reader, owned, row: (await reader.study("digits"))! };
  };

  test("reads studies in the order of their creation, and none of an unknown name", async () => {
    const { store, reader } = await open();
    for (const name of ["b", "a"]) await store.createStudy(newStudy({ name }), currentIdentity());
    expect((await reader.studies()).map(({ name }) => name)).toEqual(["b", "a"]);
    expect(await reader.study("a")).toEqual((await reader.studies())[1]);
    expect(await reader.study("c")).toBeNull();
  });

  test("reads counts, reasons, peaks and the commonest loss of a study with and without trials", async () => {
    const { store, reader, row } = await filled();
    const { id } = (await store.createStudy(newStudy({ name: "empty" }), currentIdentity())).row;
    expect(await reader.counts(row.id)).toEqual({ complete: 3, pruned: 1, fail: 1, waiting: 0, running: 1 });
    expect(await reader.counts(id)).toEqual({ complete: 0, pruned: 0, fail: 0, waiting: 0, running: 0 });
    const reasons = await reader.reasons(row.id);
    expect(Object.fromEntries(reasons.map(({ reason, count }) => [reason, count]))).toEqual({
      error: 1,
      "split-timeout": 1,
    });
    expect(await reader.peaks(row.id)).toEqual({ largestBytes: 5e8, meanBytes: 3e8 });
    expect(await reader.peaks(id)).toEqual({ largestBytes: null, meanBytes: null });
    expect(await reader.commonestLoss(row.id)).toMatchObject({ count: 1, first: { number: 3 } });
    expect(await reader.commonestLoss(id)).toBeNull();
  });

  test("reads what a study learns from as it was given, and none of its trials as those of the study", async () => {
    const { store, reader, row } = await filled();
    const learned = {
      source: "earlier",
      file: "/elsewhere/belay.db",
      trials: [
        {
          number: 3,
          params: { learningRate: 0.1 + 0.2, optimizer: "sgd", other: null, deep: true },
          cost: -1 / 3,
        },
        { number: 9, params: {}, cost: 1e300 },
      ],
    };
    const other = newStudy({ name: "other" });
    const { id } = await store.createStudy(other, currentIdentity(), [{}], { learned });
    expect(await reader.learned(id)).toEqual(learned);
    expect(await reader.learned(row.id)).toBeNull();
    expect(await reader.counts(id)).toMatchObject({ complete: 0, waiting: 1 });
    await expect(store.createStudy(other, currentIdentity(), [], { learned })).rejects.toMatchObject({
      code: "usage",
    });
  });

  test("reads the newest owner, released or not", async () => {
    const { store, reader, owned, row } = await filled();
    expect(await reader.owner(row.id)).toMatchObject({ pid: process.pid, releasedAtMs: null });
    await owned.release("stopped");
    expect((await reader.owner(row.id))!.releasedAtMs).not.toBeNull();
    await store.claim(row.id, { ...currentIdentity(), pid: 7 });
    expect(await reader.owner(row.id)).toMatchObject({ pid: 7, releasedAtMs: null });
  });

  test("reads results, final memory, observations and the history", async () => {
    const { reader, owned, row } = await filled();
    expect(await pagesOf(reader.results(row.id))).toEqual([
      { number: 0, values: [0.5] },
      { number: 1, values: [0.9] },
    ]);
    expect((await reader.finals(row.id)).map(({ number }) => number).sort()).toEqual([0, 1, 2, 3, 4]);
    expect((await reader.finals(row.id, 2)).map(({ number }) => number)).toEqual([3, 4]);
    expect(await reader.finals(row.id, 9)).toHaveLength(5);
    const observed = await reader.observations(row);
    expect(observed.map(({ peakBytes }) => peakBytes)).toEqual([1e8, 2e8, 3e8, 4e8, null]);
    expect(observed[3]!.splitMs).toEqual([10, 12]);
    expect((await pagesOf(reader.history(row))).map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
    expect((await pagesOf(reader.history(row, 2))).map(({ number }) => number)).toEqual([3, 4]);
    expect(await pagesOf(reader.history(row, 9))).toHaveLength(5);
    expect(await reader.metrics(row.id)).toBeNull();
    await owned.periodic.recordMetrics(METRICS);
    expect(await reader.metrics(row.id)).toMatchObject(METRICS);
  });

  selecting(filled);
  trials(filled);
  cells(filled);
  states(filled);
}

type Filled = () => Promise<{ reader: Reader; owned: OwnedStudy; row: Parameters<Reader["trials"]>[0] }>;

function trials(filled: Filled): void {
  test("reads a trial with its splits, memory, attempts, readings and reports", async () => {
    const { reader, row } = await filled();
    const trial = (await reader.trial(row.id, 3))!;
    expect(trial).toMatchObject({
      state: "pruned",
      reason: "split-timeout",
      detail: { limitMs: 10, elapsedMs: 12 },
      value: null,
      values: [],
      violation: null,
      splits: [{ split: 0, value: 0.8, values: [0.8] }],
      memory: { peakBytes: 4e8, source: "worker" },
      ...{ proposer: null, why: null },
      error: null,
    });
    expect(await reader.trial(row.id, 0)).toMatchObject({ proposer: "gp", why: "turn of gp" });
    expect(await reader.trial(row.id, 1)).toMatchObject({ proposer: "tpe", why: null });
    expect(await reader.attempts(trial.id)).toMatchObject([
      { attempt: 1, state: "pruned", splits: [0], slot: 1, hostPid: 4711 },
    ]);
    const readings = await reader.memory(trial.id);
    expect(readings.map(({ phase, split }) => [phase, split])).toEqual([
      ["start", null],
      ["split", 0],
      ["final", null],
    ]);
    expect(await reader.reports(trial.id)).toEqual([{ split: 0, step: 1, value: 0.1 }]);
    const traces = await reader.traces([trial.id, 99]);
    expect([...traces.keys()]).toEqual([trial.id]);
    expect(traces.get(trial.id)).toEqual({
      attempts: await reader.attempts(trial.id),
      splits: [{ ...trial.splits[0]!, attempt: 1, constraints: [], atMs: expect.any(Number) }],
      reports: [{ split: 0, step: 1, value: 0.1, attempt: 1, atMs: expect.any(Number) }],
      memory: readings,
    });
    expect(await reader.trial(row.id, 99)).toBeNull();
  });
}

function cells(filled: Filled): void {
  test("cells are the wanted fields of the selected trials, in order", async () => {
    const { reader, row } = await filled();
    const fields = [
      { name: "number" },
      { name: "params", key: "momentum" },
      { name: "values", index: 0 },
      { name: "memory.peakBytes" },
      { name: "feasible" },
    ] as const;
    const trials = await pagesOf(reader.trials(row));
    const cells = await pagesOf(reader.cells(row, fields));
    expect(cells).toEqual(
      trials.map(({ number, params, values, memory, violation }) => [
        number,
        params.momentum ?? null,
        values[0] ?? null,
        memory?.peakBytes ?? null,
        violation === null ? null : Number(violation === 0),
      ]),
    );
    const order = [{ field: { name: "number" }, descending: true }] as const;
    expect(await pagesOf(reader.cells(row, [{ name: "state" }], { order, limit: 2, offset: 1 }))).toEqual([
      ["fail"],
      ["pruned"],
    ]);
  });
}

function selecting(filled: Filled): void {
  const value = { field: { name: "value" } } as const;
  const momentum = { field: { name: "params", key: "momentum" } } as const;
  const above: Filter = { kind: "compare", operator: ">", left: value, right: { value: 0.6 } };
  const unknown: Filter = { kind: "compare", operator: "=", left: momentum, right: { value: null } };
  const states: Filter = { kind: "in", field: { name: "state" }, values: ["pruned", "fail"] };

  describe("trials are selected", () => {
    test.each<[string, Selection, number[]]>([
      ["all of them, by number", {}, [0, 1, 2, 3, 4, 5]],
      ["by an order of values", { filter: above }, [1, 2]],
      ["by what is unknown", { filter: unknown }, [1, 3, 5]],
      ["by a list", { filter: states }, [3, 4]],
      ["by what does not hold, unknown or not", { filter: { kind: "not", inner: above } }, [0, 3, 4, 5]],
      ["by any of several", { filter: { kind: "or", parts: [states, above] } }, [1, 2, 3, 4]],
      ["by all of several", { filter: { kind: "and", parts: [unknown, above] } }, [1]],
      ["what is unknown last", { order: [{ ...value, descending: false }] }, [0, 1, 2, 3, 4, 5]],
      ["in falling order, too", { order: [{ ...value, descending: true }] }, [2, 1, 0, 3, 4, 5]],
      ["some of them", { order: [{ ...value, descending: true }], limit: 2, offset: 1 }, [1, 0]],
      [
        "feasible ones first",
        {
          order: [
            { field: { name: "feasible" }, descending: true },
            { ...value, descending: true },
          ],
          limit: 3,
        },
        [1, 0, 2],
      ],
    ])("%s", async (_, selection, expected) => {
      const { reader, row } = await filled();
      expect((await pagesOf(reader.trials(row, selection))).map(({ number }) => number)).toEqual(expected);
    });
  });
}

function states(filled: Filled): void {
  test("a snapshot shows one state, whatever is written meanwhile; calls after it show the new one", async () => {
    const { reader, owned, row } = await filled();
    await reader.snapshot(async (now) => {
      await owned.enqueue({});
      expect((await now.counts(row.id)).waiting).toBe(0);
      expect((await reader.counts(row.id)).waiting).toBe(1);
      expect(await now.snapshot((same) => pagesOf(same.trials(row)))).toHaveLength(6);
    });
    expect(await pagesOf(reader.trials(row))).toHaveLength(7);
  });

  test("the version changes with a write, and only with a write", async () => {
    const { reader, owned } = await filled();
    const before = await reader.version();
    expect(await reader.version()).toBe(before);
    await owned.enqueue({});
    expect(await reader.version()).not.toBe(before);
  });

  test("runs a statement that reads, and refuses one that writes", async () => {
    const { reader } = await filled();
    const { columns, pages } = await reader.sql("SELECT count(*) AS n FROM trials");
    expect([columns, await pagesOf(pages)]).toEqual([["n"], [[6]]]);
    await expect(reader.sql("DELETE FROM trials")).rejects.toThrow("only reads");
    await expect(reader.sql("SELECT nope FROM trials")).rejects.toThrow(/^sql: /);
  });
}
