import { expect, test } from "vitest";
import { memoryAlert, memoryBrake } from "../../src/guard/reserve.ts";

const holders = [
  { slot: 0, rssBytes: 300 },
  { slot: 1, rssBytes: 900 },
  { slot: 2, rssBytes: 600 },
];

test("below the reserve the largest trial is stopped, one at a time, with a wait for its memory to be freed", () => {
  const brake = memoryBrake(1_000);
  expect(brake.step(1_000, holders, 0)).toBeNull();
  expect(brake.braking).toBe(false);
  expect(brake.step(900, holders, 100)).toEqual({ slot: 1, rssBytes: 900 });
  expect(brake.braking).toBe(true);
  const left = holders.filter(({ slot }) => slot !== 1);
  expect(brake.step(950, left, 600)).toBeNull(); // The memory of the first trial is still being freed.
  expect(brake.step(950, left, 1_100)).toEqual({ slot: 2, rssBytes: 600 });
});

test("the brake is released only well above the reserve, and no trial is stopped until then", () => {
  const brake = memoryBrake(1_000);
  brake.step(900, holders, 0);
  expect(brake.step(1_050, holders, 5_000)).toBeNull();
  expect(brake.braking).toBe(true);
  expect(brake.step(1_100, holders, 5_100)).toBeNull();
  expect(brake.braking).toBe(false);
  expect(brake.step(1_000, holders, 5_200)).toBeNull();
  expect(brake.braking).toBe(false);
});

test("the brake is released with a reserve of nearly the whole machine, of which a tenth more may not exist", () => {
  const brake = memoryBrake(20e9);
  brake.step(19e9, holders, 0);
  expect(brake.step(20.4e9, holders, 100)).toBeNull();
  expect(brake.braking).toBe(true);
  brake.step(20.52e9, holders, 200);
  expect(brake.braking).toBe(false);

  brake.step(19e9, holders, 300);
  brake.step(20.1e9, [], 400);
  expect(brake.braking, "the memory of the last trial may still be on its way").toBe(true);
  brake.step(20.1e9, [], 1_400);
  expect(brake.braking, "nothing runs that could give more").toBe(false);
});

test("without a running trial the brake stops none, and still lets none start", () => {
  const brake = memoryBrake(1_000);
  expect(brake.step(1, [], 0)).toBeNull();
  expect(brake.braking).toBe(true);
});

test("the alert above 80 % comes once, and again only after the use fell below 75 %", () => {
  const alert = memoryAlert();
  const at = [25, 19, 18, 21, 19, 26, 19].map((available) => alert.step(available, 100));
  expect(at).toEqual([false, true, false, false, false, false, true]);
});
