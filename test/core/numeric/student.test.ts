import { expect, test } from "vitest";
import { studentQuantile } from "../../../src/core/numeric/normal.ts";

test.each([
  [1, 12.7062],
  [2, 4.30265],
  [3, 3.18245],
  [4, 2.77645],
  [9, 2.26216],
  [30, 2.04227],
  [1000, 1.96234],
])("the quantile 0.975 of Student's t with %i degrees of freedom is as in tables", (freedom, expected) => {
  const tolerance = freedom === 3 ? 0.01 : 0.003;
  expect(Math.abs(studentQuantile(0.975, freedom) / expected - 1)).toBeLessThan(tolerance);
  expect(studentQuantile(0.025, freedom)).toBeCloseTo(-studentQuantile(0.975, freedom), 6);
});
