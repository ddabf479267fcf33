import { describe, expect, test } from "vitest";
import {
  logCdf,
  logImprovement,
  quickLogImprovement,
  quickSlope,
} from "../../../src/sampler/gp/log-improvement.ts";

/** The argument, and the logarithms of the expected improvement and of the distribution function, with 60 digits. */
const KNOWN: readonly (readonly [number, number, number])[] = [
  [3, 1.0987396653277077, -0.0013508099647482027],
  [0, -0.9189385332046727, -Math.LN2],
  [-1.9, -4.50493116162167, -3.550281325542134],
  [-2.1, -5.040839977503975, -4.024944222243985],
  [-5, -16.74430116266099, -15.064998393988725],
  [-20, -206.91783850942511, -203.9171553710973],
  [-100, -5010.12957880025, -5005.524208694205],
];

describe("logImprovement and logCdf", () => {
  test.each(KNOWN)("are exact at %d, far out in the tail too", (z, improvement, cdf) => {
    expect(logImprovement(z).value / improvement).toBeCloseTo(1, 11);
    expect(logCdf(z).value / cdf).toBeCloseTo(1, 11);
  });

  test("have the slopes of finite differences, on both sides of where the formula changes", () => {
    for (const of of [logImprovement, logCdf]) {
      for (const z of [4, 0.3, -2.99, -3.01, -7, -60]) {
        const step = 1e-5;
        expect(of(z).slope / ((of(z + step).value - of(z - step).value) / (2 * step))).toBeCloseTo(1, 5);
      }
    }
  });

  test("stay finite at any finite argument", () => {
    for (const z of [-1e150, -1e6, 1e6, 1e150]) {
      expect(Number.isNaN(logImprovement(z).value)).toBe(false);
      expect(Number.isNaN(logImprovement(z).slope)).toBe(false);
    }
  });

  test("are the same by interpolation, which grows with the argument", () => {
    let before = Number.NEGATIVE_INFINITY;
    for (let z = -60; z < 20; z += 0.0137) {
      const { value, slope } = logImprovement(z);
      const quick = quickLogImprovement(z);
      expect(Math.abs(quick - value)).toBeLessThan(1e-10);
      expect(Math.abs(quickSlope(z) - slope)).toBeLessThan(1e-7);
      expect(quick).toBeGreaterThan(before);
      before = quick;
    }
  });
});
