import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Beacon, beaconWriter, readBeacon } from "../../src/worker/beacon.ts";
import { lossWatch } from "../../src/worker/door/loss.ts";
import type { HostAttempt } from "../../src/worker/host-attempt.ts";
import { folder } from "../support/belay.ts";

/** A message that is lost between a host and its coordinator ends the trial, because no time limit would. */

const BEACON: Beacon = {
  at: 1,
  deadlineAt: Number.POSITIVE_INFINITY,
  reason: -1,
  limitMs: 0,
  trial: 7,
  split: 0,
  rssBytes: 1,
  baselineBytes: 1,
  peakBytes: 1,
  verdict: -1,
  verdictLimit: 0,
  verdictSeen: 0,
  sent: 3,
  received: 2,
};

/** Checks for a loss during `seconds`, while the host writes its beacon; `each` is called before every check. */
function lookFor(
  seconds: number,
  beacon: Partial<Beacon> | ((second: number) => Partial<Beacon>),
  each: (link: { sent: number; received: number }, second: number) => void,
) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const file = join(folder(), "beacon");
  const writeBeacon = beaconWriter(file);
  const link = { sent: 2, received: 3 };
  const lost: string[] = [];
  const attempt = { link, task: { number: 7 }, started: true } as unknown as HostAttempt;
  const stop = lossWatch(file, attempt, ({ got }) => lost.push(got));
  for (let second = 1; second <= seconds; second++) {
    writeBeacon({ ...BEACON, at: second, ...(typeof beacon === "function" ? beacon(second) : beacon) });
    each(link, second);
    vi.advanceTimersByTime(1_000);
  }
  stop();
  return lost;
}

test.each([
  ["what the host has sent has not come", { sent: 4 }, "none of 1 that were sent"],
  ["what it was sent has not come", { received: 1 }, "no sign that 1 of ours have come"],
  ["it has no trial any more", { trial: -1 }, "none about the trial, which is over"],
])("%s: after some seconds that is told", (_, beacon, came) => {
  expect(lookFor(4, beacon, () => {})).toEqual([]);
  expect(lookFor(9, beacon, () => {})[0]).toBe(came);
});

test("no loss is found while messages arrive, while a host is suspended, or when all have arrived", () => {
  expect(lookFor(30, { sent: 100 }, (link) => link.received++)).toEqual([]);
  // Answers to ten thousand reports are on their way: each beacon tells of all but the latest one.
  const answered = (link: { sent: number }, second: number): void => {
    link.sent = 10 * second + 1;
  };
  expect(lookFor(30, (second) => ({ received: 10 * second }), answered)).toEqual([]);
  expect(lookFor(30, { at: 5, received: 1 }, () => {})).toEqual([]);
  expect(lookFor(30, {}, () => {})).toEqual([]);
});

test("a beacon with numbers that no host writes is ignored", () => {
  const file = join(folder(), "beacon");
  for (const damage of [
    { rssBytes: Number.NaN },
    { verdictSeen: 1e300 },
    { peakBytes: Number.POSITIVE_INFINITY },
  ]) {
    beaconWriter(file)({ ...BEACON, ...damage });
    expect(readBeacon(file)).toBeNull();
  }
  beaconWriter(file)(BEACON);
  expect(readBeacon(file)).toEqual(BEACON);
});
