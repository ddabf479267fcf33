import { expect, test } from "vitest";
import { deadlines } from "../../src/guard/deadline.ts";

test("a deadline ends at its limit, does not count the wait for a verdict, and counts earlier attempts", () => {
  const clocks = deadlines();
  clocks.arm("split-timeout", 100, 0);
  clocks.arm("trial-timeout", 1_000, 0, 800);
  expect(clocks.next()).toEqual({ at: 100, reason: "split-timeout", limitMs: 100 });
  expect(clocks.missed(99)).toBeNull();
  clocks.pause(50);
  expect(clocks.next()).toBeNull();
  expect(clocks.missed(5_000)).toBeNull();
  clocks.resume(1_050);
  expect(clocks.missed(1_099)).toBeNull();
  expect(clocks.missed(1_100)).toEqual({ reason: "split-timeout", limitMs: 100, elapsedMs: 100 });
});

test("of two missed deadlines the one missed by more is reported; null means no limit", () => {
  const clocks = deadlines();
  clocks.arm("split-timeout", 100, 0);
  clocks.arm("trial-timeout", 50, 0);
  expect(clocks.missed(120)).toEqual({ reason: "trial-timeout", limitMs: 50, elapsedMs: 120 });
  clocks.arm("trial-timeout", null, 0);
  expect(clocks.missed(120)).toEqual({ reason: "split-timeout", limitMs: 100, elapsedMs: 120 });
  clocks.clear();
  expect(clocks.missed(1e9)).toBeNull();
});
