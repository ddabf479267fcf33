import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slopeAt, warpsOf, warpValue } from "../../../src/sampler/gp/warp.ts";

/** Values as they come, and far beyond. */
const values = fc.array(
  fc.oneof(
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.constantFrom(0, 1e308, -1e308, 1e-320, -1e-320, 1e150, Number.MAX_VALUE),
  ),
  { minLength: 1, maxLength: 30 },
);

describe("warpsOf", () => {
  test("every warp is finite and keeps the order, whatever the values are", () => {
    fc.assert(
      fc.property(values, (given) => {
        for (const warp of warpsOf(given)) {
          const sorted = [...given].sort((a, b) => a - b).map((value) => warpValue(warp, value));
          expect(sorted.every(Number.isFinite)).toBe(true);
          expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
          expect(given.every((value) => slopeAt(warp, value) > 0)).toBe(true);
        }
      }),
    );
  });

  test("standardises the values that it was made for", () => {
    const given = Array.from({ length: 50 }, (_, i) => Math.exp(i / 4));
    for (const warp of warpsOf(given)) {
      const warped = given.map((value) => warpValue(warp, value));
      const mean = warped.reduce((sum, value) => sum + value, 0) / 50;
      expect(mean).toBeCloseTo(0, 10);
      expect(warped.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 50).toBeCloseTo(1, 10);
    }
  });

  test("leaves room below the best value: a far better one is far lower", () => {
    const given = Array.from({ length: 50 }, (_, i) => 100 + i ** 3);
    for (const warp of warpsOf(given)) {
      const [here, below] = [100, -1e6].map((value) => warpValue(warp, value));
      expect(below!).toBeLessThan(here! - 1);
    }
  });

  test("has the slope of finite differences", () => {
    const given = [1, 2, 3, 10, 100];
    for (const warp of warpsOf(given)) {
      const step = 1e-6;
      for (const value of [0.5, 2, 50]) {
        const slope = (warpValue(warp, value + step) - warpValue(warp, value - step)) / (2 * step);
        expect(slopeAt(warp, value)).toBeCloseTo(slope, 5);
      }
    }
  });
});
