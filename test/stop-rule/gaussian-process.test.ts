import { expect, test } from "vitest";
import { fitProcess } from "../../src/stop-rule/gaussian-process.ts";

/** A process fitted to values at points of an interval; all values have the same variance. */
function along(points: readonly number[], values: readonly number[], variance = 0) {
  return fitProcess({
    dimensions: 1,
    noise: null,
    points: points.map((point) => Float64Array.of(point)),
    values: Float64Array.from(values),
    variances: new Float64Array(points.length).fill(variance),
    distances: (a, b, into) => {
      into[0] = (a[0]! - b[0]!) ** 2;
    },
  });
}

const POINTS = Array.from({ length: 12 }, (_, i) => i / 11);
const wave = (x: number): number => Math.sin(6 * x);

test("between the points it is close to a smooth function, within its own standard deviation", () => {
  const process = along(POINTS, POINTS.map(wave));
  for (const x of [0.05, 0.31, 0.5, 0.77, 0.95]) {
    const { mean, sd } = process.at(Float64Array.of(x));
    expect(Math.abs(mean - wave(x))).toBeLessThan(0.02);
    expect(Math.abs(mean - wave(x))).toBeLessThan(4 * sd + 1e-6);
  }
});

test("far from all points it returns to the mean, with the spread of the values", () => {
  const process = along(POINTS, POINTS.map(wave));
  const { mean, sd } = process.at(Float64Array.of(30));
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(sd).toBeGreaterThan(0.4);
});

test("uncertain values are followed less closely", () => {
  const values = POINTS.map((_, i) => (i % 2 === 0 ? 1 : -1));
  const here = Float64Array.of(POINTS[4]!);
  const follows = (variance: number): number => along(POINTS, values, variance).at(here).mean;
  expect(Math.abs(follows(25))).toBeLessThan(0.3);
  const certain = along(POINTS, POINTS.map(wave)).at(here).sd;
  expect(along(POINTS, POINTS.map(wave), 1).at(here).sd).toBeGreaterThan(3 * certain);
});

test("equal points may have different values", () => {
  const process = along([0.2, 0.2, 0.2, 0.8], [1, -1, 0, 0.5]);
  expect(Number.isFinite(process.at(Float64Array.of(0.2)).mean)).toBe(true);
  expect(process.at(Float64Array.of(0.5)).sd).toBeGreaterThan(0);
});
