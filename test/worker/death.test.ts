import { expect, test } from "vitest";
import { UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import type { Beacon } from "../../src/worker/beacon.ts";
import { type Evidence, endOfDead, lastMemory } from "../../src/worker/death.ts";

/** The end of a trial whose host died without reporting it. */

const beacon: Beacon = {
  at: 1_000,
  deadlineAt: 2_000,
  reason: 1,
  limitMs: 1_000,
  trial: 3,
  split: 2,
  rssBytes: 500,
  baselineBytes: 100,
  peakBytes: 700,
  verdict: -1,
  verdictLimit: 0,
  verdictSeen: 0,
  sent: 0,
  received: 0,
};
const silent: Evidence = {
  exit: { code: null, signal: "SIGKILL", stderr: "" },
  guarded: null,
  rung: null,
  killedByWatcher: null,
  beacon,
  split: 2,
  wasAborted: false,
  wasKilled: false,
  kernelKills: 0,
  memoryBytes: 400,
};
const timeout = {
  state: "pruned",
  reason: "split-timeout",
  detail: { limitMs: 1_000, elapsedMs: 1_010, during: "split 2", by: "host" },
} as const;

test("the decision of the host's guard counts, with the last step that it reported", () => {
  expect(endOfDead({ ...silent, guarded: timeout, rung: "terminate" })).toEqual({
    ...timeout,
    detail: { ...timeout.detail, rung: "terminate" },
  });
});

test("a host that could not act on its own verdict was ended by the watcher", () => {
  const killedByWatcher = { state: "pruned", reason: "trial-timeout", detail: {} } as const;
  expect(endOfDead({ ...silent, guarded: timeout, rung: "abort", killedByWatcher })).toEqual({
    ...timeout,
    detail: { ...timeout.detail, rung: "sigkill", by: "watcher" },
  });
  expect(endOfDead({ ...silent, killedByWatcher })).toEqual(killedByWatcher);
});

test("a guard's verdict whose message was lost with the host is read from the beacon", () => {
  const lost = { ...beacon, verdict: 3, verdictLimit: 400, verdictSeen: 512 };
  expect(endOfDead({ ...silent, beacon: lost })).toEqual({
    state: "pruned",
    reason: "memory-limit",
    detail: { limitBytes: 400, seenBytes: 512, during: "split 2", by: "host", rung: "sigkill" },
  });
});

test("a SIGKILL that Belay did not send is the kernel's only if the kernel has counted one", () => {
  expect(endOfDead(silent)).toMatchObject({ state: "fail", reason: "crash", detail: { signal: "SIGKILL" } });
  expect(endOfDead({ ...silent, kernelKills: 1 })).toEqual({
    state: "pruned",
    reason: "memory-limit",
    detail: { limitBytes: 400, seenBytes: 500, during: "split 2", by: "kernel" },
  });
  expect(endOfDead({ ...silent, kernelKills: 1, wasKilled: true })).toMatchObject({ reason: "crash" });
});

test("V8's out-of-memory error is distinguished from other crashes", () => {
  const stderr = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory";
  const exit = { code: null, signal: "SIGABRT", stderr } as const;
  expect(endOfDead({ ...silent, exit })).toMatchObject({ state: "fail", reason: "heap" });
  expect(endOfDead({ ...silent, exit: { ...exit, stderr: "" } })).toMatchObject({
    reason: "crash",
    detail: { signal: "SIGABRT", during: "split 2" },
  });
});

test("an attempt that was told to end is interrupted, however its host died", () => {
  expect(endOfDead({ ...silent, wasAborted: true })).toEqual({ state: "interrupted" });
});

test("memory is taken from the last beacon; without one, from the last known reading", () => {
  const known = { ...UNKNOWN_MEMORY, rssBytes: 50, peakBytes: 900, heapBytes: 7 };
  expect(lastMemory(known, beacon)).toMatchObject({
    rssBytes: 500,
    baselineBytes: 100,
    peakBytes: 900,
    heapBytes: 7,
  });
  expect(lastMemory(known, null)).toEqual(known);
});
