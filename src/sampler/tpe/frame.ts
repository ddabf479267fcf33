import { type Factor, factorOf, solveLower } from "../../core/numeric/matrix.ts";
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
  /** The Cholesky factor of the trials' covariance; null with many numbers, which are scaled and not turned. */
  readonly factor: Factor | null;
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
  const squares = new Float64Array(count);
  for (let d = 0; d < count; d++) {
    for (let i = 0; i < weights.length; i++) middle[d]! += weights[i]! * points[rows[i]! * dims + d]!;
    for (let i = 0; i < weights.length; i++)
      squares[d]! += weights[i]! * (points[rows[i]! * dims + d]! - middle[d]!) ** 2;
  }
  const variances = squares.map((square, d) => square + Math.max(LEAST_VARIANCE, leastWidths[d]! ** 2));
  const isTurned = count > 1 && count <= MOST_TURNED;
  return {
    middle,
    spreads: squares.map(Math.sqrt),
    widths: variances.map(Math.sqrt),
    factor: isTurned ? factorOf(covariances(trials, rows, weights, middle, variances), LEAST_VARIANCE) : null,
  };
}

/** The lower half of the matrix of covariances, with the given variances as its diagonal. */
function covariances(
  { layout, points }: BlockTrials,
  rows: ArrayLike<number>,
  weights: Float64Array,
  middle: Float64Array,
  variances: Float64Array,
): Float64Array[] {
  const count = middle.length;
  const matrix = Array.from({ length: count }, (_, a) => new Float64Array(a + 1));
  for (let i = 0; i < weights.length; i++) {
    const from = rows[i]! * layout.dims;
    for (let a = 1; a < count; a++) {
      const apart = weights[i]! * (points[from + a]! - middle[a]!);
      const line = matrix[a]!;
      for (let b = 0; b < a; b++) line[b]! += apart * (points[from + b]! - middle[b]!);
    }
  }
  const kept = weights.length / (weights.length + count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) matrix[a]![b]! *= kept;
    matrix[a]![a] = variances[a]!;
  }
  return matrix;
}

/** Writes the numbers of the point that begins at `from` in `points` in the frame's coordinates to `out`, from `to` on. */
export function toFrame(
  { middle, widths, factor }: Frame,
  points: Float64Array,
  from: number,
  out: Float64Array,
  to: number,
): void {
  const place = out.subarray(to, to + middle.length);
  for (let d = 0; d < middle.length; d++) place[d] = points[from + d]! - middle[d]!;
  if (factor) solveLower(factor, place, place);
  else for (let d = 0; d < middle.length; d++) place[d]! /= widths[d]!;
}

/**
 * Writes the numbers of a place in the frame to `point`, in the unit interval.
 *
 * @returns whether all of them lie in it.
 */
export function fromFrame(
  { middle, widths, factor }: Frame,
  place: Float64Array,
  point: Float64Array,
): boolean {
  let isInside = true;
  for (let a = 0; a < middle.length; a++) {
    let value = middle[a]!;
    if (factor) for (let b = 0; b <= a; b++) value += factor[a]![b]! * place[b]!;
    else value += widths[a]! * place[a]!;
    if (!(value >= 0 && value <= 1)) isInside = false;
    point[a] = value;
  }
  return isInside;
}
