import { expect, test } from "vitest";
import { pauseBetween, pauseWatch } from "../../src/machine/pauses.ts";

/** Which gaps between two readings of the clock count as pauses, with made-up times. */

const CORES = 4;

test("a gap is a pause if it is longer than 2 s and the process used next to no processor time in it", () => {
  expect(pauseBetween(9_000, 0, CORES)).toBe(9_000);
  expect(pauseBetween(2_000, 0, CORES)).toBe(0);
  expect(pauseBetween(9_000, 9_000, CORES)).toBe(0);
  expect(pauseBetween(9_000, 3_000, CORES)).toBe(0);
});

test("what all cores work just before and after a short pause does not hide it", () => {
  expect(pauseBetween(2_100, CORES * 50, CORES)).toBe(2_100);
  expect(pauseBetween(2_100, 64 * 50, 64)).toBe(2_100);
  expect(pauseBetween(2_100, 2_100, CORES)).toBe(0);
});

test("a pause before the first look counts", () => {
  const pauses = pauseWatch(1_000, () => 5);
  expect(pauses.look(10_000)).toBe(9_000);
  expect(pauses.since(1_000)).toBe(9_000);
});

test("two pauses in a row count both, for every time before the second has ended", () => {
  let usedMs = 0;
  const pauses = pauseWatch(0, () => usedMs);
  expect(pauses.look(3_000)).toBe(3_000);
  expect(pauses.look(3_025)).toBe(0);
  expect(pauses.look(7_025)).toBe(4_000);
  usedMs = 5_000; // A busy time of the same length is no pause.
  expect(pauses.look(12_025)).toBe(0);
  expect([0, 2_999, 3_010, 7_024, 7_025].map(pauses.since)).toEqual([7_000, 7_000, 4_000, 4_000, 0]);
});
