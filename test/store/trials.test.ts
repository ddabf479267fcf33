import { expect, test } from "vitest";
import { rowKey } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { openDatabase } from "../../src/store/database.ts";
import { collect, FINAL, ownedStudy, splitResult, temporaryStore } from "./fixture.ts";

const ADAM = { learningRate: 0.1 + 0.2 - 0.25, optimizer: "adam" };
const complete = (value: number): Outcome => ({ state: "complete", values: [value], constraints: [] });

test("a trial walks from waiting to complete, and every table knows it", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  const key = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  await store.recordStart(key, { slot: 1, hostPid: 4711, baselineBytes: 90e6 });
  await store.recordSplit(key, splitResult(0, 0.5));
  await store.recordSplit(key, splitResult(1, 0.7));
  await store.finish(key, complete(0.6), FINAL, { durationMs: 25 });

  expect(await store.counts(studyId)).toEqual({ waiting: 0, running: 0, complete: 1, pruned: 0, fail: 0 });
  const db = openDatabase(store.file, { readonly: true });
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

test("the history comes back in the order of telling, bit for bit", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  const sgd = { learningRate: 0.01, optimizer: "sgd", momentum: 1 / 3 };
  const first = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  const second = await store.startTrial(studyId, epoch, { number: 1, params: sgd });
  await store.recordSplit(second, splitResult(0, 0.1 + 0.2));
  const detail = { limitBytes: 10e9, seenBytes: 12e9, during: "split 1" };
  await store.finish(second, { state: "pruned", reason: "memory-limit", detail }, FINAL, { durationMs: 5 });
  await store.finish(first, { state: "complete", values: [1 / 3], constraints: [-1, 2] }, FINAL, {
    durationMs: 5,
  });

  const history = await collect(store.history(studyId));
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

test("a history longer than a page is whole and in order, and a lost row takes no other along", async () => {
  const store = temporaryStore({ durability: "normal" });
  const { studyId, epoch } = await ownedStudy(store);
  const all = Array.from({ length: 2_300 }, async (_, number) => {
    const key = await store.startTrial(studyId, epoch, { number, params: ADAM });
    await store.recordSplit(key, splitResult(0, number));
    await store.finish(key, complete(number), FINAL, { durationMs: 1 });
  });
  await Promise.all(all);
  const history = await collect(store.history(studyId));
  expect(history.map(({ number }) => number)).toEqual(Array.from({ length: 2_300 }, (_, i) => i));
  expect(history.every(({ number, steps }) => steps.length === 1 && steps[0]!.value === number)).toBe(true);
  const db = openDatabase(store.file);
  db.exec("DELETE FROM trials WHERE told IN (0, 500, 999, 1000, 1700)");
  db.close();
  const left = await collect(store.history(studyId));
  expect(left.map(({ number }) => number)).toEqual(
    history.map(({ number }) => number).filter((number) => ![0, 500, 999, 1000, 1700].includes(number)),
  );
  expect(left.every(({ number, steps }) => steps.length === 1 && steps[0]!.value === number)).toBe(true);
});

test("a report of NaN is read as NaN by the next attempt, and in the history", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store, { splitCount: 1 });
  const first = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  await store.recordReport(first, { split: 0, step: 1, value: Number.NaN });
  await store.recordSplit(first, splitResult(0, 0.4));
  await store.interrupt(first, "stop");
  expect((await store.waiting(studyId))[0]!.reports).toEqual([{ split: 0, step: 1, value: Number.NaN }]);
  await store.finish(await store.startAttempt(first.trialId, epoch), complete(0.4), FINAL, { durationMs: 1 });
  expect((await collect(store.history(studyId)))[0]!.steps).toEqual([{ step: 1, value: Number.NaN }]);
});

test("a one-split study's steps are its reports, of the attempt that counts", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store, { splitCount: 1 });
  const first = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  await store.recordReport(first, { split: 0, step: 1, value: 0.9 });
  await store.interrupt(first, "ctrl-c");
  expect((await store.waiting(studyId))[0]!.reports).toEqual([]);
  const second = await store.startAttempt(first.trialId, epoch);
  await store.recordReport(second, { split: 0, step: 2, value: 0.4 });
  await store.recordReport(second, { split: 0, step: 1, value: 0.3 });
  await store.recordSplit(second, splitResult(0, 0.4));
  await store.interrupt(second, "stop");
  expect((await store.waiting(studyId))[0]!.reports.map(({ step }) => step)).toEqual([2, 1]);
  const third = await store.startAttempt(first.trialId, epoch);
  await store.finish(third, complete(0.4), FINAL, { durationMs: 1 });
  expect((await collect(store.history(studyId)))[0]!.steps).toEqual([
    { step: 2, value: 0.4 },
    { step: 1, value: 0.3 },
  ]);
});

test("an enqueued trial waits with the params that were given, and is started by its number", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  expect(await store.enqueue(studyId, epoch, { optimizer: "adam" })).toBe(0);
  expect(await store.enqueue(studyId, epoch, {})).toBe(1);
  expect(await store.nextNumber(studyId)).toBe(2);
  const waiting = await store.waiting(studyId);
  expect(waiting[0]).toMatchObject({
    number: 0,
    params: { optimizer: "adam" },
    enqueued: true,
    attempts: 0,
    splits: [],
  });
  const key = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  expect(key).toEqual({ trialId: waiting[0]!.id, attempt: 1, epoch });
  await expect(store.startTrial(studyId, epoch, { number: 0, params: ADAM })).rejects.toMatchObject({
    code: "internal",
  });
});

test("a split is recorded once, and keeps the attempt that ran it", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  const first = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  await store.recordSplit(first, splitResult(0, 0.5));
  await store.recordSplit(first, splitResult(0, 0.9));
  expect(await store.interrupt(first, "ctrl-c")).toBe("waiting");
  const second = await store.startAttempt(first.trialId, epoch);
  expect(second.attempt).toBe(2);
  await store.recordSplit(second, splitResult(1, 0.6, { values: [0.6, 3], constraints: [0.5] }));
  await store.interrupt(second, "stop");
  expect((await store.waiting(studyId))[0]!.splits).toEqual([
    { split: 0, attempt: 1, values: [0.5], constraints: [], durationMs: 10 },
    { split: 1, attempt: 2, values: [0.6, 3], constraints: [0.5], durationMs: 10 },
  ]);
});

test("a finish that fails half-way leaves nothing of itself", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  const key = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  // NaN is no value for a complete trial: the table refuses it, after the attempt's row was written.
  await expect(store.finish(key, complete(Number.NaN), FINAL, { durationMs: 1 })).rejects.toMatchObject({
    code: "store",
  });
  expect(await store.counts(studyId)).toMatchObject({ running: 1, complete: 0 });
  await store.finish(key, complete(1), FINAL, { durationMs: 1 });
  expect(await store.counts(studyId)).toMatchObject({ running: 0, complete: 1 });
});

test("one write that is refused does not undo its neighbours in the batch", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  const key = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  const results = await Promise.allSettled([
    store.recordSplit(key, splitResult(0, 0.5)),
    store.recordSplit({ ...key, epoch: 99 }, splitResult(1, 0.5)),
    store.recordSplit(key, splitResult(2, 0.5)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await store.interrupt(key, "stop");
  expect((await store.waiting(studyId))[0]!.splits.map(({ split }) => split)).toEqual([0, 2]);
});

test("an attempt that has ended takes no more writes", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  const key = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  await store.finish(key, complete(1), FINAL, { durationMs: 1 });
  await expect(store.recordSplit(key, splitResult(0, 0.5))).rejects.toMatchObject({ code: "stale" });
  await expect(store.finish(key, complete(2), FINAL, { durationMs: 1 })).rejects.toMatchObject({
    code: "stale",
  });
});

test("close writes what is still waiting", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  const key = await store.startTrial(studyId, epoch, { number: 0, params: ADAM });
  const late = store.recordSplit(key, splitResult(0, 0.5));
  store.close();
  await late;
  const again = temporaryStore({ file: store.file });
  expect(await again.counts(studyId)).toMatchObject({ running: 1 });
});

test("commands reach the coordinator once, from another connection, and are answered", async () => {
  const store = temporaryStore();
  const { studyId, epoch } = await ownedStudy(store);
  expect(await store.pollCommands(studyId)).toEqual([]);
  const other = temporaryStore({ file: store.file });
  const id = await other.addCommand(studyId, "set", { workers: 4 });
  expect(await store.pollCommands(studyId)).toMatchObject([{ id, kind: "set", data: { workers: 4 } }]);
  expect(await store.pollCommands(studyId)).toEqual([]);
  expect(await other.commandAnswer(id)).toBeNull();
  await store.answerCommand(studyId, epoch, id, { ok: true });
  expect(await other.commandAnswer(id)).toEqual({ ok: true });
});
