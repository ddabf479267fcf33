import { expect, test } from "vitest";
import { coordinatesOf } from "../../../src/core/gaussian-process/coordinates.ts";
import { fitParameters, type LogPrior } from "../../../src/core/gaussian-process/fit.ts";
import {
  appendPoint,
  emptyPosterior,
  meanAt,
  setValues,
  varianceHere,
} from "../../../src/core/gaussian-process/posterior.ts";
import { compileSpace } from "../../../src/core/space/space.ts";

const NOISE: LogPrior = { mean: Math.log(1e-2), sd: 3, low: Math.log(1e-6), high: Math.log(2) };
const COORDINATES = coordinatesOf(
  compileSpace({
    x: { distribution: { kind: "float", low: 0, high: 1, log: false, step: null }, conditions: [] },
  }),
);

/** The prediction of a process that was fitted to values at points of an interval; all values have the same variance. */
function along(places: readonly number[], values: readonly number[], variance = 0) {
  const points = Float64Array.from(places);
  const variances = new Float64Array(places.length).fill(variance);
  const observations = {
    coordinates: COORDINATES,
    ...{ points, values: Float64Array.from(values), variances, noise: NOISE },
  };
  const posterior = emptyPosterior(COORDINATES, fitParameters(observations).parameters);
  for (let i = 0; i < places.length; i++) appendPoint(posterior, points, i, variance);
  setValues(posterior, observations.values);
  return (x: number) => {
    const mean = meanAt(posterior, Float64Array.of(x));
    return { mean, sd: Math.sqrt(varianceHere(posterior)) };
  };
}

const PLACES = Array.from({ length: 12 }, (_, i) => i / 11);
const wave = (x: number): number => Math.sin(6 * x);

test("between the points it is close to a smooth function, within its own standard deviation", () => {
  const predict = along(PLACES, PLACES.map(wave));
  for (const x of [0.05, 0.31, 0.5, 0.77, 0.95]) {
    const { mean, sd } = predict(x);
    expect(Math.abs(mean - wave(x))).toBeLessThan(0.02);
    expect(Math.abs(mean - wave(x))).toBeLessThan(4 * sd + 1e-6);
  }
});

test("far from all points it returns to the mean, with the spread of the values", () => {
  const { mean, sd } = along(PLACES, PLACES.map(wave))(30);
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(sd).toBeGreaterThan(0.4);
});

test("uncertain values are followed less closely", () => {
  const values = PLACES.map((_, i) => (i % 2 === 0 ? 1 : -1));
  const follows = (variance: number): number => along(PLACES, values, variance)(PLACES[4]!).mean;
  expect(Math.abs(follows(25))).toBeLessThan(0.3);
  const certain = along(PLACES, PLACES.map(wave))(PLACES[4]!).sd;
  expect(along(PLACES, PLACES.map(wave), 1)(PLACES[4]!).sd).toBeGreaterThan(3 * certain);
});

test("equal points may have different values", () => {
  const predict = along([0.2, 0.2, 0.2, 0.8], [1, -1, 0, 0.5]);
  expect(Number.isFinite(predict(0.2).mean)).toBe(true);
  expect(predict(0.5).sd).toBeGreaterThan(0);
});
