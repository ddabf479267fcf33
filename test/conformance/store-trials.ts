import { expect, test } from "vitest";
import { rowKey } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { isRefused } from "../../src/store/store-error.ts";
import { collect, FINAL, splitResult } from "../support/records.ts";
import { DEAD, type OpenStore, study } from "./store-under-test.ts";

const ADAM = { learningRate: 0.1 + 0.2 - 0.25, optimizer: "adam" };
const SGD = { learningRate: 0.01, optimizer: "sgd", momentum: 1 / 3 };
const TIME = { durationMs: 5 };
const complete = (...values: number[]): Outcome => ({ state: "complete", values, constraints: [] });

/** Tests what every store does with trials. */
export function trialConformance(open: OpenStore): void {
  attempts(open);
  waiting(open);
  histories(open);
  moments(open);
  numbers(open);
}

function attempts(open: OpenStore): void {
  test("a trial is written from its start to its end, and takes no write after that", async () => {
    const { store } = await open();
    const owned = await study(store);
    expect(await owned.reads.nextNumber()).toBe(0);
    const key = await owned.startTrial({ number: 0, params: ADAM });
    expect(key.attempt).toBe(1);
    expect(await owned.reads.nextNumber()).toBe(1);
    await owned.recordStart(key, { slot: 1, hostPid: 4711, baselineBytes: 90e6 });
    await owned.recordReport(key, { split: 0, step: 1, value: 0.1 });
    await owned.recordSplit(key, splitResult(0, 0.5));
    await owned.recordSplit(key, splitResult(1, 0.7), { isLast: true });
    expect(await owned.reads.counts()).toEqual({ waiting: 0, running: 1, complete: 0, pruned: 0, fail: 0 });
    await owned.finish(key, complete(0.6), FINAL, TIME);
    expect(await owned.reads.counts()).toEqual({ waiting: 0, running: 0, complete: 1, pruned: 0, fail: 0 });
    for (const write of [
      () => owned.recordStart(key, { slot: 2, hostPid: null, baselineBytes: null }),
      () => owned.recordReport(key, { split: 2, step: 1, value: 0.1 }),
      () => owned.recordSplit(key, splitResult(2, 0.5)),
      () => owned.finish(key, complete(0.9), FINAL, TIME),
      () => owned.interrupt(key, "stop"),
    ]) {
      await expect(write(), String(write)).rejects.toMatchObject({ code: "stale" });
    }
    const [trial, ...more] = await collect(owned.reads.history());
    expect(trial).toMatchObject({ number: 0, state: "complete", reason: null, values: [0.6] });
    expect(trial!.steps.map(({ value }) => value)).toEqual([0.5, 0.7]);
    expect(more).toEqual([]);
  });

  test("who proposed a trial, and why, stays with it through attempts, and is in the history", async () => {
    const { store, connect } = await open();
    const owned = await study(store, {}, DEAD);
    const origin = { by: "gp", why: "turn of gp, which brought 4 of the last 10 improvements" };
    const key = await owned.startTrial({ number: 0, params: ADAM, origin });
    await owned.interrupt(key, "ctrl-c");
    expect((await owned.reads.waiting())[0]).toMatchObject({ number: 0, origin });
    await owned.finish(await owned.startAttempt(key.trialId), complete(1), FINAL, TIME);
    const unknown = await owned.startTrial({ number: 1, params: SGD });
    await owned.finish(unknown, complete(2), FINAL, TIME);
    await store.close();
    const next = await (await connect()).claim(owned.id, DEAD);
    const [first, second] = await collect(next.reads.history());
    expect(first).toMatchObject({ number: 0, by: "gp" });
    expect(second!.by ?? null).toBeNull();
  });

  test("refuses to start a trial that is started already, that is of another study or that does not exist", async () => {
    const { store } = await open();
    const owned = await study(store);
    const other = await study(store, { name: "other" });
    const key = await owned.startTrial({ number: 0, params: ADAM });
    await expect(owned.startTrial({ number: 0, params: SGD })).rejects.toMatchObject({ code: "internal" });
    await expect(owned.startAttempt(key.trialId)).rejects.toMatchObject({ code: "internal" });
    expect(await owned.interrupt(key, "stop")).toBe("waiting");
    await expect(owned.startTrial({ number: 0, params: SGD })).rejects.toMatchObject({ code: "internal" });
    await expect(other.startAttempt(key.trialId)).rejects.toMatchObject({ code: "internal" });
    await expect(owned.startAttempt(key.trialId + 1_000)).rejects.toMatchObject({ code: "internal" });
    const again = await owned.startAttempt(key.trialId);
    expect(again).toEqual({ trialId: key.trialId, attempt: 2 });
    await expect(other.recordSplit(again, splitResult(0, 1))).rejects.toMatchObject({ code: "internal" });
    expect(await other.reads.nextNumber()).toBe(0);
    await expect(owned.recordSplit(key, splitResult(0, 1))).rejects.toMatchObject({ code: "stale" });
    await owned.finish(again, complete(1), FINAL, TIME);
    expect(rowKey((await collect(owned.reads.history()))[0]!.row)).toBe(`${ADAM.learningRate},0,NaN`);
  });

  test("a recorded split is not replaced, and keeps the attempt that ran it", async () => {
    const { store } = await open();
    const owned = await study(store);
    const first = await owned.startTrial({ number: 0, params: ADAM });
    await owned.recordSplit(first, splitResult(0, 0.5));
    await owned.recordSplit(first, splitResult(0, 0.9));
    await owned.interrupt(first, "ctrl-c");
    const second = await owned.startAttempt(first.trialId);
    await owned.recordSplit(second, splitResult(1, 0.6, { values: [0.6, 3], constraints: [0.5, -1] }));
    await owned.recordSplit(second, splitResult(0, 0.7));
    await owned.interrupt(second, "stop");
    expect((await owned.reads.waiting())[0]).toMatchObject({ attempts: 2, enqueued: false });
    expect((await owned.reads.waiting())[0]!.splits).toEqual([
      { split: 0, attempt: 1, values: [0.5], constraints: [], durationMs: 10 },
      { split: 1, attempt: 2, values: [0.6, 3], constraints: [0.5, -1], durationMs: 10 },
    ]);
  });

  test("only attempts that died without a new split are counted, not one with a split, a reboot or a stop", async () => {
    const { store } = await open();
    const owned = await study(store, { maxAttempts: 2 });
    let key = await owned.startTrial({ number: 0, params: ADAM });
    for (const cause of ["ctrl-c", "stop", "reboot", "host"] as const) {
      expect(await owned.interrupt(key, cause, TIME), cause).toBe("waiting");
      key = await owned.startAttempt(key.trialId);
    }
    await owned.recordSplit(key, splitResult(0, 0.5));
    expect(await owned.interrupt(key, "coordinator")).toBe("waiting");
    key = await owned.startAttempt(key.trialId);
    await owned.recordSplit(key, splitResult(0, 0.5));
    expect(await owned.interrupt(key, "coordinator")).toBe("fail");
    await expect(owned.startAttempt(key.trialId)).rejects.toMatchObject({ code: "internal" });
    expect(await owned.reads.counts()).toMatchObject({ waiting: 0, running: 0, fail: 1 });
    const [trial] = await collect(owned.reads.history());
    expect(trial).toMatchObject({ number: 0, state: "fail", reason: "interrupted", values: [] });
    const lost = await owned.startTrial({ number: 1, params: ADAM });
    expect(await owned.interrupt(lost, "coordinator")).toBe("waiting");
    expect(await owned.interrupt(await owned.startAttempt(lost.trialId), "host")).toBe("fail");
  });
}

function waiting(open: OpenStore): void {
  test("the reports of a split are those of the attempt that recorded it, in order", async () => {
    const { store } = await open();
    const owned = await study(store, { splitCount: 1 });
    const first = await owned.startTrial({ number: 0, params: ADAM });
    await owned.recordReport(first, { split: 0, step: 1, value: 0.9 });
    await owned.interrupt(first, "ctrl-c");
    expect((await owned.reads.waiting())[0]!.reports).toEqual([]);
    const second = await owned.startAttempt(first.trialId);
    const reports = [
      { split: 0, step: 2, value: Number.NaN },
      { split: 0, step: 1, value: 0.1 + 0.2 },
    ];
    for (const report of reports) await owned.recordReport(second, report);
    await owned.recordSplit(second, splitResult(0, 0.4));
    await owned.interrupt(second, "stop");
    expect((await owned.reads.waiting())[0]!.reports).toEqual(reports);
    const third = await owned.startAttempt(first.trialId);
    await owned.finish(third, complete(0.4), FINAL, TIME);
    const steps = reports.map(({ step, value }) => ({ step, value }));
    expect((await collect(owned.reads.history()))[0]!.steps).toEqual(steps);
  });
}

function histories(open: OpenStore): void {
  test("the history is in the order in which trials ended, bit for bit, also after the store is opened again", async () => {
    const { store, connect } = await open();
    const owned = await study(store, {}, DEAD);
    const keys = [];
    for (const number of [0, 1, 2]) {
      keys.push(await owned.startTrial({ number, params: number === 1 ? SGD : ADAM }));
    }
    await owned.recordSplit(keys[1]!, splitResult(0, 0.1 + 0.2));
    const detail = { limitBytes: 10e9, seenBytes: 12e9, during: "split 1" };
    await owned.finish(keys[1]!, { state: "pruned", reason: "memory-limit", detail }, FINAL, TIME);
    const result: Outcome = { state: "complete", values: [1 / 3, -5e-324], constraints: [-1, 2] };
    await owned.finish(keys[0]!, result, FINAL, TIME);
    const before = await collect(owned.reads.history());
    expect(before).toMatchObject([
      {
        number: 1,
        state: "pruned",
        reason: "memory-limit",
        values: [],
        steps: [{ step: 0, value: 0.1 + 0.2 }],
      },
      { number: 0, ...result, overrun: 0, steps: [] },
    ]);
    expect(before[0]!.overrun).toBeCloseTo(0.2, 12);
    expect(before.map(({ row }) => rowKey(row))).toEqual([`0.01,1,${1 / 3}`, `${ADAM.learningRate},0,NaN`]);
    await store.close();
    const next = await (await connect()).claim(owned.id, DEAD);
    expect(await collect(next.reads.history())).toEqual(before);
    await next.settle();
    const error = { name: "Odd'Error", message: "\u{1F642}\n".repeat(30_000), stack: null };
    const failed: Outcome = { state: "fail", reason: "error", detail: {}, error };
    await next.finish(await next.startAttempt(keys[2]!.trialId), failed, FINAL, TIME);
    const after = await collect(next.reads.history());
    expect(after.slice(0, 2)).toEqual(before);
    expect(after.slice(2)).toMatchObject([{ number: 2, state: "fail", reason: "error" }]);
  });

  test("a long history is complete and in order, and has no trial of another study", async () => {
    const { store } = await open();
    const [owned, other] = [await study(store), await study(store, { name: "other" })];
    const numbers = Array.from({ length: 1_200 }, (_, i) => 1_199 - i);
    const run = async (number: number, of = owned) => {
      const key = await of.startTrial({ number, params: ADAM });
      await of.recordSplit(key, splitResult(0, number));
      await of.finish(key, complete(number), FINAL, TIME);
    };
    await Promise.all([...numbers.map((number) => run(number)), run(7, other)]);
    const history = await collect(owned.reads.history());
    expect(history.map(({ number }) => number)).toEqual(numbers);
    expect(history.every(({ number, steps }) => steps.length === 1 && steps[0]!.value === number)).toBe(true);
    expect((await collect(other.reads.history())).map(({ number }) => number)).toEqual([7]);
  });
}

function moments(open: OpenStore): void {
  test("simultaneous writes happen in the order of the calls", async () => {
    const { store } = await open();
    const owned = await study(store);
    expect(await Promise.all([{}, ADAM, SGD].map((params) => owned.enqueue(params)))).toEqual([0, 1, 2]);
    const key = await owned.startTrial({ number: 0, params: ADAM });
    await Promise.all([
      owned.recordStart(key, { slot: 0, hostPid: null, baselineBytes: null }),
      owned.recordSplit(key, splitResult(0, 0.5)),
      owned.recordSplit(key, splitResult(0, 0.9)),
      owned.recordSplit(key, splitResult(1, 0.7), { isLast: true }),
      owned.finish(key, complete(0.6), FINAL, TIME),
    ]);
    const [trial] = await collect(owned.reads.history());
    expect(trial).toMatchObject({ number: 0, values: [0.6] });
    expect(trial!.steps).toEqual([
      { step: 0, value: 0.5 },
      { step: 1, value: 0.7 },
    ]);
  });

  test("a refused write does not undo the writes beside it", async () => {
    const { store } = await open();
    const owned = await study(store);
    const key = await owned.startTrial({ number: 0, params: ADAM });
    const results = await Promise.allSettled([
      owned.recordSplit(key, splitResult(0, 0.5)),
      owned.recordSplit({ ...key, attempt: 99 }, splitResult(1, 0.5)),
      owned.finish(key, complete(Number.NaN), FINAL, TIME),
      owned.recordSplit(key, splitResult(2, 0.5)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { code: "stale" } });
    expect(results[2]).toMatchObject({ reason: { code: "store" } });
    await owned.interrupt(key, "stop");
    expect((await owned.reads.waiting())[0]!.splits.map(({ split }) => split)).toEqual([0, 2]);
  });
}

function numbers(open: OpenStore): void {
  test("refuses to complete a trial with NaN, and the trial still runs", async () => {
    const { store } = await open();
    const owned = await study(store);
    const key = await owned.startTrial({ number: 0, params: ADAM });
    const refused = await owned
      .finish(key, complete(Number.NaN), FINAL, TIME)
      .catch((error: unknown) => error);
    expect(isRefused(refused)).toBe(true);
    expect(await owned.reads.counts()).toMatchObject({ running: 1, complete: 0 });
    await owned.finish(key, complete(1), FINAL, TIME);
    expect(await owned.reads.counts()).toMatchObject({ running: 0, complete: 1 });
  });

  test.each([Number.NaN, Infinity, -Infinity, -0, 5e-324, -1.7976931348623157e308, 2 ** 53 + 2, 0.1 + 0.2])(
    "%d is read as it was reported, also by a store that is opened later",
    async (value) => {
      const { store, connect } = await open();
      const owned = await study(store, { splitCount: 1 }, DEAD);
      const key = await owned.startTrial({ number: 0, params: ADAM });
      await owned.recordReport(key, { split: 0, step: 1, value });
      await owned.recordSplit(key, splitResult(0, 1));
      await owned.finish(key, { state: "pruned", reason: "not-finite", detail: {} }, FINAL, TIME);
      await store.close();
      const next = await (await connect()).claim(owned.id, DEAD);
      const [trial] = await collect(next.reads.history());
      // A database may turn -0 into 0.
      expect(trial!.steps.map((step) => step.value + 0)).toEqual([value + 0]);
    },
  );

  test("a split with values that are not finite is recorded, and other splits are unchanged", async () => {
    const { store } = await open();
    const owned = await study(store, { directions: ["maximize", "minimize"] });
    const key = await owned.startTrial({ number: 0, params: ADAM });
    await owned.recordSplit(key, splitResult(0, 0, { values: [0.1 + 0.2, Number.NaN] }));
    await owned.recordSplit(key, splitResult(1, 0, { values: [Infinity, 1 / 3] }));
    await owned.interrupt(key, "stop");
    const [first, second] = (await owned.reads.waiting())[0]!.splits;
    expect(first!.values).toEqual([0.1 + 0.2, Number.NaN]);
    expect(Number.isFinite(second!.values[0])).toBe(false);
    expect(second!.values[1]).toBe(1 / 3);
  });
}
