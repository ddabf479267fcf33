import { expect, test } from "vitest";
import { memoryAlert, memoryBrake } from "../../src/guard/reserve.ts";

const holders = [
  { slot: 0, rssBytes: 300 },
  { slot: 1, rssBytes: 900 },
  { slot: 2, rssBytes: 600 },
];

test("below the reserve the largest goes, one at a time, with time for its memory to return", () => {
  const brake = memoryBrake(1_000);
  expect(brake.step(1_000, holders, 0)).toBeNull();
  expect(brake.braking).toBe(false);
  expect(brake.step(900, holders, 100)).toEqual({ slot: 1, rssBytes: 900 });
  expect(brake.braking).toBe(true);
  const left = holders.filter(({ slot }) => slot !== 1);
  expect(brake.step(950, left, 600)).toBeNull(); // its memory is on its way back
  expect(brake.step(950, left, 1_100)).toEqual({ slot: 2, rssBytes: 600 });
});

test("it is let go only well above the reserve, and nobody is taken in between", () => {
  const brake = memoryBrake(1_000);
  brake.step(900, holders, 0);
  expect(brake.step(1_050, holders, 5_000)).toBeNull();
  expect(brake.braking).toBe(true);
  expect(brake.step(1_100, holders, 5_100)).toBeNull();
  expect(brake.braking).toBe(false);
  expect(brake.step(1_000, holders, 5_200)).toBeNull();
  expect(brake.braking).toBe(false);
});

test("without a running trial there is nobody to take, and no trial may start all the same", () => {
  const brake = memoryBrake(1_000);
  expect(brake.step(1, [], 0)).toBeNull();
  expect(brake.braking).toBe(true);
});

test("the alert above 80 % comes once, and again only after 75 %", () => {
  const alert = memoryAlert();
  const at = [25, 19, 18, 21, 19, 26, 19].map((available) => alert.step(available, 100));
  expect(at).toEqual([false, true, false, false, false, false, true]);
});
