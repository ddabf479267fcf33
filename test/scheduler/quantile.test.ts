import { expect, test } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { fromUnit } from "../../src/core/space/unit-cube.ts";
import { pinball, quantileModel } from "../../src/scheduler/quantile.ts";
import { splitTimeout } from "../../src/scheduler/split-timeout.ts";

const SPACE = compileSpace({
  units: { distribution: { kind: "int", low: 32, high: 1024, log: false, step: 1 }, conditions: [] },
  layers: { distribution: { kind: "int", low: 1, high: 4, log: false, step: 1 }, conditions: [] },
  rate: { distribution: { kind: "float", low: 1e-4, high: 1e-1, log: true, step: null }, conditions: [] },
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd"] }, conditions: [] },
});

function draw(seed: number): Float64Array {
  const random = rng(seed, 0, "row");
  return Float64Array.from(SPACE.params.map(({ distribution }) => fromUnit(distribution, random.next())));
}

/** A peak with a fixed part, and a part that grows with the model: weights, gradients and moments. */
const peakOf = (row: Float64Array, seed: number): number =>
  (90e6 + row[0]! * row[1]! * 1e6 * (row[3] === 0 ? 1.5 : 1)) *
  Math.exp(rng(seed, 0, "noise").normal() * 0.05);

function learned(count: number, value: (row: Float64Array, seed: number) => number) {
  const model = quantileModel(SPACE);
  for (let i = 0; i < count; i++) model.observe(draw(i), value(draw(i), i));
  return model;
}

/** For held-out trials: the mean pinball loss in log space, and the share of values below `high`. */
function heldOut(
  model: ReturnType<typeof quantileModel>,
  value: (row: Float64Array, seed: number) => number,
) {
  let loss = 0;
  let below = 0;
  for (let i = 0; i < 500; i++) {
    const row = draw(10_000 + i);
    const actual = value(row, 10_000 + i);
    const { high } = model.forecast(row)!;
    loss += pinball(Math.log(actual), Math.log(high), 0.95) / 500;
    below += actual <= high ? 1 / 500 : 0;
  }
  return { loss, below };
}

test("learns peaks from params: under half the pinball loss of a constant quantile, and 95 % of values below", () => {
  const model = learned(60, peakOf);
  const constant = quantileModel(compileSpace({}));
  for (let i = 0; i < 60; i++) constant.observe(new Float64Array(0), peakOf(draw(i), i));
  const own = heldOut(model, peakOf);
  expect(own.loss).toBeLessThan(heldOut(constant, peakOf).loss / 2);
  expect(own.below).toBeGreaterThan(0.88);
  expect(model.model).not.toBe("constant");
});

test("uses the constant quantile if params predict nothing", () => {
  const noise = (_: Float64Array, seed: number): number => 1e8 * Math.exp(rng(seed, 0, "pure").normal());
  const model = learned(200, noise);
  expect(model.model).toBe("constant");
  const { below } = heldOut(model, noise);
  expect(below).toBeGreaterThan(0.9);
  expect(below).toBeLessThan(0.99);
});

test("forecasts nothing at first, and then the largest value so far with a margin that shrinks", () => {
  const model = quantileModel(SPACE);
  expect(model.forecast(draw(1))).toBeNull();
  model.observe(draw(1), 100);
  expect(model.forecast(draw(2))).toEqual({ middle: 100, high: 200 });
  model.observe(draw(2), 60);
  expect(model.forecast(draw(3))).toEqual({ middle: 100, high: 150 });
  model.observe(draw(3), Number.NaN);
  model.observe(draw(3), 0);
  expect(model.size).toBe(2);
});

test("keeps a bounded number of trials", () => {
  const model = quantileModel(SPACE, { keep: 64 });
  for (let i = 0; i < 300; i++) model.observe(draw(i), 1e9);
  for (let i = 0; i < 64; i++) model.observe(draw(i), 1e6);
  expect(model.forecast(draw(5))!.high).toBeCloseTo(1e6, -3); // Older trials are forgotten.
});

test("the time limit of a split is fixed until enough splits are seen, and then depends on the params", () => {
  const limits = splitTimeout(SPACE, { fixedMs: 60_000, ceilingMs: 1_800_000 });
  const slow = Float64Array.of(1024, 4, 1e-2, 0);
  const quick = Float64Array.of(32, 1, 1e-2, 0);
  const duration = (row: Float64Array): number => row[0]! * row[1]! * 50;
  for (let i = 0; i < 19; i++) limits.observe(draw(i), duration(draw(i)));
  expect(limits.limit(slow)).toMatchObject({ limitMs: 60_000 });
  for (let i = 19; i < 80; i++) limits.observe(draw(i), duration(draw(i)));
  const long = limits.limit(slow).limitMs!;
  const short = limits.limit(quick).limitMs!;
  expect(long).toBeGreaterThan(duration(slow) * 2);
  expect(long).toBeLessThan(duration(slow) * 8);
  expect(short).toBeLessThan(long / 10);
  expect(short).toBeGreaterThanOrEqual(5_000); // This is the lowest limit.
  expect(limits.limit(slow).from).toMatch(/^auto: 3 x the 95 % quantile/);
});

test("a split's limit never exceeds its ceiling", () => {
  const limits = splitTimeout(SPACE, { fixedMs: null, ceilingMs: 10_000 });
  for (let i = 0; i < 30; i++) limits.observe(draw(i), 60_000);
  expect(limits.limit(draw(1)).limitMs).toBe(10_000);
});
