import { logImprovement } from "../gp/log-improvement.ts";
import type { BlockLayout } from "./mixture.ts";

/**
 * A Gaussian process of the values of a few trials, with a kernel that is given and not fitted, because the coordinates are
 * scaled by the best trials: it says how much better than the best of them a point is expected to be. The kernel is the
 * rational quadratic one with the exponent 2, which takes neither a root nor an exponential.
 */
export interface LocalModel {
  readonly layout: BlockLayout;
  /** The points, row-major: numbers in a frame, categoricals by index. */
  readonly points: Float64Array;
  /** The Cholesky factor of their covariances, row-major: one flat array, because an ask spends most of its time on it. */
  readonly factor: Float64Array;
  /** The factor's solution for the standardised values; 0 for a running trial, of which the mean is expected. */
  readonly solved: Float64Array;
  /** The best of the standardised values. */
  readonly best: number;
  /** A scratch buffer with an entry for each point. */
  readonly scratch: Float64Array;
}

/** The lengthscale, in standard deviations of the best trials, for one number; it grows with the root of their number. */
const LENGTHSCALE = 4;
/** What two choices of a categorical add to the squared distance, in lengthscales, when they differ. */
const OTHER_CHOICE = 1;
/** Variance of the noise, for numerical reasons, where the variance of the process is 1. */
const NOISE = 1e-5;

/**
 * @param points - The finished trials, then the running ones.
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
  const solved = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = factor.subarray(i * size, i * size + i);
    const pivot = Math.sqrt(Math.max(NOISE, NOISE + solveFor(layout, points, factor, size, points, i, row)));
    factor[i * size + i] = pivot;
    if (i >= values.length) continue;
    let rest = (values[i]! - mean) / spread;
    for (let j = 0; j < i; j++) rest -= row[j]! * solved[j]!;
    solved[i] = rest / pivot;
  }
  const best = (values[0]! - mean) / spread;
  return { layout, points, factor, solved, best, scratch: new Float64Array(size) };
}

/**
 * Solves the first `end` rows of the factor for the covariances of a point with the points of these rows.
 *
 * @returns the variance that is left at the point.
 */
function solveFor(
  { dims, ownNumbers }: BlockLayout,
  points: Float64Array,
  factor: Float64Array,
  size: number,
  of: Float64Array,
  index: number,
  out: Float64Array,
): number {
  const at = index * dims;
  const scale = 1 / (LENGTHSCALE * LENGTHSCALE * ownNumbers);
  let variance = 1;
  for (let i = 0; i < out.length; i++) {
    let square = 0;
    for (let d = 0; d < ownNumbers; d++) {
      const apart = points[i * dims + d]! - of[at + d]!;
      square += apart * apart;
    }
    square *= scale;
    for (let d = ownNumbers; d < dims; d++) if (points[i * dims + d] !== of[at + d]) square += OTHER_CHOICE;
    const near = 1 / (1 + square / 4);
    let rest = near * near;
    const row = i * size;
    for (let j = 0; j < i; j++) rest -= factor[row + j]! * out[j]!;
    rest /= factor[row + i]!;
    out[i] = rest;
    variance -= rest * rest;
  }
  return variance;
}

/** The logarithm of the expected improvement at a point, in standard deviations of the values. */
export function logExpectedImprovement(model: LocalModel, point: Float64Array): number {
  const { layout, points, factor, solved, best, scratch } = model;
  const variance = solveFor(layout, points, factor, scratch.length, point, 0, scratch);
  let mean = 0;
  for (let i = 0; i < scratch.length; i++) mean += scratch[i]! * solved[i]!;
  const sd = Math.sqrt(Math.max(1e-12, variance));
  return Math.log(sd) + logImprovement((best - mean) / sd).value;
}
