import { factorInFours, solveInFours } from "../../core/numeric/in-fours.ts";
import { quickLogImprovement } from "../gp/log-improvement.ts";
import type { BlockLayout } from "./mixture.ts";

/**
 * A Gaussian process of the values of a few trials, with a kernel that is given and not fitted, because the coordinates are
 * scaled by the best trials: it says how much better than the best of them a point is expected to be. The kernel is the
 * rational quadratic one with the exponent 2, which takes neither a root nor an exponential.
 */
export interface LocalModel {
  readonly layout: BlockLayout;
  /** The trials' points, row-major: numbers in a frame, categoricals by index. */
  readonly points: Float64Array;
  /** The Cholesky factor of their covariances, row-major. */
  readonly factor: Float64Array;
  /** The factor's solution for the standardised values; 0 for a running trial, of which the mean is expected. */
  readonly solved: Float64Array;
  /** The best of the standardised values. */
  readonly best: number;
}

/** The lengthscale, in standard deviations of the best trials, for one number; it grows with the root of their number. */
const LENGTHSCALE = 4;
/** What two choices of a categorical add to the squared distance, in lengthscales, when they differ. */
const OTHER_CHOICE = 1;
/** Variance of the noise, for numerical reasons, where the variance of the process is 1. */
const NOISE = 1e-5;
/** The least variance at a point. */
const LEAST_VARIANCE = 1e-12;

/**
 * @param points - Those of the finished trials, then those of the running ones.
 * @param values - The values of the finished trials, the best (smallest) first; all finite.
 * @returns null if their spread cannot be computed.
 */
export function fitLocal(
  layout: BlockLayout,
  points: Float64Array,
  values: readonly number[],
): LocalModel | null {
  const size = points.length / layout.dims;
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0)) || 1;
  if (!Number.isFinite(spread)) return null;
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) writeCovariances(layout, points, i + 1, points, i, factor, i * size);
  factorInFours(factor, size, size, NOISE, NOISE);
  const solved = new Float64Array(size);
  for (let i = 0; i < values.length; i++) solved[i] = (values[i]! - mean) / spread;
  const best = solved[0]!;
  solveInFours(factor, values.length, solved, 0, 1, size);
  return { layout, points, factor, solved, best };
}

/** Writes the covariances of the point with this index in `of` with the first `count` of the points to `out`, from `to` on. */
function writeCovariances(
  { dims, ownNumbers }: BlockLayout,
  points: Float64Array,
  count: number,
  of: Float64Array,
  index: number,
  out: Float64Array,
  to: number,
): void {
  const at = index * dims;
  const scale = 1 / (LENGTHSCALE * LENGTHSCALE * ownNumbers);
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let d = 0; d < ownNumbers; d++) {
      const apart = points[i * dims + d]! - of[at + d]!;
      square += apart * apart;
    }
    square *= scale;
    for (let d = ownNumbers; d < dims; d++) if (points[i * dims + d] !== of[at + d]) square += OTHER_CHOICE;
    const near = 1 / (1 + square / 4);
    out[to + i] = near * near;
  }
}

/** For each of some points, the logarithm of the improvement that is expected there, in standard deviations of the values. */
export function logExpectedImprovements(model: LocalModel, candidates: Float64Array): number[] {
  const { layout, points, factor, solved, best } = model;
  const size = solved.length;
  const count = candidates.length / layout.dims;
  const white = new Float64Array(count * size);
  for (let c = 0; c < count; c++) writeCovariances(layout, points, size, candidates, c, white, c * size);
  solveInFours(factor, size, white, 0, count, size);
  const improvements: number[] = [];
  for (let c = 0; c < count; c++) {
    let mean = 0;
    let variance = 1;
    for (let i = 0; i < size; i++) {
      const entry = white[c * size + i]!;
      mean += entry * solved[i]!;
      variance -= entry * entry;
    }
    const sd = Math.sqrt(Math.max(LEAST_VARIANCE, variance));
    improvements.push(Math.log(sd) + quickLogImprovement((best - mean) / sd));
  }
  return improvements;
}
