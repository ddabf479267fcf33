import { expect, test } from "vitest";
import type { Outcome } from "../../src/core/trial.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import type { SlotReading, Wait } from "../../src/store/activity.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import { collect, FINAL, METRICS, newStudy, splitResult } from "../support/records.ts";
import type { ReaderUnderTest } from "./reader.ts";

const PARAMS = { learningRate: 0.01, optimizer: "adam" };
const WAITS: Wait[] = [
  { kind: "memory", trial: 7, missingBytes: 1.4e9 },
  { kind: "paused", trial: null, missingBytes: null },
];
const COMPLETE: Outcome = { state: "complete", values: [0.5], constraints: [] };
const PRUNED: Outcome = { state: "pruned", reason: "pruner", detail: {} };

/** What a coordinator sees of a slot: a free one, unless a trial is given. */
function reading(slot: number, changes: Partial<SlotReading> = {}): SlotReading {
  const isFree = (changes.trial ?? null) === null;
  return {
    ...{ slot, state: isFree ? "free" : "running", trial: null, split: null, nth: null },
    ...{ splitElapsedMs: null, splitTimeoutMs: isFree ? null : 60_000, limitBytes: 500e6 },
    ...{ rssBytes: 100e6, minBytes: 80e6, maxBytes: 120e6, pid: 4_000 + slot },
    ...changes,
  };
}

type Open = (now: () => number) => Promise<ReaderUnderTest>;

async function opened(open: Open) {
  const clock = { now: 1_000_000 };
  const { store, reader } = await open(() => clock.now);
  const owned = await store.createStudy(newStudy(), currentIdentity());
  return { store, reader, owned, clock, id: owned.row.id };
}

async function begin(owned: OwnedStudy, number: number) {
  const key = await owned.startTrial({ number, params: PARAMS });
  await owned.recordStart(key, { slot: number % 2, hostPid: 4_000 + number, baselineBytes: 90e6 });
  return key;
}

async function run(owned: OwnedStudy, number: number, outcome: Outcome): Promise<void> {
  await owned.finish(await begin(owned, number), outcome, FINAL, { durationMs: 100 });
}

/** Tests what every reader tells of a study that runs, and of what people did to it. */
export function readerActivityConformance(open: Open): void {
  const filled = () => opened(open);
  slotConformance(filled);
  invalidTrials(filled);

  test("reads metrics from a moment on, oldest first, and none of another study", async () => {
    const { store, reader, owned, clock, id } = await filled();
    const other = await store.createStudy(newStudy({ name: "other" }), currentIdentity());
    for (let i = 0; i < 1_500; i++, clock.now += 5_000)
      await owned.periodic.recordMetrics({ ...METRICS, attempts: i, waits: i === 3 ? WAITS : [] });
    await other.periodic.recordMetrics(METRICS);
    const all = (await collect(reader.metricsSince(id, 0))).flat();
    expect(all.map(({ attempts }) => attempts)).toEqual(Array.from({ length: 1_500 }, (_, i) => i));
    expect(all[3]).toMatchObject({ ...METRICS, attempts: 3, waits: WAITS, atMs: 1_000_000 + 3 * 5_000 });
    const late = (await collect(reader.metricsSince(id, all[1_490]!.atMs))).flat();
    expect(late).toEqual(all.slice(1_490));
    expect(await collect(reader.metricsSince(id, clock.now))).toEqual([]);
  });

  test("the audit trail tells what people did and what befell the study, newest first, in pages", async () => {
    const { reader, owned, clock, id } = await filled();
    await run(owned, 0, COMPLETE);
    const key = await begin(owned, 1);
    clock.now = 2_000_000;
    const changes = [{ key: "workers", before: 2, after: 4 }];
    const asked = ["workers=4"];
    const sentAtMs = 1_999_900;
    const data = { ok: true, message: "workers 4", asked, who: "ada@lab", sentAtMs, changes };
    await owned.event("set", null, data);
    await owned.event("kill", key.trialId, { ok: false, message: "no", asked: 1 });
    await owned.event("split-limit", key.trialId, { limitMs: 5 });
    await owned.interrupt(key, "ctrl-c");
    await owned.release("stopped");
    const all = await reader.audit(id, { limit: 10 });
    expect(all.map(({ kind }) => kind)).toEqual(["release", "kill", "set", "launch"]);
    expect(all[2]).toEqual({
      ...{ id: all[2]!.id, atMs: 2_000_000, kind: "set", trial: null, who: "ada@lab", asked, sentAtMs },
      ...{ ok: true, message: "workers 4", changes, detail: {} },
    });
    expect(all[1]).toMatchObject({ trial: 1, who: null, ok: false, asked: 1, sentAtMs: null, changes: [] });
    expect(all[0]).toMatchObject({ ok: null, message: null, detail: { state: "stopped" } });
    expect(await reader.audit(id, { limit: 2 })).toEqual(all.slice(0, 2));
    expect(await reader.audit(id, { limit: 2, beforeId: all[1]!.id })).toEqual(all.slice(2));
    expect(await reader.audit(id, { limit: 9, afterId: all[2]!.id })).toEqual(all.slice(0, 2));
  });

  test("the audit trail tells who enqueued trials in a study that nobody ran", async () => {
    const { store, reader, owned, id } = await filled();
    await owned.release("stopped");
    await store.enqueue(id, { params: [PARAMS], add: false }, "ada@lab");
    expect((await reader.audit(id, { limit: 1 }))[0]).toMatchObject({
      ...{ kind: "enqueue", who: "ada@lab", ok: true, asked: { params: [PARAMS], add: false } },
      ...{ sentAtMs: 1_000_000, message: "trial 0 waits; the study's total stays 100" },
    });
  });

  test("tells which trials run, where, and how far they are", async () => {
    const { reader, owned, clock, id } = await filled();
    await run(owned, 0, COMPLETE);
    const second = await begin(owned, 1);
    await owned.enqueue({});
    await owned.recordSplit(second, splitResult(0, 0.8));
    await owned.interrupt(second, "stop");
    clock.now = 2_000_000;
    const again = await owned.startAttempt(second.trialId);
    await owned.startTrial({ number: 3, params: PARAMS });
    await owned.recordSplit(again, splitResult(1, 0.8));
    expect(await reader.running(id)).toEqual([
      {
        ...{ trialId: second.trialId, number: 1, params: PARAMS, attempt: 2, slot: null, hostPid: null },
        ...{ startedAtMs: 2_000_000, splits: 2, lastSplitAtMs: 2_000_000 },
      },
      expect.objectContaining({ number: 3, attempt: 1, splits: 0, lastSplitAtMs: null }),
    ]);
    await owned.recordStart(again, { slot: 1, hostPid: 7, baselineBytes: null });
    expect((await reader.running(id))[0]).toMatchObject({ slot: 1, hostPid: 7 });
    await owned.release("stopped");
    expect(await reader.running(id)).toEqual([]);
  });

  test("tells when and where every attempt ran, from any trial on", async () => {
    const { reader, owned, clock, id } = await filled();
    await run(owned, 0, COMPLETE);
    clock.now += 1_000;
    const second = await begin(owned, 1);
    clock.now += 500;
    await owned.interrupt(second, "stop");
    await run(owned, 2, PRUNED);
    await owned.startAttempt(second.trialId);
    await owned.enqueue({});
    const spans = (await collect(reader.attemptSpans(id))).flat();
    expect(spans).toMatchObject([
      { number: 0, attempt: 1, state: "complete", slot: 0, hostPid: 4_000, endedAtMs: 1_000_000 },
      { number: 1, attempt: 1, state: "interrupted", cause: "stop", reason: null, endedAtMs: 1_001_500 },
      { number: 1, attempt: 2, state: "running", slot: null, startedAtMs: 1_001_500, endedAtMs: null },
      { number: 2, attempt: 1, state: "pruned", reason: "pruner", cause: null, slot: 0 },
    ]);
    expect((await collect(reader.attemptSpans(id, 2))).flat()).toEqual(spans.slice(3));
    expect((await collect(reader.attemptSpans(id, 9))).flat()).toEqual([]);
  });
}

function slotConformance(filled: () => ReturnType<typeof opened>): void {
  test("tells the slots as they were recorded last, and nothing of those that are gone", async () => {
    const { store, reader, owned, clock, id } = await filled();
    const two = [reading(0, { trial: 4, split: 1, nth: 2, splitElapsedMs: 250.4 }), reading(1)];
    await owned.periodic.recordMetrics(METRICS, two);
    expect(await reader.slots(id)).toEqual([
      {
        ...{ slot: 0, atMs: 1_000_000, state: "running", trial: 4, split: 1, nth: 2, pid: 4_000 },
        ...{ splitStartedAtMs: 999_750, splitTimeoutMs: 60_000, rssBytes: 100e6, limitBytes: 500e6 },
      },
      expect.objectContaining({ slot: 1, state: "free", trial: null, splitStartedAtMs: null, pid: 4_001 }),
    ]);
    clock.now += 5_000;
    await owned.periodic.recordMetrics(METRICS, [reading(1)]); // after `set workers=1`
    expect(await reader.slots(id)).toMatchObject([{ slot: 1, atMs: 1_005_000 }]);
    await owned.release("stopped");
    expect(await reader.slots(id)).toEqual([]);
    const dead = { ...currentIdentity(), pid: 2 ** 22 + 7 };
    const next = await store.claim(id, dead);
    await next.periodic.recordMetrics(METRICS, two);
    expect(await reader.slots(id)).toHaveLength(2); // its owner has died meanwhile
    await store.claim(id, currentIdentity());
    expect(await reader.slots(id)).toEqual([]);
  });

  test("the memory of a slot over time has the least and the most of each half minute", async () => {
    const { store, reader, owned, clock, id } = await filled();
    clock.now = 1_020_000;
    const other = await store.createStudy(newStudy({ name: "other" }), currentIdentity());
    const record = (...slots: SlotReading[]) => owned.periodic.recordMetrics(METRICS, slots);
    await record(reading(0, { trial: 7 }), reading(1, { minBytes: null, maxBytes: null }));
    clock.now += 29_999;
    await record(reading(0, { minBytes: 40e6, maxBytes: 90e6 }), reading(1));
    clock.now += 1;
    await record(reading(0, { trial: 8, minBytes: 1, maxBytes: 2, limitBytes: null }));
    await other.periodic.recordMetrics(METRICS, [reading(0)]);
    const first = { atMs: 1_020_000, slot: 0, minBytes: 40e6, maxBytes: 120e6, trial: 7, limitBytes: 500e6 };
    const all = (await collect(reader.slotMemory(id, 0))).flat();
    expect(all).toEqual([
      first,
      { ...first, slot: 1, minBytes: 80e6, trial: null },
      { atMs: 1_050_000, slot: 0, minBytes: 1, maxBytes: 2, trial: 8, limitBytes: null },
    ]);
    expect((await collect(reader.slotMemory(id, 1_049_999))).flat()).toEqual(all);
    expect((await collect(reader.slotMemory(id, 1_050_000))).flat()).toEqual(all.slice(2));
    const slots = Array.from({ length: 64 }, (_, slot) => reading(slot));
    for (let i = 0; i < 40; i++, clock.now += 30_000) await record(...slots);
    const many = (await collect(reader.slotMemory(id, 1_050_000))).flat();
    expect(new Set(many.map(({ atMs, slot }) => `${atMs} ${slot}`)).size).toBe(many.length);
    expect(many).toHaveLength(40 * 64);
  });
}

function invalidTrials(filled: () => ReturnType<typeof opened>): void {
  test("an invalid trial is shown as such, can be filtered by it, and is in no result and no history", async () => {
    const { reader, owned, clock, id } = await filled();
    for (const number of [0, 1, 2]) await run(owned, number, COMPLETE);
    clock.now = 2_000_000;
    await owned.invalidate({ number: 1, undo: false, reason: "wrong data" }, "ada@lab");
    const row = (await reader.study("digits"))!;
    const invalid = { atMs: 2_000_000, who: "ada@lab", reason: "wrong data" };
    expect(await reader.trial(id, 1)).toMatchObject({ number: 1, value: 0.5, invalid });
    expect((await reader.trial(id, 2))!.invalid).toBeNull();
    expect(await reader.invalid(id)).toEqual([1]);
    const where = (value: number) =>
      ({ kind: "compare", operator: "=", left: { field: { name: "invalid" } }, right: { value } }) as const;
    const fields = [{ name: "number" }, { name: "invalid" }] as const;
    const cells = async (value: number) =>
      (await collect(reader.cells(row, fields, { filter: where(value) }))).flat();
    expect([await cells(1), await cells(0)]).toEqual([
      [[1, 1]],
      [
        [0, 0],
        [2, 0],
      ],
    ]);
    const numbers = async (pages: AsyncIterable<readonly { readonly number: number }[]>) =>
      (await collect(pages)).flat().map(({ number }) => number);
    expect(await numbers(reader.results(id))).toEqual([0, 2]);
    expect(await numbers(reader.history(row))).toEqual([0, 2]);
    expect(await numbers(reader.history(row, 2))).toEqual([0, 2]);
    expect(await numbers(reader.history(row, 2, { withInvalid: true }))).toEqual([1, 2]);
    expect(await reader.counts(id)).toMatchObject({ complete: 3 });
  });
}
