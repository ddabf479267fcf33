import { factorInFours, solveInFours } from "../../core/numeric/in-fours.ts";
import type { BlockTrials } from "./block-trials.ts";

/**
 * Coordinates for the numbers of a block in which some trials are a round cloud around 0, with a standard deviation of
 * about 1 in each direction. So a valley has the same width everywhere, however narrow and turned it is.
 */
export interface Frame {
  /** The weighted mean of the trials. */
  readonly middle: Float64Array;
  /** The standard deviation of the trials in each number, without what is added so that it is not 0. */
  readonly spreads: Float64Array;
  /** The widths along the params; used where there is no factor. */
  readonly widths: Float64Array;
  /**
   * The Cholesky factor of the trials' covariance, by rows as far apart as those of the points; null with many numbers,
   * which are scaled and not turned.
   */
  readonly factor: Float64Array | null;
}

/** With more numbers than this they are scaled and not turned, because that takes time with the square of their number. */
const MOST_TURNED = 24;
/** The least variance of a number, far below what a search can tell apart. */
const LEAST_VARIANCE = 1e-14;

/**
 * The frame of some trials. Covariances of few trials are partly chance, so they are shrunk the more, the fewer trials
 * there are for each number.
 *
 * @param weights - Of each of the trials; their sum is 1.
 */
export function frameOf(trials: BlockTrials, rows: ArrayLike<number>, weights: Float64Array): Frame {
  const { layout, points, leastWidths } = trials;
  const { dims, ownNumbers: count } = layout;
  const middle = new Float64Array(count);
  const spreads = new Float64Array(count);
  const variances = new Float64Array(count);
  const widths = new Float64Array(count);
  for (let d = 0; d < count; d++) {
    let mean = 0;
    for (let i = 0; i < weights.length; i++) mean += weights[i]! * points[rows[i]! * dims + d]!;
    let square = 0;
    for (let i = 0; i < weights.length; i++)
      square += weights[i]! * (points[rows[i]! * dims + d]! - mean) ** 2;
    middle[d] = mean;
    spreads[d] = Math.sqrt(square);
    variances[d] = square + Math.max(LEAST_VARIANCE, leastWidths[d]! ** 2);
    widths[d] = Math.sqrt(variances[d]!);
  }
  if (count === 1 || count > MOST_TURNED) return { middle, spreads, widths, factor: null };
  const factor = covariances(trials, rows, weights, middle, variances);
  factorInFours(factor, count, dims, 0, LEAST_VARIANCE);
  return { middle, spreads, widths, factor };
}

/** The lower half of the matrix of covariances, with the given variances as its diagonal. */
function covariances(
  { layout, points }: BlockTrials,
  rows: ArrayLike<number>,
  weights: Float64Array,
  middle: Float64Array,
  variances: Float64Array,
): Float64Array {
  const { dims, ownNumbers: count } = layout;
  const matrix = new Float64Array(count * dims);
  for (let i = 0; i < weights.length; i++) {
    const from = rows[i]! * dims;
    for (let a = 1; a < count; a++) {
      const apart = weights[i]! * (points[from + a]! - middle[a]!);
      for (let b = 0; b < a; b++) matrix[a * dims + b]! += apart * (points[from + b]! - middle[b]!);
    }
  }
  const kept = weights.length / (weights.length + count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) matrix[a * dims + b]! *= kept;
    matrix[a * dims + a] = variances[a]!;
  }
  return matrix;
}

/** Brings the numbers of points from the unit interval to the frame's coordinates, in place. */
export function toFrame({ middle, widths, factor }: Frame, points: Float64Array, dims: number): void {
  const numbers = middle.length;
  for (let from = 0; from < points.length; from += dims) {
    for (let d = 0; d < numbers; d++) {
      points[from + d]! -= middle[d]!;
      if (!factor) points[from + d]! /= widths[d]!;
    }
  }
  if (factor) solveInFours(factor, numbers, points, 0, points.length / dims, dims);
}

/** Number d, in the unit interval if it lies in the space, of the place in the frame whose numbers up to d are given. */
export function fromFrame({ middle, widths, factor }: Frame, place: Float64Array, d: number): number {
  let value = middle[d]!;
  if (factor) for (let k = 0; k <= d; k++) value += factor[d * place.length + k]! * place[k]!;
  else value += widths[d]! * place[d]!;
  return value;
}
