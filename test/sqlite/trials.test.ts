import { expect, test } from "vitest";
import { rowKey } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { findGaps } from "../../src/sqlite/damage/gaps.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { collect, FINAL, ownedStudy, recorded, splitResult, temporaryStore } from "../support/store.ts";

const ADAM = { learningRate: 0.1 + 0.2 - 0.25, optimizer: "adam" };
const complete = (value: number): Outcome => ({ state: "complete", values: [value], constraints: [] });

test("a trial goes from waiting to complete, and every table has its rows", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const key = await study.startTrial({ number: 0, params: ADAM });
  await study.recordStart(key, { slot: 1, hostPid: 4711, baselineBytes: 90e6 });
  await study.recordSplit(key, splitResult(0, 0.5));
  await study.recordSplit(key, splitResult(1, 0.7));
  await study.finish(key, complete(0.6), FINAL, { durationMs: 25 });

  expect(await study.reads.counts()).toEqual({ waiting: 0, running: 0, complete: 1, pruned: 0, fail: 0 });
  const db = openDatabase(store.location, { readonly: true });
  expect(
    db.prepare("SELECT study, number, state, value, peak_bytes, duration_ms FROM trial_results").all(),
  ).toEqual([
    { study: "digits", number: 0, state: "complete", value: 0.6, peak_bytes: 190e6, duration_ms: 25 },
  ]);
  expect(db.prepare("SELECT phase FROM memory_log ORDER BY phase").pluck().all()).toEqual([
    "final",
    "split",
    "split",
    "start",
  ]);
  expect(db.prepare("SELECT state, slot, host_pid, code_hash FROM attempts").get()).toEqual({
    state: "complete",
    slot: 1,
    host_pid: 4711,
    code_hash: "code-1",
  });
  db.close();
});

test("the history is in the order in which trials ended, bit for bit", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const sgd = { learningRate: 0.01, optimizer: "sgd", momentum: 1 / 3 };
  const first = await study.startTrial({ number: 0, params: ADAM });
  const second = await study.startTrial({ number: 1, params: sgd });
  await study.recordSplit(second, splitResult(0, 0.1 + 0.2));
  const detail = { limitBytes: 10e9, seenBytes: 12e9, during: "split 1" };
  await study.finish(second, { state: "pruned", reason: "memory-limit", detail }, FINAL, { durationMs: 5 });
  await study.finish(first, { state: "complete", values: [1 / 3], constraints: [-1, 2] }, FINAL, {
    durationMs: 5,
  });

  const history = await collect(study.reads.history());
  expect(history.map(({ number }) => number)).toEqual([1, 0]);
  expect(history[0]!.steps).toEqual([{ step: 0, value: 0.1 + 0.2 }]);
  expect(history[0]!.overrun).toBeCloseTo(0.2, 12);
  expect(history[1]).toMatchObject({
    state: "complete",
    values: [1 / 3],
    constraints: [-1, 2],
    overrun: 0,
    steps: [],
  });
  expect(rowKey(history[0]!.row)).toBe(`0.01,1,${1 / 3}`);
  expect(rowKey(history[1]!.row)).toBe(`${0.1 + 0.2 - 0.25},0,NaN`);
});

test("a history longer than a page is complete and in order, and a missing row affects no other", async () => {
  const store = temporaryStore({ durability: "normal" });
  const study = await ownedStudy(store);
  const all = Array.from({ length: 2_300 }, async (_, number) => {
    const key = await study.startTrial({ number, params: ADAM });
    await study.recordSplit(key, splitResult(0, number));
    await study.finish(key, complete(number), FINAL, { durationMs: 1 });
  });
  await Promise.all(all);
  const history = await collect(study.reads.history());
  expect(history.map(({ number }) => number)).toEqual(Array.from({ length: 2_300 }, (_, i) => i));
  expect(history.every(({ number, steps }) => steps.length === 1 && steps[0]!.value === number)).toBe(true);
  const db = openDatabase(store.location);
  db.exec("DELETE FROM trials WHERE told IN (0, 500, 999, 1000, 1700)");
  db.close();
  const left = await collect(study.reads.history());
  expect(left.map(({ number }) => number)).toEqual(
    history.map(({ number }) => number).filter((number) => ![0, 500, 999, 1000, 1700].includes(number)),
  );
  expect(left.every(({ number, steps }) => steps.length === 1 && steps[0]!.value === number)).toBe(true);
});

test("a report of NaN is read as NaN by the next attempt and in the history", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store, { splitCount: 1 });
  const first = await study.startTrial({ number: 0, params: ADAM });
  await study.recordReport(first, { split: 0, step: 1, value: Number.NaN });
  await study.recordSplit(first, splitResult(0, 0.4));
  await study.interrupt(first, "stop");
  expect((await study.reads.waiting())[0]!.reports).toEqual([{ split: 0, step: 1, value: Number.NaN }]);
  await study.finish(await study.startAttempt(first.trialId), complete(0.4), FINAL, { durationMs: 1 });
  expect((await collect(study.reads.history()))[0]!.steps).toEqual([{ step: 1, value: Number.NaN }]);
});

test("the steps of a study with one split are the reports of the recorded attempt", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store, { splitCount: 1 });
  const first = await study.startTrial({ number: 0, params: ADAM });
  await study.recordReport(first, { split: 0, step: 1, value: 0.9 });
  await study.interrupt(first, "ctrl-c");
  expect((await study.reads.waiting())[0]!.reports).toEqual([]);
  const second = await study.startAttempt(first.trialId);
  await study.recordReport(second, { split: 0, step: 2, value: 0.4 });
  await study.recordReport(second, { split: 0, step: 1, value: 0.3 });
  await study.recordSplit(second, splitResult(0, 0.4));
  await study.interrupt(second, "stop");
  expect((await study.reads.waiting())[0]!.reports.map(({ step }) => step)).toEqual([2, 1]);
  const third = await study.startAttempt(first.trialId);
  await study.finish(third, complete(0.4), FINAL, { durationMs: 1 });
  expect((await collect(study.reads.history()))[0]!.steps).toEqual([
    { step: 2, value: 0.4 },
    { step: 1, value: 0.3 },
  ]);
});

test("an enqueued trial waits with its given params, and is started by its number", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  expect(await study.enqueue({ optimizer: "adam" })).toBe(0);
  expect(await study.enqueue({})).toBe(1);
  expect(await study.reads.nextNumber()).toBe(2);
  const waiting = await study.reads.waiting();
  expect(waiting[0]).toMatchObject({
    number: 0,
    params: { optimizer: "adam" },
    enqueued: true,
    attempts: 0,
    splits: [],
  });
  const key = await study.startTrial({ number: 0, params: ADAM });
  expect(key).toEqual({ trialId: waiting[0]!.id, attempt: 1 });
  await expect(study.startTrial({ number: 0, params: ADAM })).rejects.toMatchObject({
    code: "internal",
  });
});

test("a split is recorded once, and keeps the attempt that ran it", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const first = await study.startTrial({ number: 0, params: ADAM });
  await study.recordSplit(first, splitResult(0, 0.5));
  await study.recordSplit(first, splitResult(0, 0.9));
  expect(await study.interrupt(first, "ctrl-c")).toBe("waiting");
  const second = await study.startAttempt(first.trialId);
  expect(second.attempt).toBe(2);
  await study.recordSplit(second, splitResult(1, 0.6, { values: [0.6, 3], constraints: [0.5] }));
  await study.interrupt(second, "stop");
  expect((await study.reads.waiting())[0]!.splits).toEqual([
    { split: 0, attempt: 1, values: [0.5], constraints: [], durationMs: 10 },
    { split: 1, attempt: 2, values: [0.6, 3], constraints: [0.5], durationMs: 10 },
  ]);
});

test("a finish that fails half-way changes nothing", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const key = await study.startTrial({ number: 0, params: ADAM });
  // NaN is not allowed for a complete trial: the table refuses it, after the attempt's row was written.
  await expect(study.finish(key, complete(Number.NaN), FINAL, { durationMs: 1 })).rejects.toMatchObject({
    code: "store",
  });
  expect(await study.reads.counts()).toMatchObject({ running: 1, complete: 0 });
  await study.finish(key, complete(1), FINAL, { durationMs: 1 });
  expect(await study.reads.counts()).toMatchObject({ running: 0, complete: 1 });
});

test("a refused write does not undo the other writes of its batch", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const key = await study.startTrial({ number: 0, params: ADAM });
  const results = await Promise.allSettled([
    study.recordSplit(key, splitResult(0, 0.5)),
    study.recordSplit({ ...key, attempt: 99 }, splitResult(1, 0.5)),
    study.recordSplit(key, splitResult(2, 0.5)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await study.interrupt(key, "stop");
  expect((await study.reads.waiting())[0]!.splits.map(({ split }) => split)).toEqual([0, 2]);
});

test("an attempt that has ended accepts no more writes", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const key = await study.startTrial({ number: 0, params: ADAM });
  await study.finish(key, complete(1), FINAL, { durationMs: 1 });
  await expect(study.recordSplit(key, splitResult(0, 0.5))).rejects.toMatchObject({ code: "stale" });
  await expect(study.finish(key, complete(2), FINAL, { durationMs: 1 })).rejects.toMatchObject({
    code: "stale",
  });
});

test("close writes what is still waiting", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const key = await study.startTrial({ number: 0, params: ADAM });
  const late = study.recordSplit(key, splitResult(0, 0.5));
  store.close();
  await late;
  expect((await recorded(store.location, study.id)).counts).toMatchObject({ running: 1 });
});

test("commands from another connection reach the coordinator once and are answered", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  expect(await study.reads.commands()).toEqual([]);
  const other = temporaryStore({ file: store.location });
  const id = await other.send(study.id, { kind: "set", data: { workers: 4 } });
  expect(await study.reads.commands()).toMatchObject([{ id, kind: "set", data: { workers: 4 } }]);
  expect(await study.reads.commands()).toEqual([]);
  expect(await other.answer(id)).toBeNull();
  await study.answer(id, { ok: true });
  expect(await other.answer(id)).toEqual({ ok: true });
});

test("a command that comes when the run has just ended is refused, and does not wait for the next run", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const id = await store.send(study.id, { kind: "pause", data: null });
  await study.release("finished");
  expect(await store.answer(id)).toEqual({
    ok: false,
    message: "digits has just ended: resume goes on with it",
  });
});

test("a trial that is taken up again leaves no gap that a repair would report, before and after it ends again", async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const gaps = () => {
    const db = openDatabase(store.location, { readonly: true });
    const found = findGaps(db);
    db.close();
    return found;
  };
  const stopped: Outcome = { state: "pruned", reason: "pruner", detail: { pruner: "race", estimate: 1 } };
  for (const number of [0, 1]) {
    const key = await study.startTrial({ number, params: ADAM });
    await study.finish(key, stopped, FINAL, { durationMs: 1 });
  }
  await study.reopen([0]);
  expect(gaps()).toEqual([]);
  const key = await study.startAttempt((await study.reads.waiting())[0]!.id);
  expect(gaps()).toEqual([]);
  await study.finish(key, stopped, FINAL, { durationMs: 1 });
  expect(gaps()).toEqual([]);
});
