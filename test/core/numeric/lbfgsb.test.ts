import { describe, expect, test } from "vitest";
import { type BoxProblem, minimizeInBox } from "../../../src/core/numeric/lbfgsb.ts";

type F = (x: readonly number[]) => number;

/** A problem in which all variables have the same bounds, with a gradient by finite differences. */
function problem(f: F, dims: number, low: number, high: number): BoxProblem {
  return {
    dims,
    low: new Float64Array(dims).fill(low),
    high: new Float64Array(dims).fill(high),
    evaluate(x, gradient) {
      const at = Array.from(x);
      for (let i = 0; i < dims; i++) {
        const step = 1e-6 * Math.max(1, Math.abs(at[i]!));
        const moved = (by: number): number => f(at.map((value, j) => (j === i ? value + by : value)));
        gradient[i] = (moved(step) - moved(-step)) / (2 * step);
      }
      return f(at);
    },
  };
}

const rosenbrock: F = (x) =>
  x.slice(1).reduce((sum, next, i) => sum + 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2, 0);
const beale: F = ([a, b]) =>
  [1.5, 2.25, 2.625].reduce((sum, c, k) => sum + (c - a! + a! * b! ** (k + 1)) ** 2, 0);
const stretched: F = (x) => x.reduce((sum, value, i) => sum + 10 ** i * (value - 0.1 * i) ** 2, 0);
const powell: F = ([a, b, c, d]) =>
  (a! + 10 * b!) ** 2 + 5 * (c! - d!) ** 2 + (b! - 2 * c!) ** 4 + 10 * (a! - d!) ** 4;

/** A function, its dimensions and bounds, and the minimum that scipy's L-BFGS-B finds from the same start. */
const CASES: readonly (readonly [string, F, number, number, number, number])[] = [
  [
    "a bowl whose bottom is partly outside",
    (x) => x.reduce((s, v, i) => s + (i + 1) * (v - 0.3 * i) ** 2, 0),
    4,
    -1,
    0.5,
    0.67,
  ],
  ["Rosenbrock's valley", rosenbrock, 4, -2, 2, 0],
  ["a valley that is cut off", rosenbrock, 4, -2, 0.8, 0.5026184416098632],
  ["Beale's function", beale, 2, -4.5, 4.5, 0],
  ["Powell's singular function", powell, 4, -4, 5, 0],
  ["a bowl a million times as steep in one direction as in another", stretched, 7, -3, 3, 0],
  ["a plane, whose minimum is a corner", ([a, b, c]) => a! - 2 * b! + 3 * c!, 3, -1, 2, -8],
  ["a constant", () => 4, 2, 0, 1, 4],
];

describe("minimizeInBox", () => {
  test.each(CASES)("finds the minimum of %s", (_, f, dims, low, high, minimum) => {
    const start = new Float64Array(dims).fill(low + 0.4 * (high - low));
    const { x, value } = minimizeInBox(problem(f, dims, low, high), start, { maxIterations: 1000 });
    expect(value).toBeCloseTo(minimum, 5);
    expect(f(Array.from(x))).toBe(value);
    expect(x.every((v) => v >= low && v <= high)).toBe(true);
  });

  test("says that it has converged, and stops at the tolerance that was asked for", () => {
    const start = new Float64Array(4).fill(-1);
    const fine = minimizeInBox(problem(rosenbrock, 4, -2, 2), start, { maxIterations: 1000 });
    const coarse = minimizeInBox(problem(rosenbrock, 4, -2, 2), start, { gradientTolerance: 1 });
    expect(fine.converged && coarse.converged).toBe(true);
    expect(coarse.evaluations).toBeLessThan(fine.evaluations);
    expect(minimizeInBox(problem(rosenbrock, 4, -2, 2), start, { maxIterations: 2 }).converged).toBe(false);
  });

  test("begins inside, wherever the start is, and takes what is not finite for too large", () => {
    const wall: F = ([x]) => (x! > 0.5 ? Number.NaN : (x! - 0.4) ** 2);
    const { x } = minimizeInBox(problem(wall, 1, -1, 9), Float64Array.of(-7));
    expect(x[0]).toBeCloseTo(0.4, 4);
  });
});
