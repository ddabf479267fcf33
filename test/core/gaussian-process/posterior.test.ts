import { describe, expect, test } from "vitest";
import { coordinatesOf, squaredDistance, toPoint } from "../../../src/core/gaussian-process/coordinates.ts";
import {
  appendPoint,
  emptyPosterior,
  meanAt,
  type Posterior,
  setValues,
  slopesHere,
  truncate,
  varianceBound,
  varianceHere,
} from "../../../src/core/gaussian-process/posterior.ts";
import { factorOf, solve } from "../../../src/core/numeric/matrix.ts";
import { rng } from "../../../src/core/rng.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import { uniformRow } from "../../../src/core/space/draw.ts";
import { compileSpace, type ParamDeclaration } from "../../../src/core/space/space.ts";

const float: Distribution = { kind: "float", low: 0, high: 1, log: false, step: null };
const of = (distribution: Distribution, ...conditions: ParamDeclaration["conditions"]): ParamDeclaration => ({
  distribution,
  conditions,
});
const space = compileSpace({
  x: of(float),
  y: of(float),
  kind: of({ kind: "categorical", choices: ["a", "b", "c"] }),
  depth: of({ kind: "int", low: 1, high: 9, log: true, step: 1 }, { parent: "kind", values: ["a", "b"] }),
  shape: of({ kind: "categorical", choices: ["u", "v"] }, { parent: "kind", values: ["b"] }),
});
const coordinates = coordinatesOf(space);
const { dims, numbers } = coordinates;
const parameters = {
  weights: Float64Array.from({ length: dims }, (_, d) => 1 + d),
  signal: 1.7,
  noise: 0.01,
};

/** Random points, row-major. */
function draw(count: number, seed: number): Float64Array {
  const points = new Float64Array(count * dims);
  const stream = rng(seed, 0, "points");
  for (let i = 0; i < count; i++) toPoint(coordinates, uniformRow(space, stream), points, i * dims);
  return points;
}

const POINTS = draw(70, 1);
const VALUES = Float64Array.from({ length: 70 }, (_, i) => Math.sin(i) + POINTS[i * dims]!);

function posteriorOf(count: number): Posterior {
  const posterior = emptyPosterior(coordinates, parameters);
  for (let i = 0; i < count; i++) appendPoint(posterior, POINTS, i * dims, 0.02 * (i % 2));
  setValues(posterior, VALUES.slice(0, count));
  return posterior;
}

/** The kernel by its definition. */
function kernel(a: Float64Array, i: number, b: Float64Array, j: number): number {
  let distance = 0;
  for (let d = 0; d < dims; d++)
    distance += parameters.weights[d]! * squaredDistance(coordinates, d, a[i * dims + d]!, b[j * dims + d]!);
  const r = Math.sqrt(5 * distance);
  return parameters.signal * (1 + r + (r * r) / 3) * Math.exp(-r);
}

describe("posterior", () => {
  test("has mean and variance of the textbook's formulas", () => {
    const count = 70;
    const posterior = posteriorOf(count);
    const matrix = Array.from({ length: count }, (_, i) =>
      Float64Array.from({ length: count }, (_, j) =>
        i === j ? parameters.signal + parameters.noise + 0.02 * (i % 2) : kernel(POINTS, i, POINTS, j),
      ),
    );
    const factor = factorOf(matrix, 1e-12);
    const others = draw(10, 2);
    for (let j = 0; j < 10; j++) {
      const k = Float64Array.from({ length: count }, (_, i) => kernel(POINTS, i, others, j));
      const solved = solve(factor, k, new Float64Array(count));
      const sum = (by: Float64Array): number => by.reduce((total, value, i) => total + value * solved[i]!, 0);
      expect(meanAt(posterior, others, j * dims)).toBeCloseTo(sum(VALUES), 8);
      expect(varianceHere(posterior)).toBeCloseTo(parameters.signal - sum(k), 8);
      expect(varianceBound(posterior)).toBeGreaterThanOrEqual(varianceHere(posterior));
    }
  });

  test("is the same, bit for bit, whether points come at once or after others were taken out", () => {
    const once = posteriorOf(40);
    const later = posteriorOf(70);
    truncate(later, 30);
    for (let i = 30; i < 40; i++) appendPoint(later, POINTS, i * dims, 0.02 * (i % 2));
    setValues(later, VALUES.slice(0, 40));
    const other = draw(1, 5);
    expect(meanAt(later, other)).toBe(meanAt(once, other));
    expect(varianceHere(later)).toBe(varianceHere(once));
  });

  test("is more certain around a point without a value, and expects the same there", () => {
    const posterior = posteriorOf(20);
    const other = draw(1, 6);
    const mean = meanAt(posterior, other);
    const variance = varianceHere(posterior);
    appendPoint(posterior, other, 0, 0);
    expect(meanAt(posterior, other)).toBe(mean);
    expect(varianceHere(posterior)).toBeLessThan(0.2 * variance);
  });

  test("has the slopes of finite differences", () => {
    const posterior = posteriorOf(30);
    const point = draw(1, 7);
    const byMean = new Float64Array(numbers);
    const byVariance = new Float64Array(numbers);
    meanAt(posterior, point);
    varianceHere(posterior);
    slopesHere(posterior, byMean, byVariance);
    const step = 1e-5;
    for (let d = 0; d < numbers; d++) {
      const at = (moved: number) => {
        const there = point.map((value, e) => (e === d ? value + moved : value));
        return [meanAt(posterior, there), varianceHere(posterior)] as const;
      };
      const [above, below] = [at(step), at(-step)];
      expect(byMean[d]!).toBeCloseTo((above[0] - below[0]) / (2 * step), 5);
      expect(byVariance[d]!).toBeCloseTo((above[1] - below[1]) / (2 * step), 5);
    }
  });
});

describe("coordinates", () => {
  test("leave out a param of one value, and put the values of an int and of a log scale where they are", () => {
    const small = coordinatesOf(
      compileSpace({
        only: of({ kind: "float", low: 2, high: 2, log: false, step: null }),
        rate: of({ kind: "float", low: 1e-4, high: 1, log: true, step: null }),
        depth: of({ kind: "int", low: 1, high: 4, log: false, step: 1 }),
      }),
    );
    const point = new Float64Array(small.dims);
    toPoint(small, Float64Array.of(2, 1e-2, 3), point);
    expect(Array.from(point)).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.625, 12)]);
  });

  test("put two rows in which the same params are inactive as close as their other params are", () => {
    const a = new Float64Array(dims);
    const b = new Float64Array(dims);
    toPoint(coordinates, Float64Array.of(0.2, 0.2, 2, Number.NaN, Number.NaN), a);
    toPoint(coordinates, Float64Array.of(0.2, 0.2, 2, Number.NaN, Number.NaN), b);
    expect(a).toEqual(b);
    toPoint(coordinates, Float64Array.of(0.2, 0.2, 1, 3, 0), b);
    const apart = Array.from(a, (value, d) => squaredDistance(coordinates, d, value, b[d]!));
    // The kind differs; the depth is compared with the middle of its range, the shape with all choices at once; and both
    // conditions hold in one of the rows only.
    const middle = (b[2]! - 0.5) ** 2;
    expect(apart).toEqual([0, 0, expect.closeTo(middle, 12), 1, 0.5, 1, 1]);
  });
});
