import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Beacon, beaconWriter, readBeacon } from "../../src/worker/beacon.ts";
import { folder } from "../support/belay.ts";

/** A beacon at a time of the machine's monotonic clock, in ms. Its writer checks its file every second. */
const at = (ms: number): Beacon => ({
  at: ms,
  deadlineAt: Number.POSITIVE_INFINITY,
  reason: 0,
  limitMs: 0,
  trial: 3,
  split: 1,
  rssBytes: 1,
  baselineBytes: 1,
  peakBytes: 1,
  verdict: 0,
  verdictLimit: 0,
  verdictSeen: 0,
  sent: 0,
  received: 0,
});

test("a host that outlives its coordinator does not recreate the run's folder, but writes again once the folder exists", () => {
  const run = join(folder(), "run");
  const file = join(run, "beacon");
  mkdirSync(run);
  const write = beaconWriter(file);
  write(at(10_000));
  expect(readBeacon(file)?.trial).toBe(3);

  rmSync(run, { recursive: true });
  for (const ms of [12_000, 14_000, 16_000]) write(at(ms));
  expect(existsSync(run)).toBe(false);

  mkdirSync(run);
  write(at(18_000));
  expect(readBeacon(file)?.at).toBe(18_000);
});
