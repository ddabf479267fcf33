import { expect, test } from "vitest";
import {
  admit,
  budgetBytes,
  claimedBytes,
  type MemoryClaim,
  narrowed,
} from "../../src/scheduler/admission.ts";

const GB = 1e9;
const certain = (gb: number): MemoryClaim => ({
  expected: { middle: gb * GB, high: gb * GB },
  rssBytes: null,
});
const budget = (availableGb: number, runningGb = 0, idleGb = 0) => ({
  availableBytes: availableGb * GB,
  reserveBytes: 2 * GB,
  runningBytes: runningGb * GB,
  idleBytes: idleGb * GB,
  largestIdleBytes: idleGb * GB,
});

test("the budget is the available memory plus that of the hosts, minus the reserve", () => {
  expect(budgetBytes(budget(10, 3, 1))).toBe(12 * GB);
  expect(budgetBytes(budget(1))).toBe(0);
});

test("admits a trial that fits beside the expected peaks of the others, not beside their present memory", () => {
  // The running trial holds 1 GB and is expected to reach 6 GB; 10 GB are available.
  const running = [{ ...certain(6), rssBytes: 1 * GB }];
  expect(admit({ middle: 3 * GB, high: 3 * GB }, running, budget(10, 1))).toEqual({ admit: true });
  expect(admit({ middle: 4 * GB, high: 4 * GB }, running, budget(10, 1))).toEqual({
    admit: false,
    missingBytes: 1 * GB,
    why: "expected to need up to 4.00 GB, and 3.00 GB of 9.00 GB are free beside the 1 that run",
  });
});

test("a trial alone always starts; one without a forecast never joins others", () => {
  expect(admit({ middle: 99 * GB, high: 99 * GB }, [], budget(1))).toEqual({ admit: true });
  expect(admit(null, [], budget(1))).toEqual({ admit: true });
  expect(admit(null, [certain(1)], budget(100))).toMatchObject({
    admit: false,
    why: /not known yet/ as never,
  });
});

test("the present memory of a trial counts if it exceeds the expected peak", () => {
  const running = [{ ...certain(2), rssBytes: 7 * GB }];
  expect(admit({ middle: 3 * GB, high: 3 * GB }, running, budget(4, 7)).admit).toBe(false);
});

test("idle hosts keep their memory, except the one that serves the trial", () => {
  const expected = { middle: 3 * GB, high: 3 * GB };
  expect(
    admit(expected, [certain(5)], { ...budget(5, 5, 0), idleBytes: 1 * GB, largestIdleBytes: 1 * GB }).admit,
  ).toBe(true);
  expect(
    admit(expected, [certain(5)], { ...budget(4, 5, 0), idleBytes: 3 * GB, largestIdleBytes: 1 * GB }).admit,
  ).toBe(true);
  expect(
    admit(expected, [certain(5)], { ...budget(3, 5, 0), idleBytes: 3 * GB, largestIdleBytes: 1 * GB }).admit,
  ).toBe(false);
});

test("the margins of many trials add up like independent errors", () => {
  const one: MemoryClaim = { expected: { middle: 1 * GB, high: 2 * GB }, rssBytes: null };
  expect(claimedBytes([one])).toBe(2 * GB);
  expect(claimedBytes(Array.from({ length: 16 }, () => one))).toBe(20 * GB); // 16 + sqrt(16) GB, not 32 GB.
});

test("after a split the forecast of the peak is nearly certain", () => {
  const after = narrowed({ middle: 2 * GB, high: 6 * GB }, 1 * GB);
  expect(after.high).toBeLessThan(1.3 * GB);
  expect(after.middle).toBeGreaterThanOrEqual(1 * GB);
});
