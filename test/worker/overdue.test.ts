import { expect, test } from "vitest";
import { pauseWatch } from "../../src/machine/pauses.ts";
import { BEACON_REASONS, type Beacon } from "../../src/worker/beacon.ts";
import { type HostClocks, overdueJudge } from "../../src/worker/watcher/overdue.ts";

/** When the watcher takes a host for one that cannot end its trial itself, with a clock that stands where tests put it. */

const TICK_MS = 100;
const GRACE_MS = 200;
/** What a host has after its deadline until it counts as failed: for the acknowledgement, the grace and its delays. */
const ALLOWED_MS = 100 + GRACE_MS + 350;

const RESTING = {
  ...{ trial: -1, split: -1, rssBytes: 0, baselineBytes: 0, peakBytes: 0 },
  ...{ verdict: -1, verdictLimit: 0, verdictSeen: 0, sent: 0, received: 0 },
};

/** The beacon of a host that is being set up: written at `at`, with a limit of 8 s from 0 on. */
const settingUp = (at: number, deadlineAt = 8_000): Beacon => ({
  ...RESTING,
  ...{ at, deadlineAt, reason: BEACON_REASONS.indexOf("setup-timeout"), limitMs: 8_000 },
});

const SETUP_FAILED = { state: "fail", reason: "setup", detail: { by: "watcher", limitMs: 8_000 } };

/** A watcher that starts at `began`, and one host that it looks at. */
function watcherOf({ began = 0, limits = null, usedMs = () => 0 }: Partial<WatcherOptions> = {}) {
  const pauses = pauseWatch(began, usedMs);
  const judge = overdueJudge(GRACE_MS, pauses);
  const host: HostClocks = { limits, since: began, lateSince: null };
  const look = (now: number, beacon: Beacon) => {
    pauses.look(now);
    judge.look(now);
    return judge.judge(host, beacon, now);
  };
  return {
    look,
    /** Looks every 100 ms. @returns when the host was given up, and as what; null if it was not. */
    lookFrom(from: number, until: number, beacon: (now: number) => Beacon, stepMs = TICK_MS) {
      for (let now = from; now <= until; now += stepMs) {
        const outcome = look(now, beacon(now));
        if (outcome) return { now, outcome };
      }
      return null;
    },
  };
}

interface WatcherOptions {
  readonly began: number;
  readonly limits: HostClocks["limits"];
  readonly usedMs: () => number;
}

test("a host that never wakes is given up after its deadline, the ladder and its delays, and not before", () => {
  const given = watcherOf().lookFrom(0, 20_000, () => settingUp(500));
  expect(given?.now).toBeGreaterThan(8_000 + ALLOWED_MS);
  expect(given?.now).toBeLessThanOrEqual(8_000 + ALLOWED_MS + 2 * TICK_MS);
  expect(given?.outcome).toMatchObject(SETUP_FAILED);
});

/** The beacon of a host that wakes some time after a pause, and then takes the pause off its clock. */
const awakeFrom =
  (wakesAt: number, pausedMs: number) =>
  (now: number): Beacon =>
    now < wakesAt ? settingUp(500) : settingUp(now, 8_000 + pausedMs);

test("a host that wakes later than the watcher from a pause is spared", () => {
  const watcher = watcherOf();
  expect(watcher.lookFrom(0, 500, settingUp)).toBeNull();
  expect(watcher.lookFrom(9_500, 12_000, awakeFrom(11_500, 9_000))).toBeNull();
});

test("a host is spared after a pause that the watcher slept through before its first look", () => {
  // The watcher's thread has only started when the run goes on, so it knows of no pause.
  const watcher = watcherOf({ began: 9_500 });
  expect(watcher.lookFrom(9_500, 12_000, awakeFrom(10_000, 9_000))).toBeNull();
});

test("a host is spared after a pause around which the coordinator was too busy for the watcher to tell", () => {
  let usedMs = 0;
  const watcher = watcherOf({ usedMs: () => usedMs });
  expect(watcher.lookFrom(0, 500, settingUp)).toBeNull();
  usedMs = 5_000;
  expect(watcher.lookFrom(9_500, 12_000, awakeFrom(10_000, 9_000))).toBeNull();
});

test("a host that does not run between two pauses is spared after both", () => {
  const watcher = watcherOf();
  expect(watcher.lookFrom(0, 500, settingUp)).toBeNull();
  expect(watcher.lookFrom(5_500, 5_700, () => settingUp(500))).toBeNull();
  expect(watcher.lookFrom(12_700, 16_000, awakeFrom(14_000, 12_200))).toBeNull();
});

test("one beacon that was read while it was written ends no host", () => {
  const watcher = watcherOf();
  expect(watcher.lookFrom(0, 500, settingUp)).toBeNull();
  expect(watcher.look(9_500, settingUp(9_490, 8_000))).toBeNull(); // the new time with the old deadline
  expect(watcher.lookFrom(9_600, 12_000, (now) => settingUp(now, 17_000))).toBeNull();
});

test("on a machine that lets the watcher look only now and then, a host has as many looks as otherwise", () => {
  const watcher = watcherOf();
  const given = watcher.lookFrom(0, 60_000, () => settingUp(500), 1_000);
  expect(given?.now).toBe(12_000); // the first look that finds it late is at 9 s, and each counts 200 ms
  expect(watcherOf().lookFrom(0, 14_000, awakeFrom(11_000, 9_000), 1_000)).toBeNull();
});

test("a host that was given up because it was stopped alone had no pause of the run", () => {
  const limits = { splitTimeoutMs: 1_000, trialTimeoutMs: 30_000, memoryBytes: null };
  const watcher = watcherOf({ limits });
  const stopped: Beacon = {
    ...RESTING,
    at: 400,
    deadlineAt: 1_300,
    reason: 1,
    limitMs: 1_000,
    trial: 3,
    split: 2,
  };
  const given = watcher.lookFrom(0, 20_000, () => stopped);
  expect(given?.outcome).toMatchObject({
    state: "pruned",
    reason: "split-timeout",
    detail: { by: "watcher" },
  });
  expect(given?.now).toBeLessThanOrEqual(1_300 + ALLOWED_MS + 2 * TICK_MS);
});

test("a host that stops writing its beacon is given up once the limit of a further split is over", () => {
  const limits = { splitTimeoutMs: 1_000, trialTimeoutMs: null, memoryBytes: null };
  const silent: Beacon = {
    ...RESTING,
    at: 400,
    deadlineAt: Number.POSITIVE_INFINITY,
    reason: -1,
    limitMs: 0,
  };
  const given = watcherOf({ limits }).lookFrom(0, 20_000, () => silent);
  expect(given?.outcome).toMatchObject({
    state: "pruned",
    reason: "split-timeout",
    detail: { by: "watcher" },
  });
  expect(given?.now).toBeGreaterThan(1_400 + ALLOWED_MS);
});
