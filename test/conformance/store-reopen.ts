import { expect, test } from "vitest";
import type { Outcome } from "../../src/core/trial.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import { collect, FINAL, splitResult } from "../support/records.ts";
import { ME, type OpenStore, study } from "./store-under-test.ts";

const ADAM = { learningRate: 0.05, optimizer: "adam" };
const TIME = { durationMs: 5 };
const complete = (value: number): Outcome => ({ state: "complete", values: [value], constraints: [] });
const RACED: Outcome = { state: "pruned", reason: "pruner", detail: { pruner: "race", estimate: 0.4 } };

/** Three trials that end in the order 0, 2, 1; trial 2 is stopped by its race after one split. */
async function raced(owned: OwnedStudy): Promise<void> {
  const keys = [];
  for (const number of [0, 1, 2]) keys.push(await owned.startTrial({ number, params: ADAM }));
  await owned.finish(keys[0]!, complete(1), FINAL, TIME);
  await owned.recordSplit(keys[2]!, splitResult(1, 0.5));
  await owned.finish(keys[2]!, RACED, FINAL, TIME);
  await owned.finish(keys[1]!, complete(2), FINAL, TIME);
}

/** Tests what every store does with trials that go on: those that wait, and those that are taken up again. */
export function reopenConformance(open: OpenStore): void {
  test("a trial that its pruner has stopped is taken up again, keeps its splits, and ends in its old place", async () => {
    const { store, connect } = await open();
    const owned = await study(store);
    await raced(owned);
    expect(await owned.reopen([2])).toBe(1);
    expect(await owned.reads.counts()).toEqual({ waiting: 1, running: 0, complete: 2, pruned: 0, fail: 0 });
    const [waiting] = await owned.reads.waiting();
    const unparked = { round: 1, splits: 1, estimate: 0.4, told: 1 };
    expect(waiting).toMatchObject({ number: 2, attempts: 1, unparked });
    expect(waiting!.splits).toMatchObject([{ split: 1, values: [0.5] }]);
    expect((await collect(owned.reads.history())).map(({ number }) => number)).toEqual([0, 1]);
    await owned.release("stopped");

    const next = await (await connect()).claim(owned.id, ME);
    expect(await next.reads.waiting()).toMatchObject([{ number: 2, unparked }]);
    const key = await next.startAttempt(waiting!.id);
    expect(key.attempt).toBe(2);
    await next.recordSplit(key, splitResult(0, 0.3));
    await next.finish(key, complete(0.4), FINAL, TIME);
    expect(
      (await collect(next.reads.history())).map(({ number, state, unparked: was }) => [number, state, was]),
    ).toEqual([
      [0, "complete", undefined],
      [2, "complete", unparked],
      [1, "complete", undefined],
    ]);
  });

  test("one that is stopped again can be taken up again, in a round of its own", async () => {
    const { store } = await open();
    const owned = await study(store);
    await raced(owned);
    await owned.reopen([2]);
    const [waiting] = await owned.reads.waiting();
    const key = await owned.startAttempt(waiting!.id);
    await owned.recordSplit(key, splitResult(0, 0.6));
    await owned.finish(key, RACED, FINAL, TIME);
    const stopped = (await collect(owned.reads.history()))[1];
    expect(stopped).toMatchObject({
      number: 2,
      state: "pruned",
      estimate: { value: 0.4 },
      unparked: { round: 1 },
    });
    expect(await owned.reopen([2])).toBe(2);
    expect(await owned.reads.waiting()).toMatchObject([{ unparked: { round: 2, splits: 2, told: 1 } }]);
  });

  test("the splits of a waiting trial are in the order in which they ran, also within one millisecond", async () => {
    const { store } = await open();
    const owned = await study(store);
    const key = await owned.startTrial({ number: 0, params: ADAM });
    await Promise.all([3, 0, 2, 1].map((split) => owned.recordSplit(key, splitResult(split, split))));
    await owned.interrupt(key, "stop");
    const [waiting] = await owned.reads.waiting();
    expect(waiting!.splits.map(({ split }) => split)).toEqual([3, 0, 2, 1]);
  });

  test("refuses to take up a trial that no pruner has stopped, and takes up none then", async () => {
    const { store } = await open();
    const owned = await study(store);
    await raced(owned);
    await expect(owned.reopen([2, 0])).rejects.toMatchObject({ code: "internal" });
    await expect(owned.reopen([7])).rejects.toMatchObject({ code: "internal" });
    expect(await owned.reads.counts()).toEqual({ waiting: 0, running: 0, complete: 2, pruned: 1, fail: 0 });
  });
}
