import { describe, expect, test } from "vitest";
import { coordinatesOf, toPoint } from "../../../src/core/gaussian-process/coordinates.ts";
import {
  fitParameters,
  type LogPrior,
  type Observations,
  objectiveOf,
} from "../../../src/core/gaussian-process/fit.ts";
import { rng } from "../../../src/core/rng.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import { uniformRow } from "../../../src/core/space/draw.ts";
import { compileSpace } from "../../../src/core/space/space.ts";

const NOISE: LogPrior = { mean: Math.log(1e-3), sd: 2, low: Math.log(1e-6), high: 0 };
const float: Distribution = { kind: "float", low: 0, high: 1, log: false, step: null };

/** A space with numbers, choices, and params that depend on a choice. */
const mixed = compileSpace({
  rate: { distribution: { kind: "float", low: 1e-5, high: 1, log: true, step: null }, conditions: [] },
  kind: { distribution: { kind: "categorical", choices: ["a", "b", "c"] }, conditions: [] },
  depth: {
    distribution: { kind: "int", low: 1, high: 5, log: false, step: 1 },
    conditions: [{ parent: "kind", values: ["a", "b"] }],
  },
  shape: {
    distribution: { kind: "categorical", choices: ["x", "y"] },
    conditions: [{ parent: "kind", values: ["b"] }],
  },
});

function observe(space = mixed, count = 25, value = (row: Float64Array): number => Math.sin(row[0]! * 5)) {
  const coordinates = coordinatesOf(space);
  const stream = rng(3, 0, "observations");
  const points = new Float64Array(count * coordinates.dims);
  const values = Float64Array.from({ length: count }, (_, i) => {
    const row = uniformRow(space, stream);
    toPoint(coordinates, row, points, i * coordinates.dims);
    return value(row) + 0.1 * stream.normal();
  });
  return { coordinates, points, values, variances: values.map((_, i) => 0.01 * (i % 3)), noise: NOISE };
}

describe("objectiveOf", () => {
  test("has the gradient of finite differences, in a conditional space too", () => {
    const observations: Observations = observe();
    const evaluate = objectiveOf(observations);
    const size = observations.coordinates.dims + 2;
    const stream = rng(4, 0, "logs");
    for (let round = 0; round < 5; round++) {
      const logs = Float64Array.from({ length: size }, () => stream.normal() - 0.5);
      const gradient = new Float64Array(size);
      evaluate(logs, gradient);
      for (let p = 0; p < size; p++) {
        const step = 1e-5;
        const at = (moved: number): number =>
          evaluate(
            logs.map((log, q) => (q === p ? log + moved : log)),
            new Float64Array(size),
          );
        expect(gradient[p]!).toBeCloseTo((at(step) - at(-step)) / (2 * step), 4);
      }
    }
  });
});

describe("fitParameters", () => {
  test("gives a dimension that matters a far shorter lengthscale than one that does not", () => {
    const space = compileSpace({
      matters: { distribution: float, conditions: [] },
      idle: { distribution: float, conditions: [] },
    });
    const { parameters } = fitParameters(observe(space, 40, (row) => Math.sin(9 * row[0]!)));
    expect(parameters.weights[0]!).toBeGreaterThan(25 * parameters.weights[1]!);
    expect(parameters.noise).toBeLessThan(0.05);
  });

  test("takes equal points with different values for noise", () => {
    const space = compileSpace({ x: { distribution: float, conditions: [] } });
    const observations = observe(space, 30, () => 0);
    observations.points.fill(0.5);
    const { parameters, score } = fitParameters({
      ...observations,
      values: observations.values.map((v) => 10 * v),
    });
    expect(parameters.noise).toBeGreaterThan(0.3);
    expect(Number.isFinite(score)).toBe(true);
  });
});
