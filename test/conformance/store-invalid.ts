import { expect, test } from "vitest";
import type { InvalidationOrder } from "../../src/store/invalidation.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import { collect, FINAL, splitResult } from "../support/records.ts";
import { DEAD, ME, type OpenStore, study } from "./store-under-test.ts";

const ADAM = { learningRate: 0.05, optimizer: "adam" };
const order = (number: number, changes: Partial<InvalidationOrder> = {}): InvalidationOrder => ({
  ...{ number, undo: false, reason: "the disk was full", ...changes },
});

async function finish(owned: OwnedStudy, number: number): Promise<void> {
  const key = await owned.startTrial({ number, params: ADAM });
  await owned.recordSplit(key, splitResult(0, number));
  await owned.finish(key, { state: "complete", values: [number], constraints: [] }, FINAL, { durationMs: 1 });
}

const numbers = async (owned: OwnedStudy) =>
  (await collect(owned.reads.history())).map(({ number }) => number);

/** Tests what every store does with trials that a person has found to be wrong. */
export function invalidConformance(open: OpenStore): void {
  test("an invalid trial is left out of the history, and comes back to its place", async () => {
    const { store } = await open();
    const owned = await study(store);
    for (const number of [0, 2, 1]) await finish(owned, number);
    const before = await collect(owned.reads.history());
    expect(await owned.invalidate(order(2), "ada@lab")).toMatchObject({
      ok: true,
      trialId: expect.any(Number),
    });
    expect(await numbers(owned)).toEqual([0, 1]);
    expect(await owned.reads.invalid()).toEqual([2]);
    expect((await owned.reads.counts()).complete).toBe(3);
    expect(await owned.invalidate(order(2, { undo: true }), null)).toMatchObject({ ok: true });
    expect(await collect(owned.reads.history())).toEqual(before);
    expect(await owned.reads.invalid()).toEqual([]);
  });

  test("an order that cannot be carried out changes nothing, and says why", async () => {
    const { store } = await open();
    const owned = await study(store);
    const other = await study(store, { name: "other" });
    await finish(other, 7);
    await finish(owned, 0);
    await owned.startTrial({ number: 1, params: ADAM });
    await owned.invalidate(order(0), null);
    const says = async (asked: InvalidationOrder, text: string | RegExp) => {
      const { ok, message } = await owned.invalidate(asked, null);
      expect([ok, message]).toEqual([false, expect.stringMatching(text)]);
    };
    await says(order(0), /^trial 0 is invalid already, since /);
    await says(order(1), /^invalidate: expected a finished trial, got 1, which has not ended$/);
    await says(order(7), /^invalidate: expected a trial of the study, got 7, which it does not have$/);
    await says(order(7, { undo: true }), /got 7/);
    expect(await owned.reads.invalid()).toEqual([0]);
    expect(await other.reads.invalid()).toEqual([]);
  });

  test("a study that nobody runs keeps its state; one whose owner lives is refused", async () => {
    const { store, connect } = await open();
    const owned = await study(store);
    await finish(owned, 0);
    await expect(store.invalidate(owned.id, order(0), "ada@lab")).rejects.toMatchObject({ code: "owner" });
    await owned.release("finished");
    const before = await store.find("digits");
    expect(await store.invalidate(owned.id, order(0), "ada@lab")).toMatchObject({ ok: true });
    expect(await store.invalidate(owned.id, order(3), "ada@lab")).toMatchObject({ ok: false, trialId: null });
    expect(await store.find("digits")).toEqual(before);
    const next = await (await connect()).claim(owned.id, DEAD);
    expect([await next.reads.invalid(), await numbers(next)]).toEqual([[0], []]);
    await store.claim(owned.id, ME);
    await expect(next.invalidate(order(0, { undo: true }), null)).rejects.toMatchObject({ code: "stale" });
  });
}
