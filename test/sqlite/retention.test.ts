import { expect, test } from "vitest";
import { openDatabase } from "../../src/sqlite/database.ts";
import type { SlotReading } from "../../src/store/activity.ts";
import { FINAL, METRICS, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";

const DAY = 86_400_000;
const SLOT: SlotReading = {
  ...{ slot: 0, state: "free", trial: null, split: null, nth: null, splitElapsedMs: null, pid: 1 },
  ...{ splitTimeoutMs: null, limitBytes: null, rssBytes: 1, minBytes: 1, maxBytes: 1 },
};

test("old readings, routine events and metrics are thinned; final readings, peaks and kills are kept", async () => {
  let now = 1_000 * DAY;
  const store = temporaryStore({ now: () => now });
  const study = await ownedStudy(store);
  const params = { learningRate: 0.01, optimizer: "adam" };
  for (let number = 0; number < 3; number++) {
    const key = await study.startTrial({ number, params });
    await study.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: 90e6 });
    for (let split = 0; split < 3; split++) await study.recordSplit(key, splitResult(split, 1));
    if (number === 2) continue; // This trial still runs.
    const killed = {
      state: "pruned",
      reason: "memory-limit",
      detail: { seenBytes: 2, limitBytes: 1 },
    } as const;
    const complete = { state: "complete", values: [1], constraints: [] } as const;
    await study.finish(key, number === 1 ? killed : complete, FINAL, { durationMs: 10 });
  }
  await study.event("set", null, { ok: true });
  for (let i = 0; i < 120; i++) {
    now += 5_000;
    await study.periodic.recordMetrics(METRICS, [SLOT]);
  }
  expect(await study.periodic.thin()).toBe(0); // Nothing is old yet.
  const slotMemory = () => {
    const db = openDatabase(store.location, { readonly: true });
    const rows = db.prepare("SELECT count(*) FROM slot_memory").pluck().get();
    db.close();
    return rows;
  };
  expect(slotMemory()).toBe(21);

  now += 8 * DAY;
  await study.periodic.recordMetrics(METRICS);
  expect(await study.periodic.thin()).toBeGreaterThan(0);
  expect(await study.periodic.thin()).toBe(0); // A second pass finds nothing.
  const db = openDatabase(store.location, { readonly: true });
  const all = <Row>(sql: string) => db.prepare<[], Row>(sql).all();
  const left = all<{ number: number; phase: string; n: number; most: number }>(
    `SELECT t.number, m.phase, count(*) AS n, max(m.rss_bytes) AS most FROM memory_log m JOIN trials t ON t.id = m.trial_id
     GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  expect(left.filter(({ number }) => number < 2)).toEqual([
    { number: 0, phase: "final", n: 1, most: 93e6 },
    { number: 0, phase: "split", n: 1, most: 100e6 + 2 }, // This is the peak.
    { number: 1, phase: "final", n: 1, most: 93e6 },
    { number: 1, phase: "split", n: 1, most: 100e6 + 2 },
  ]);
  expect(left.filter(({ number }) => number === 2).map(({ n }) => n)).toEqual([3, 1]); // Running trials are not thinned.
  const kinds = all<{ kind: string; reason: string | null }>(
    "SELECT kind, json_extract(data, '$.reason') AS reason FROM events ORDER BY id",
  );
  expect(kinds).toEqual([
    { kind: "launch", reason: null },
    { kind: "finish", reason: "memory-limit" },
    { kind: "set", reason: null },
  ]);
  const [{ n }] = all<{ n: number }>("SELECT count(*) AS n FROM metrics") as [{ n: number }];
  expect(n).toBeGreaterThanOrEqual(10); // Of ten minutes with one row every five seconds, one a minute and the last one are kept.
  expect(n).toBeLessThanOrEqual(12);
  expect(all("SELECT * FROM slot_memory")).toEqual([]); // It is kept for three days.
  expect(all("SELECT * FROM splits")).toHaveLength(9); // Results are never thinned.
  db.close();
});
