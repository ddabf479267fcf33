import fc from "fast-check";
import { expect, it } from "vitest";
import { expOfMinus } from "../../../src/core/numeric/quick-exp.ts";

it("is exp(-x) with a relative error below 1e-11", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 64, noNaN: true }), (x) => {
      expect(Math.abs(expOfMinus(x) / Math.exp(-x) - 1)).toBeLessThan(1e-11);
    }),
    { numRuns: 2000 },
  );
});

it("is exact beyond its table", () => {
  for (const x of [-3, -1e-9, 64, 700, 1e6, Number.POSITIVE_INFINITY])
    expect(expOfMinus(x)).toBe(Math.exp(-x));
  expect(expOfMinus(Number.NaN)).toBeNaN();
});
