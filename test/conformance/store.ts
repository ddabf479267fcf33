import { expect, test } from "vitest";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { Store } from "../../src/store/store.ts";
import { collect, FINAL, METRICS, newStudy, splitResult } from "../support/records.ts";
import { enqueuedConformance } from "./store-enqueued.ts";
import { importConformance } from "./store-import.ts";
import { invalidConformance } from "./store-invalid.ts";
import { reopenConformance } from "./store-reopen.ts";
import { trialConformance } from "./store-trials.ts";
import { DEAD, ME, type OpenStore, study } from "./store-under-test.ts";

const ADAM = { learningRate: 0.01, optimizer: "adam" };
const ODD_NAMES = [
  "x'; DROP TABLE studies; --",
  'a "b" `c` \\ %s $1',
  "größe/日本 🙂",
  " ",
  "n".repeat(5_000),
];

/** Everything that a store shows of a study. */
async function shown(store: Store, { row, reads }: OwnedStudy) {
  return {
    study: await store.find(row.name),
    counts: await reads.counts(),
    next: await reads.nextNumber(),
    waiting: await reads.waiting(),
    history: await collect(reads.history()),
  };
}

/** Tests what every store does. */
export function storeConformance(open: OpenStore): void {
  studies(open);
  owners(open);
  endings(open);
  commands(open);
  trialConformance(open);
  enqueuedConformance(open);
  invalidConformance(open);
  reopenConformance(open);
  importConformance(open);
}

function studies(open: OpenStore): void {
  test("a study is found as it was created, also by a store that is opened later", async () => {
    const { store, connect } = await open();
    expect(await store.names()).toEqual([]);
    expect(await store.find("digits")).toBeNull();
    const record = newStudy({ backend: "cpu", noise: true, directions: ["maximize", "minimize"] });
    const owned = await store.createStudy(record, ME);
    const row = { ...record, id: owned.id, state: "running", activeMs: 0, endedAtMs: null };
    expect(owned.row).toMatchObject(row);
    expect(owned.epoch).toBe(1);
    expect(await store.find("digits")).toEqual(owned.row);
    await store.close();
    expect(await (await connect()).find("digits")).toEqual(owned.row);
  });

  test("names are listed in the order of creation, and odd names are kept exactly", async () => {
    const { store, connect } = await open();
    for (const name of ODD_NAMES) await study(store, { name });
    expect(await store.names()).toEqual(ODD_NAMES);
    for (const name of ODD_NAMES) expect((await store.find(name))!.name).toBe(name);
    expect(await store.find("X'; drop table studies; --")).toBeNull();
    await store.close();
    expect(await (await connect()).names()).toEqual(ODD_NAMES);
  });

  test("a taken name is refused, also if two ask for it at once, and the study is unchanged", async () => {
    const { store } = await open();
    const both = await Promise.allSettled([study(store, { seed: 1 }), study(store, { seed: 2 })]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(both[1]).toMatchObject({ reason: { code: "usage" } });
    await expect(study(store, { seed: 3 })).rejects.toMatchObject({ code: "usage" });
    expect(await store.names()).toEqual(["digits"]);
    expect((await store.find("digits"))!.seed).toBe(1);
  });

  test("an update changes only the named fields of that study", async () => {
    const { store } = await open();
    const owned = await study(store);
    const other = await study(store, { name: "other" });
    const changes = {
      trials: 5,
      state: "paused",
      activeMs: 1_234,
      codeHash: "code-2",
      maxAttempts: 9,
    } as const;
    expect(await owned.update(changes)).toEqual({ ...owned.row, ...changes });
    const text = "'\"\\\n\u{1F642}".repeat(20_000);
    const settings = { note: { value: { text, list: [null, true, 0.1 + 0.2] }, source: "command line" } };
    const limits = { ...owned.row.limits, splitTimeoutMs: 7, memoryBytes: 2 ** 45 };
    const last = await owned.update({ settings, limits });
    expect(last).toEqual({ ...owned.row, ...changes, settings, limits });
    expect(await store.find("digits")).toEqual(last);
    expect(await store.find("other")).toEqual(other.row);
  });
}

function owners(open: OpenStore): void {
  test("a study whose owner lives cannot be claimed, nor taken over soon after the owner's heartbeat", async () => {
    const { store, connect } = await open();
    const owned = await study(store);
    const other = await connect();
    await expect(other.claim(owned.id, DEAD)).rejects.toMatchObject({ code: "owner" });
    await expect(other.claim(owned.id, DEAD, { takeover: true })).rejects.toMatchObject({ code: "owner" });
    await owned.periodic.heartbeat();
    expect((await owned.update({ trials: 5 })).trials).toBe(5);
  });

  test("a free study goes to one of two that claim it, with the next epoch", async () => {
    const { store, connect } = await open();
    const first = await study(store);
    await first.release("stopped");
    const second = await (await connect()).claim(first.id, DEAD);
    expect([first.epoch, second.epoch]).toEqual([1, 2]);
    expect(second.row).toMatchObject({ id: first.id, state: "running", endedAtMs: null });
    const both = await Promise.allSettled([store.claim(first.id, ME), store.claim(first.id, ME)]);
    expect(both).toMatchObject([
      { status: "fulfilled", value: { epoch: 3 } },
      { status: "rejected", reason: { code: "owner" } },
    ]);
  });

  test("every write of a former owner is refused and changes nothing", async () => {
    const { store, connect } = await open();
    const lost = await study(store, {}, DEAD);
    const key = await lost.startTrial({ number: 0, params: ADAM });
    await lost.recordSplit(key, splitResult(0, 0.5));
    const cut = await lost.startTrial({ number: 1, params: ADAM });
    await lost.interrupt(cut, "stop");
    const command = await store.send(lost.id, { kind: "stop", data: null });
    const next = await (await connect()).claim(lost.id, ME);
    const later = await store.send(lost.id, { kind: "pause", data: null });
    const before = await shown(store, next);
    const writes: (() => Promise<unknown>)[] = [
      () => lost.settle(),
      () => lost.update({ trials: 5, state: "paused" }),
      () => lost.enqueue({}),
      () => lost.startTrial({ number: 2, params: ADAM }),
      () => lost.startAttempt(cut.trialId),
      () => lost.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: null }),
      () => lost.recordSplit(key, splitResult(1, 1)),
      () => lost.recordSplit(key, splitResult(2, 1), { isLast: true }),
      () => lost.recordReport(key, { split: 1, step: 0, value: 0 }),
      () => lost.finish(key, { state: "complete", values: [1], constraints: [] }, FINAL, { durationMs: 1 }),
      () => lost.interrupt(key, "stop"),
      () => lost.event("note", null, {}),
      () => lost.answer(later, { ok: true }),
      () => lost.release("finished"),
      () => lost.periodic.heartbeat(),
      () => lost.periodic.recordMetrics(METRICS),
      () => lost.periodic.thin(),
    ];
    for (const write of writes) await expect(write(), String(write)).rejects.toMatchObject({ code: "stale" });
    const atOnce = await Promise.allSettled(writes.map((write) => write()));
    expect(atOnce.map(({ status }) => status)).toEqual(writes.map(() => "rejected"));
    expect(await shown(store, next)).toEqual(before);
    expect(await store.answer(later)).toBeNull();
    expect(await store.answer(command)).toMatchObject({ ok: false });
    expect(await lost.reads.counts()).toEqual(before.counts);
    expect(await next.settle()).toEqual({ waiting: [0], failed: [] });
    expect((await next.reads.waiting())[0]!.splits.map(({ split }) => split)).toEqual([0]);
  });

  test("a trial that a dead owner left running waits with its splits, or fails if no attempt is left", async () => {
    const { store, connect } = await open();
    const lost = await study(store, { maxAttempts: 1 }, DEAD);
    const kept = await lost.startTrial({ number: 0, params: ADAM });
    await lost.recordSplit(kept, splitResult(0, 0.5));
    await lost.startTrial({ number: 1, params: ADAM });
    await lost.enqueue({ optimizer: "sgd" });
    await store.close();
    const next = await (await connect()).claim(lost.id, ME);
    await expect(next.recordSplit(kept, splitResult(1, 0.5))).rejects.toMatchObject({ code: "stale" });
    expect(await next.settle()).toEqual({ waiting: [0], failed: [1] });
    expect(await next.reads.counts()).toEqual({ waiting: 2, running: 0, complete: 0, pruned: 0, fail: 1 });
    expect(await next.reads.waiting()).toMatchObject([
      { number: 0, attempts: 1, params: ADAM, splits: [{ split: 0, attempt: 1, values: [0.5] }] },
      { number: 2, attempts: 0, params: { optimizer: "sgd" }, splits: [] },
    ]);
    expect(await collect(next.reads.history())).toMatchObject([{ number: 1, reason: "interrupted" }]);
    await next.startAttempt(kept.trialId);
    expect(await next.settle()).toEqual({ waiting: [], failed: [] });
  });

  test("the time that a dead owner ran its study counts up to its last heartbeat, once", async () => {
    const { store, connect } = await open();
    const lost = await study(store, { maxAttempts: 1 }, DEAD);
    for (const began = Date.now(); Date.now() < began + 20; ) await new Promise(setImmediate);
    await lost.periodic.heartbeat();
    const next = await (await connect()).claim(lost.id, ME);
    const { activeMs } = next.row;
    expect(activeMs).toBeGreaterThanOrEqual(20);
    await next.release("stopped");
    expect((await store.claim(lost.id, ME)).row.activeMs).toBe(activeMs);
  });

  test("after a reboot the trials of the lost run wait, and no attempt is counted", async () => {
    const { store } = await open();
    const lost = await study(store, { maxAttempts: 1 }, { ...ME, bootId: "another" });
    await lost.startTrial({ number: 0, params: ADAM });
    const next = await store.claim(lost.id, ME);
    expect(await next.settle()).toEqual({ waiting: [0], failed: [] });
  });
}

function endings(open: OpenStore): void {
  test("release leaves nothing running, records how the run ended, and is the owner's last write", async () => {
    const { store, connect } = await open();
    const owned = await study(store, { maxAttempts: 1 });
    const other = await study(store, { name: "other" });
    for (const number of [0, 1]) await owned.startTrial({ number, params: ADAM });
    await other.startTrial({ number: 0, params: ADAM });
    const detail = { rule: "cost(hours=1)", hours: 1.5 };
    await owned.release("target", "ctrl-c", detail);
    expect(await owned.reads.counts()).toMatchObject({ running: 0, waiting: 2, fail: 0 });
    expect(await other.reads.counts()).toMatchObject({ running: 1, waiting: 0 });
    const row = { state: "target", endedAtMs: expect.any(Number), endDetail: detail };
    expect(await store.find("digits")).toMatchObject(row);
    await expect(owned.release("finished")).rejects.toMatchObject({ code: "stale" });
    await expect(owned.update({ trials: 1 })).rejects.toMatchObject({ code: "stale" });
    await store.close();
    const later = await connect();
    expect(await later.find("digits")).toMatchObject({ state: "target", trials: 100 });
    const next = await later.claim(owned.id, ME);
    expect(next.row).toMatchObject({ state: "running", endedAtMs: null, endDetail: null });
    expect(await next.settle()).toEqual({ waiting: [], failed: [] });
  });

  test("writes that were requested before close are made", async () => {
    const { store, connect } = await open();
    const owned = await study(store, {}, DEAD);
    const key = await owned.startTrial({ number: 0, params: ADAM });
    const late = [owned.recordSplit(key, splitResult(0, 0.5)), owned.event("note", key.trialId, {})];
    await store.close();
    await Promise.all(late);
    const next = await (await connect()).claim(owned.id, ME);
    await next.settle();
    expect((await next.reads.waiting())[0]!.splits).toMatchObject([{ split: 0, values: [0.5] }]);
  });

  test("periodic writes and events accept any value, and change no result", async () => {
    const { store } = await open();
    const owned = await study(store);
    const { trialId } = await owned.startTrial({ number: 0, params: ADAM });
    const before = await shown(store, owned);
    await owned.event("odd 'kind'", null, {});
    await owned.event("note", trialId, { text: "long ".repeat(50_000), list: [null, { "": -1.5e-300 }] });
    await owned.periodic.heartbeat();
    await owned.periodic.recordMetrics(METRICS);
    await owned.periodic.recordMetrics({ ...METRICS, why: "it's", cpu: null, memoryTotal: null });
    expect(await owned.periodic.thin()).toBe(0);
    expect(await shown(store, owned)).toEqual(before);
  });
}

function commands(open: OpenStore): void {
  test("commands reach their study's owner once and in order; only the first answer counts", async () => {
    const { store, connect } = await open();
    const owned = await study(store);
    const other = await study(store, { name: "other" });
    const sender = await connect();
    expect(await owned.reads.commands()).toEqual([]);
    const data = { text: "'\"\\\n🙂".repeat(10_000), list: [null, 1.5, -1e300], "": false };
    const set = await sender.send(owned.id, { kind: "set", data, who: "ada@lab" });
    const stop = await sender.send(owned.id, { kind: "stop", data: null });
    expect(await other.reads.commands()).toEqual([]);
    expect(await owned.reads.commands()).toMatchObject([
      { id: set, kind: "set", data, sentAtMs: expect.any(Number), who: "ada@lab" },
      { id: stop, kind: "stop", data: null, who: null },
    ]);
    expect(await owned.reads.commands()).toEqual([]);
    expect(await sender.answer(set)).toBeNull();
    await owned.answer(set, { ok: true, data });
    await owned.answer(set, { ok: false });
    expect(await sender.answer(set)).toEqual({ ok: true, data });
    expect(await sender.answer(stop)).toBeNull();
    const kill = await sender.send(owned.id, { kind: "kill", data: { trial: 3 } });
    expect(await owned.reads.commands()).toMatchObject([{ id: kill, kind: "kill" }]);
  });

  test("commands to a dead owner are answered by the next claim, and do not reach the next owner", async () => {
    const { store } = await open();
    const lost = await study(store, {}, DEAD);
    const other = await study(store, { name: "other" });
    const answered = await store.send(lost.id, { kind: "pause", data: null });
    await lost.answer(answered, { ok: true });
    const unheard = await store.send(lost.id, { kind: "stop", data: null });
    const elsewhere = await store.send(other.id, { kind: "stop", data: null });
    const next = await store.claim(lost.id, ME);
    expect(await store.answer(answered)).toEqual({ ok: true });
    expect(await store.answer(unheard)).toMatchObject({ ok: false, message: expect.any(String) });
    expect(await store.answer(elsewhere)).toBeNull();
    expect(await next.reads.commands()).toEqual([]);
    expect(await other.reads.commands()).toMatchObject([{ id: elsewhere }]);
  });
}
