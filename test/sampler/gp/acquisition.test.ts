import { describe, expect, test } from "vitest";
import { coordinatesOf, toPoint } from "../../../src/core/gaussian-process/coordinates.ts";
import { appendPoint, emptyPosterior, setValues } from "../../../src/core/gaussian-process/posterior.ts";
import { rng } from "../../../src/core/rng.ts";
import { uniformRow } from "../../../src/core/space/draw.ts";
import { compileSpace } from "../../../src/core/space/space.ts";
import { improvementScorer } from "../../../src/sampler/gp/acquisition.ts";
import { type Scorer, withSurvival } from "../../../src/sampler/gp/scorer.ts";
import { carefulChance, fitSurvival } from "../../../src/sampler/survival/survival.ts";

const axis = {
  distribution: { kind: "float", low: 0, high: 1, log: false, step: null },
  conditions: [],
} as const;
const COORDINATES = coordinatesOf(compileSpace({ x: axis, y: axis }));
const STREAM = rng(1, 0, "acquisition");
const draw = (): Float64Array => {
  const point = new Float64Array(2);
  toPoint(COORDINATES, uniformRow(COORDINATES.space, STREAM), point);
  return point;
};
const POINTS = Array.from({ length: 30 }, draw);
const OTHERS = Array.from({ length: 20 }, draw);

function posteriorOf(valueAt: (point: Float64Array) => number, noise: number, weight: number) {
  const weights = Float64Array.of(weight, 2 * weight);
  const posterior = emptyPosterior(COORDINATES, { weights, signal: 1.3, noise });
  for (const point of POINTS) appendPoint(posterior, point, 0, 0);
  setValues(posterior, Float64Array.from(POINTS, valueAt));
  return posterior;
}

const bowl = (point: Float64Array): number => (point[0]! - 0.4) ** 2 + (point[1]! - 0.7) ** 2 - 0.2;
const label = (point: Float64Array): number => (point[0]! + point[1]! < 1.1 ? 1 : -1);

/** The chance to live by points of which the sum of both positions decides. */
const CHANCE = carefulChance(
  fitSurvival(
    {
      dims: 2,
      choices: [0, 0],
      points: Float64Array.from(POINTS.flatMap((point) => [...point])),
      lived: (i) => label(POINTS[i]!) > 0,
    },
    POINTS.length,
  ),
  { dims: 2, points: new Float64Array(0), lost: [], size: POINTS.length },
);

function scorerOf(noise: number, survives: boolean): Scorer {
  const objective = posteriorOf(bowl, noise || 1e-6, 8);
  const improvement = improvementScorer({ objective, threshold: -0.15, noise });
  return withSurvival(improvement, survives ? CHANCE : null);
}

describe.each([
  [0, false],
  [0.05, false],
  [0, true],
  [0.05, true],
] as const)("with noise %d and survival %s", (noise, survives) => {
  const given = scorerOf(noise, survives);

  test("the slopes are those of finite differences", () => {
    for (const point of OTHERS) {
      const gradient = new Float64Array(2);
      expect(given.scoreWithSlopes(point, gradient)).toBeCloseTo(given.scoreAt(point), 10);
      for (const d of [0, 1]) {
        const step = 1e-6;
        const at = (by: number): number =>
          given.scoreAt(point.map((value, e) => (e === d ? value + by : value)));
        const slope = (at(step) - at(-step)) / (2 * step);
        expect(Math.abs(gradient[d]! - slope)).toBeLessThan(1e-3 * Math.max(1, Math.abs(slope)));
      }
    }
  });

  test("no score is above its bound", () => {
    for (const point of OTHERS) expect(given.scoreAt(point)).toBeLessThanOrEqual(given.boundAt(point) + 1e-9);
  });
});

test("where there is noise, a point that is known well counts for less beside one that is not", () => {
  const known = POINTS[0]!;
  const posterior = posteriorOf(bowl, 0.05, 8);
  for (let i = 0; i < 50; i++) appendPoint(posterior, known, 0, 0);
  const unknown = Float64Array.of(5, 5);
  const gap = (noise: number): number => {
    const given = improvementScorer({ objective: posterior, threshold: 0, noise });
    return given.scoreAt(unknown) - given.scoreAt(known);
  };
  expect(gap(0.05)).toBeGreaterThan(gap(0) + 1);
});

test("what is not worth a risk does not lead to where trials die", () => {
  const alive = POINTS.filter((point) => label(point) > 0).map((point) => scorerOf(0, true).scoreAt(point));
  const dead = POINTS.filter((point) => label(point) < 0).map((point) => scorerOf(0, true).scoreAt(point));
  expect(Math.min(...alive)).toBeGreaterThan(Math.max(...dead));
});
