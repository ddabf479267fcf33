import { describe, expect, it } from "vitest";
import { coordinatesOf } from "../../../src/core/gaussian-process/coordinates.ts";
import { appendPoint, emptyPosterior, setValues } from "../../../src/core/gaussian-process/posterior.ts";
import { rng } from "../../../src/core/rng.ts";
import { nonDominatedBoxes } from "../../../src/core/search/boxes.ts";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import { compileSpace } from "../../../src/core/space/space.ts";
import { frontScorer } from "../../../src/sampler/gp/front-scorer.ts";
import { logHypervolumeImprovement } from "../../../src/sampler/gp/log-hypervolume-improvement.ts";
import { logImprovement } from "../../../src/sampler/gp/log-improvement.ts";
import { cube } from "../../support/search.ts";

const DRAWS = 4000;

/** Costs of random points, and the corner that bounds their hypervolume. */
function frontOf(dims: number, seed: number) {
  const stream = rng(seed, dims, "front");
  const points = Array.from({ length: 12 }, () => Array.from({ length: dims }, () => stream.normal()));
  return { points, reference: new Array<number>(dims).fill(1.5), stream };
}

describe.each([2, 3])("the expected improvement of the hypervolume in %d dimensions", (dims) => {
  it("is the mean of what random points add", () => {
    for (let seed = 0; seed < 4; seed++) {
      const { points, reference, stream } = frontOf(dims, seed);
      const improvement = logHypervolumeImprovement(nonDominatedBoxes(points, reference));
      const before = hypervolume(points, reference);
      const means = Float64Array.from({ length: dims }, () => 0.7 * stream.normal());
      const sds = Float64Array.from({ length: dims }, () => 0.2 + stream.next());
      let [sum, squares] = [0, 0];
      for (let i = 0; i < DRAWS; i++) {
        const drawn = Array.from(means, (mean, k) => mean + sds[k]! * stream.normal());
        const gain = hypervolume([...points, drawn], reference) - before;
        sum += gain;
        squares += gain * gain;
      }
      const mean = sum / DRAWS;
      const error = Math.sqrt((squares / DRAWS - mean * mean) / DRAWS);
      expect(Math.abs(Math.exp(improvement.valueAt(means, sds)) - mean)).toBeLessThan(4 * error);
    }
  });

  it("is what a point adds that is known for certain", () => {
    const { points, reference } = frontOf(dims, 9);
    const improvement = logHypervolumeImprovement(nonDominatedBoxes(points, reference));
    const better = new Array<number>(dims).fill(-1);
    const gain = hypervolume([...points, better], reference) - hypervolume(points, reference);
    const value = improvement.valueAt(Float64Array.from(better), new Float64Array(dims).fill(1e-9));
    expect(Math.exp(value)).toBeCloseTo(gain, 6);
  });

  it("has the slopes of finite differences, also where it is too small for a float", () => {
    for (const far of [0, 3, 60]) {
      const { points, reference, stream } = frontOf(dims, far);
      const improvement = logHypervolumeImprovement(nonDominatedBoxes(points, reference));
      const means = Float64Array.from({ length: dims }, () => far + stream.normal());
      const sds = Float64Array.from({ length: dims }, () => 0.3 + stream.next());
      const [byMean, bySd] = [new Float64Array(dims), new Float64Array(dims)];
      expect(improvement.valueAt(means, sds)).toSatisfy(Number.isFinite);
      improvement.slopesHere(sds, byMean, bySd);
      for (let k = 0; k < dims; k++) {
        const step = 1e-5;
        const moved = (vector: Float64Array, by: number) =>
          vector.map((value, j) => (j === k ? value + by : value));
        const slope = (of: (by: number) => number): number => (of(step) - of(-step)) / (2 * step);
        const ofMean = slope((by) => improvement.valueAt(moved(means, by), sds));
        const ofSd = slope((by) => improvement.valueAt(means, moved(sds, by)));
        expect(Math.abs(byMean[k]! - ofMean)).toBeLessThan(1e-4 * Math.max(1, Math.abs(ofMean)));
        expect(Math.abs(bySd[k]! - ofSd)).toBeLessThan(1e-4 * Math.max(1, Math.abs(ofSd)));
      }
    }
  });
});

it("is the expected improvement of one objective if the others are known", () => {
  const improvement = logHypervolumeImprovement(nonDominatedBoxes([[0, 0]], [1, 1]));
  const [mean, sd] = [0.3, 0.2];
  // A point that is better in the second objective adds its distance from there to the front in the first.
  const value = improvement.valueAt(Float64Array.of(mean, -1), Float64Array.of(sd, 1e-9));
  const expected = (bound: number): number => sd * Math.exp(logImprovement((bound - mean) / sd).value);
  expect(Math.exp(value)).toBeCloseTo(expected(0) + expected(1), 9);
});

/** Scores in the unit square or cube of so many objectives, which are bowls with different middles. */
function scorerOf(objectives: number, noise: number) {
  const coordinates = coordinatesOf(compileSpace(cube(2)));
  const stream = rng(objectives, 0, "scorer");
  const draw = (): Float64Array => Float64Array.of(stream.next(), stream.next());
  const known = Array.from({ length: 25 }, draw);
  const bowlOf = (point: Float64Array, k: number): number =>
    3 * ((point[0]! - 0.3 * k) ** 2 + (point[1]! - 0.8 + 0.3 * k) ** 2) - 1;
  const all = Array.from({ length: objectives }, (_, k) => {
    const weights = Float64Array.of(6 + k, 9);
    const posterior = emptyPosterior(coordinates, { weights, signal: 1.2, noise: noise || 1e-6 });
    for (const point of known) appendPoint(posterior, point, 0, 0);
    setValues(
      posterior,
      Float64Array.from(known, (point) => bowlOf(point, k)),
    );
    return { posterior, noise: k === 0 ? noise : 0 };
  });
  const costs = known.map((point) => all.map((_, k) => bowlOf(point, k)));
  const boxes = nonDominatedBoxes(
    costs,
    all.map(() => 3),
  );
  return { scorer: frontScorer(all, boxes), others: Array.from({ length: 20 }, draw) };
}

describe.each([
  [2, 0],
  [2, 0.05],
  [3, 0],
] as const)("scores of %d objectives with noise %d", (objectives, noise) => {
  const { scorer, others } = scorerOf(objectives, noise);

  it("have the slopes of finite differences", () => {
    for (const point of others) {
      const gradient = new Float64Array(2);
      expect(scorer.scoreWithSlopes(point, gradient)).toBe(scorer.scoreAt(point));
      for (const d of [0, 1]) {
        const at = (by: number): number =>
          scorer.scoreAt(point.map((value, e) => (e === d ? value + by : value)));
        const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        expect(Math.abs(gradient[d]! - slope)).toBeLessThan(1e-3 * Math.max(1, Math.abs(slope)));
      }
    }
  });

  it("are never above their bounds", () => {
    for (const point of others)
      expect(scorer.scoreAt(point)).toBeLessThanOrEqual(scorer.boundAt(point) + 1e-9);
  });
});
