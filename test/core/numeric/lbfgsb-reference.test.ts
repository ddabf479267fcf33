import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type BoxProblem, minimizeInBox } from "../../../src/core/numeric/lbfgsb.ts";

type Vector = readonly number[];
type F = (x: Vector) => number;

/** Frozen results of scipy, written by scripts/reference/lbfgsb.py. */
const reference = JSON.parse(readFileSync(new URL("reference/lbfgsb.json", import.meta.url), "utf8")) as {
  readonly scipy: string;
  readonly cases: readonly {
    readonly name: string;
    readonly low: Vector;
    readonly high: Vector;
    readonly start: Vector;
    readonly x: Vector;
    readonly value: number;
    readonly evaluations: number;
  }[];
};

const { sin, cos, exp, log, PI } = Math;
const sum = (terms: Vector): number => terms.reduce((total, term) => total + term, 0);

/** The functions of the script, by their names without what is said of the bounds. */
const FUNCTIONS: Readonly<Record<string, F>> = {
  rosenbrock: (x) => sum(x.slice(1).map((v, i) => 100 * (v - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2)),
  beale: ([a, b]) => sum([1.5, 2.25, 2.625].map((c, k) => (c - a! + a! * b! ** (k + 1)) ** 2)),
  bowl: (x) => sum(x.map((v, i) => (i + 1) * (v - 0.3 * i) ** 2)),
  stretched: (x) => sum(x.map((v, i) => 10 ** i * (v - 0.1 * i) ** 2)),
  turned: (x) => {
    const y = x.map((v, i) => v - (-1) ** i);
    const bowl = sum(y.map((v, i) => (i + 1) * v ** 2));
    return bowl + sum(y) ** 2 + 5 * sum(y.slice(1).map((v, i) => (v - y[i]!) ** 2));
  },
  powell: ([a, b, c, d]) =>
    (a! + 10 * b!) ** 2 + 5 * (c! - d!) ** 2 + (b! - 2 * c!) ** 4 + 10 * (a! - d!) ** 4,
  wood: ([a, b, c, d]) => {
    const valleys = 100 * (b! - a! ** 2) ** 2 + (1 - a!) ** 2 + 90 * (d! - c! ** 2) ** 2 + (1 - c!) ** 2;
    return valleys + 10 * (b! + d! - 2) ** 2 + 0.1 * (b! - d!) ** 2;
  },
  styblinski: (x) => 0.5 * sum(x.map((v) => v ** 4 - 16 * v ** 2 + 5 * v)),
  booth: ([a, b]) => (a! + 2 * b! - 7) ** 2 + (2 * a! + b! - 5) ** 2,
  himmelblau: ([a, b]) => (a! ** 2 + b! - 11) ** 2 + (a! + b! ** 2 - 7) ** 2,
  camel: ([a, b]) => 2 * a! ** 2 - 1.05 * a! ** 4 + a! ** 6 / 6 + a! * b! + b! ** 2,
  mccormick: ([a, b]) => sin(a! + b!) + (a! - b!) ** 2 - 1.5 * a! + 2.5 * b! + 1,
  branin: ([a, b]) =>
    (b! - (5.1 / (4 * PI ** 2)) * a! ** 2 + (5 / PI) * a! - 6) ** 2 + 10 * (1 - 1 / (8 * PI)) * cos(a!) + 10,
  trid: (x) => sum(x.map((v) => (v - 1) ** 2)) - sum(x.slice(1).map((v, i) => v * x[i]!)),
  zakharov: (x) => {
    const s = sum(x.map((v, i) => 0.5 * (i + 1) * v));
    return sum(x.map((v) => v ** 2)) + s ** 2 + s ** 4;
  },
  dixon: (x) => (x[0]! - 1) ** 2 + sum(x.slice(1).map((v, i) => (i + 2) * (2 * v ** 2 - x[i]!) ** 2)),
  exponential: (x) => sum(x.map((v, i) => exp(v) - (i + 1) * v)),
  logistic: (x) => {
    const losses = Array.from({ length: 20 }, (_, i) => {
      const margin = sum(x.map((v, k) => v * sin(1.7 * (i + 1) * (k + 1))));
      return log(1 + exp((i + 1) % 3 === 0 ? margin : -margin));
    });
    return sum(losses) + 0.05 * sum(x.map((v) => v ** 2));
  },
  plane: ([a, b, c]) => a! - 2 * b! + 3 * c!,
  barrier: (x) => sum(x.map((v, i) => v - (i + 1) * log(v))),
};

function problem(f: F, low: Vector, high: Vector): BoxProblem {
  return {
    dims: low.length,
    low: Float64Array.from(low),
    high: Float64Array.from(high),
    evaluate(x, gradient) {
      const at = Array.from(x);
      for (let i = 0; i < at.length; i++) {
        const step = 1e-6 * Math.max(1, Math.abs(at[i]!));
        const moved = (by: number): number => f(at.map((v, k) => (k === i ? v + by : v)));
        gradient[i] = (moved(step) - moved(-step)) / (2 * step);
      }
      return f(at);
    },
  };
}

const runs = reference.cases.map((one) => {
  const f = FUNCTIONS[one.name.split(",")[0]!]!;
  const found = minimizeInBox(problem(f, one.low, one.high), Float64Array.from(one.start), {
    maxIterations: 1000,
  });
  return { ...one, f, found };
});

describe(`as scipy ${reference.scipy}`, () => {
  test.each(runs)(
    "the minimum of $name is not above that of L-BFGS-B",
    ({ f, found, x, value, low, high }) => {
      // The functions here and in the script are the same.
      expect(f(x)).toBeCloseTo(value, 9);
      expect(found.value).toBeLessThanOrEqual(value + 1e-8 * Math.max(1, Math.abs(value)));
      expect(f(Array.from(found.x))).toBe(found.value);
      expect(found.x.every((v, i) => v >= low[i]! && v <= high[i]!)).toBe(true);
      expect(found.converged).toBe(true);
    },
  );

  test("all minima together take at most half as many evaluations more", () => {
    const theirs = sum(runs.map(({ evaluations }) => evaluations));
    expect(sum(runs.map(({ found }) => found.evaluations))).toBeLessThanOrEqual(1.5 * theirs);
  });
});

test("what is not finite at some points, or everywhere, leaves x and value as good as the start", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const isBad = (x: Vector): boolean => Math.floor(7 * x[0]!) % 3 === 1 || x[1]! > 0.6;
    const f: F = (x) => (isBad(x) ? bad : (x[0]! - 2) ** 2 + (x[1]! - 0.9) ** 2);
    const { x, value } = minimizeInBox(problem(f, [0, 0], [1, 1]), Float64Array.of(0.05, 0.1));
    expect(x.every((v) => v >= 0 && v <= 1)).toBe(true);
    expect(value).toBeLessThanOrEqual(f([0.05, 0.1]));
    expect(value).toBeGreaterThan(0);
    const nowhere = minimizeInBox(
      problem(() => bad, [0, 0], [1, 1]),
      Float64Array.of(0.5, 0.5),
    );
    expect([...nowhere.x]).toEqual([0.5, 0.5]);
    expect(nowhere.converged).toBe(false);
  }
});
