import { expect, test } from "vitest";
import { DEFAULTS, ENQUEUED } from "../../src/core/search/sampler.ts";
import type { Params } from "../../src/core/space/space.ts";
import { newStudy } from "../support/records.ts";
import { DEAD, ME, type OpenStore, study } from "./store-under-test.ts";

const ADAM = { learningRate: 0.1 + 0.2 - 0.25, optimizer: "adam" };
const SGD = { learningRate: 0.01, optimizer: "sgd", momentum: 1 / 3 };

/** Tests what every store does with trials whose params a person has asked for. */
export function enqueuedConformance(open: OpenStore): void {
  test("a study is created together with the trials that are asked for, or not at all", async () => {
    const { store, connect } = await open();
    const asked = [{ optimizer: "adam" }, {}, { learningRate: 0.01, optimizer: "sgd", momentum: 0.5 }];
    const owned = await store.createStudy(newStudy(), DEAD, asked);
    const waiting = await owned.reads.waiting();
    expect(waiting).toMatchObject(
      asked.map((params, number) => ({ number, params, enqueued: true, attempts: 0 })),
    );
    expect(await owned.reads.nextNumber()).toBe(3);
    await expect(store.createStudy(newStudy(), ME, [{}])).rejects.toMatchObject({ code: "usage" });
    await store.close();
    const again = await (await connect()).claim(owned.id, ME);
    expect(await again.reads.waiting()).toEqual(waiting);
  });

  test("who asked for the first trials is recorded: the study's defaults, or a person", async () => {
    const { store } = await open();
    const defaults = await store.createStudy(newStudy(), DEAD, [ADAM, SGD], { startsWithDefaults: true });
    expect((await defaults.reads.waiting()).map(({ origin }) => origin)).toEqual([DEFAULTS, ENQUEUED]);
    const other = await store.createStudy(newStudy({ name: "other" }), DEAD, [ADAM]);
    expect((await other.reads.waiting()).map(({ origin }) => origin)).toEqual([ENQUEUED]);
  });

  test("an enqueued trial waits with its given params, and is started by its number", async () => {
    const { store, connect } = await open();
    const owned = await study(store, {}, DEAD);
    expect(await owned.enqueue({ optimizer: "adam" })).toBe(0);
    const held = { by: "gp", why: "turn of gp" };
    expect(await owned.enqueue({}, { proposed: held })).toBe(1);
    await owned.startTrial({ number: 5, params: SGD, origin: { by: "tpe", why: null } });
    expect(await owned.reads.nextNumber()).toBe(6);
    expect(await owned.enqueue(SGD)).toBe(6);
    const found = await owned.reads.waiting();
    expect(found).toMatchObject([
      { number: 0, params: { optimizer: "adam" }, enqueued: true, attempts: 0, splits: [], reports: [] },
      { number: 1, params: {}, enqueued: false, origin: held },
      { number: 6, params: SGD, enqueued: true, origin: ENQUEUED },
    ]);
    await store.close();
    const next = await (await connect()).claim(owned.id, DEAD);
    expect(await next.reads.waiting()).toEqual(found);
    const key = await next.startTrial({ number: 0, params: ADAM });
    expect(key).toEqual({ trialId: found[0]!.id, attempt: 1 });
    await next.interrupt(key, "stop");
    expect((await next.reads.waiting())[0]).toMatchObject({
      ...{ number: 0, params: ADAM, attempts: 1 },
      origin: ENQUEUED,
    });
  });

  test("trials are added to a study that nobody runs, within its total or on top of it, and nothing else changes", async () => {
    const { store } = await open();
    const owned = await study(store, { trials: 4 }, DEAD);
    const key = await owned.startTrial({ number: 0, params: ADAM });
    await owned.enqueue(SGD);
    const asks = (params: readonly Params[], add = false) =>
      store.enqueue(owned.id, { params, add }, "ada@lab");
    const before = await store.find("digits");
    expect(await asks([ADAM, {}])).toEqual({
      ok: true,
      message: "trials 2, 3 wait; the study's total stays 4",
      ...{ numbers: [2, 3], trials: 4 },
    });
    expect(await store.find("digits")).toEqual(before); // Its owner has died, and is still to be settled.
    const none = { numbers: [], trials: 4 };
    expect(await asks([{}])).toEqual({
      ...none,
      ok: false,
      message: "the study has all of its 4 trials already",
    });
    expect(await asks([{}, {}], true)).toEqual({
      ...{ ok: true, message: "trials 4, 5 wait; the study now has 6 in all" },
      ...{ numbers: [4, 5], trials: 6 },
    });
    expect(await store.find("digits")).toMatchObject({
      ...{ state: before!.state, trials: 6, endedAtMs: before!.endedAtMs, activeMs: before!.activeMs },
      settings: { ...before!.settings, trials: { value: 6, source: "enqueue" } },
    });
    const next = await store.claim(owned.id, ME);
    await next.settle();
    const waiting = await next.reads.waiting();
    expect(waiting.map(({ number, params, enqueued }) => ({ number, params, enqueued }))).toEqual([
      { number: 0, params: ADAM, enqueued: false },
      { number: 1, params: SGD, enqueued: true },
      { number: 2, params: ADAM, enqueued: true },
      ...[3, 4, 5].map((number) => ({ number, params: {}, enqueued: true })),
    ]);
    expect(waiting.slice(1).map(({ origin }) => origin)).toEqual(Array(5).fill(ENQUEUED));
    expect(key.trialId).toBe(waiting[0]!.id);
  });

  test("of more trials than the total has place for none is added, and none while the owner lives", async () => {
    const { store } = await open();
    const owned = await study(store, { trials: 3 });
    await owned.enqueue({});
    const three = { params: [{}, {}, {}], add: false };
    await expect(store.enqueue(owned.id, three, "ada@lab")).rejects.toMatchObject({ code: "owner" });
    await owned.release("stopped");
    expect(await store.enqueue(owned.id, three, "ada@lab")).toMatchObject({
      ok: false,
      message: "only 2 of the study's 3 trials are still open, and 3 were asked for",
    });
    expect(await owned.reads.nextNumber()).toBe(1);
  });
}
