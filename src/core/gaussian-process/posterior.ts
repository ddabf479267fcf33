import { extendFactor, type Factor } from "../numeric/matrix.ts";
import { type Coordinates, INACTIVE } from "./coordinates.ts";
import { LEAST_PIVOT, type Parameters } from "./fit.ts";

/**
 * A Gaussian process with given parameters, to which points are appended one after the other: O(n^2) each. What it
 * predicts does not depend on whether the points came at once or over time, bit for bit.
 */
export interface Posterior {
  readonly coordinates: Coordinates;
  readonly parameters: Parameters;
  /** What is expected where the process has no points; null: 0. */
  readonly prior: PriorMean | null;
  /** The root of each dimension's weight, by which the positions of number params are multiplied. */
  readonly scales: Float64Array;
  /** Number of points. */
  size: number;
  /** The points, row-major; positions of number params are scaled. */
  points: Float64Array;
  /** The variance of each point's value. */
  diagonal: Float64Array;
  readonly factor: Factor;
  /** The inverse of the factor: row i has i + 1 entries. */
  readonly inverse: Float64Array[];
  /** The weight of each point's kernel in the mean. */
  alpha: Float64Array;
  /** Scratch: a scaled point. */
  readonly point: Float64Array;
  /** Scratch: the kernel of a point with all points, and its derivative by half the squared distance. */
  kernel: Float64Array;
  slopes: Float64Array;
  /** Scratch: L^-1 k. */
  white: Float64Array;
}

/** A prior mean: the mean of another process less `center`, times `weight`. Both processes have the same coordinates. */
export interface PriorMean {
  readonly posterior: Posterior;
  readonly center: number;
  readonly weight: number;
}

export function emptyPosterior(
  coordinates: Coordinates,
  parameters: Parameters,
  prior: PriorMean | null = null,
): Posterior {
  return {
    coordinates,
    parameters,
    prior,
    scales: parameters.weights.map(Math.sqrt),
    size: 0,
    points: new Float64Array(64 * coordinates.dims),
    diagonal: new Float64Array(64),
    factor: [],
    inverse: [],
    alpha: new Float64Array(0),
    point: new Float64Array(coordinates.dims),
    kernel: new Float64Array(64),
    slopes: new Float64Array(64),
    white: new Float64Array(64),
  };
}

/** Appends the point that begins at position `at` of `points`; `variance` is that of its value, besides the noise. */
export function appendPoint(posterior: Posterior, points: Float64Array, at: number, variance: number): void {
  const { coordinates, parameters, factor, inverse, size } = posterior;
  if (size === posterior.kernel.length) growScratch(posterior);
  scale(posterior, points, at);
  fillKernel(posterior, size);
  posterior.points.set(posterior.point, size * coordinates.dims);
  posterior.kernel[size] = parameters.signal + parameters.noise + variance;
  posterior.diagonal[size] = posterior.kernel[size]!;
  extendFactor(factor, posterior.kernel, LEAST_PIVOT);
  inverse.push(inverseRow(factor[size]!, inverse));
  posterior.size = size + 1;
}

/** Takes out all points from the `size`-th on. */
export function truncate(posterior: Posterior, size: number): void {
  posterior.size = size;
  posterior.factor.length = size;
  posterior.inverse.length = size;
}

/** The next row of the inverse of a factor. */
function inverseRow(row: Float64Array, inverse: readonly Float64Array[]): Float64Array {
  const i = inverse.length;
  const next = new Float64Array(i + 1);
  for (let k = 0; k < i; k++) {
    const share = row[k]!;
    const other = inverse[k]!;
    for (let j = 0; j <= k; j++) next[j]! -= share * other[j]!;
  }
  const scaled = 1 / row[i]!;
  for (let j = 0; j < i; j++) next[j]! *= scaled;
  next[i] = scaled;
  return next;
}

/**
 * Sets the values of the first points, less the prior mean. Later points have no value: they lower the variance around
 * them and leave the mean as it is, as if their values were the predicted ones.
 */
export function setValues(posterior: Posterior, values: Float64Array): void {
  const { inverse } = posterior;
  const alpha = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const row = inverse[i]!;
    let white = 0;
    for (let j = 0; j <= i; j++) white += row[j]! * values[j]!;
    for (let j = 0; j <= i; j++) alpha[j]! += row[j]! * white;
  }
  posterior.alpha = alpha;
}

/** The mean at a point, whose kernel stays in `posterior.kernel` for `varianceHere` and `slopesHere`. O(n dims). */
export function meanAt(posterior: Posterior, points: Float64Array, at = 0): number {
  scale(posterior, points, at);
  fillKernel(posterior, posterior.size);
  const { alpha, kernel } = posterior;
  let mean = 0;
  for (let i = 0; i < alpha.length; i++) mean += alpha[i]! * kernel[i]!;
  const { prior } = posterior;
  return prior ? mean + prior.weight * (meanAt(prior.posterior, points, at) - prior.center) : mean;
}

/** The variance of the function at the point of the last `meanAt`. O(n^2). */
export function varianceHere({ parameters, inverse, kernel, white, size }: Posterior): number {
  let variance = parameters.signal;
  for (let i = 0; i < size; i++) {
    const row = inverse[i]!;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    const whole = (i + 1) & ~3;
    let j = 0;
    for (; j < whole; j += 4) {
      s0 += row[j]! * kernel[j]!;
      s1 += row[j + 1]! * kernel[j + 1]!;
      s2 += row[j + 2]! * kernel[j + 2]!;
      s3 += row[j + 3]! * kernel[j + 3]!;
    }
    for (; j <= i; j++) s0 += row[j]! * kernel[j]!;
    const part = s0 + s1 + (s2 + s3);
    white[i] = part;
    variance -= part * part;
  }
  // The rest of a difference of equal numbers is rounding.
  return Math.max(variance, 1e-12 * parameters.signal);
}

/** An upper bound of the variance at the point of the last `meanAt`, by the nearest point alone. O(n). */
export function varianceBound({ parameters: { signal }, kernel, diagonal, size }: Posterior): number {
  let explained = 0;
  for (let i = 0; i < size; i++) explained = Math.max(explained, (kernel[i]! * kernel[i]!) / diagonal[i]!);
  return Math.max(signal - explained, 1e-12 * signal);
}

/**
 * Writes the derivatives of mean and variance at the point of the last `varianceHere` by the positions of the number
 * params, in units of the interval. O(n^2).
 *
 * @param byVariance - null: only those of the mean.
 */
export function slopesHere(
  posterior: Posterior,
  byMean: Float64Array,
  byVariance: Float64Array | null,
): void {
  const { coordinates, alpha, slopes, inverse, white, size, scales } = posterior;
  byMean.fill(0);
  addSlopes(posterior, alpha, slopes, byMean);
  for (let d = 0; d < coordinates.numbers; d++) byMean[d]! *= scales[d]!;
  if (posterior.prior) addPriorSlopes(posterior.prior, byMean);
  if (!byVariance) return;
  const beta = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = inverse[i]!;
    const share = -2 * white[i]!;
    for (let j = 0; j <= i; j++) beta[j]! += share * row[j]!;
  }
  byVariance.fill(0);
  addSlopes(posterior, beta, slopes, byVariance);
  for (let d = 0; d < coordinates.numbers; d++) byVariance[d]! *= scales[d]!;
}

function addPriorSlopes({ posterior, weight }: PriorMean, byMean: Float64Array): void {
  const slopes = new Float64Array(byMean.length);
  slopesHere(posterior, slopes, null);
  for (let d = 0; d < byMean.length; d++) byMean[d]! += weight * slopes[d]!;
}

/** Adds the derivative of a weighted sum of the kernels by the scaled positions. */
function addSlopes(
  { coordinates: { dims, numbers }, point, points }: Posterior,
  weights: Float64Array,
  slopes: Float64Array,
  into: Float64Array,
): void {
  for (let i = 0; i < weights.length; i++) {
    const slope = weights[i]! * slopes[i]!;
    const at = i * dims;
    for (let d = 0; d < numbers; d++) into[d]! += slope * (point[d]! - points[at + d]!);
  }
}

function scale({ coordinates, scales, point }: Posterior, points: Float64Array, at: number): void {
  for (let d = 0; d < coordinates.numbers; d++) point[d] = points[at + d]! * scales[d]!;
  for (let d = coordinates.numbers; d < coordinates.dims; d++) point[d] = points[at + d]!;
}

/** Writes the kernel of the scaled point with the first `count` points. */
function fillKernel(
  { coordinates, parameters, point, points, kernel, slopes }: Posterior,
  count: number,
): void {
  const { dims, numbers, isActivity } = coordinates;
  const { weights, signal } = parameters;
  for (let i = 0; i < count; i++) {
    const at = i * dims;
    let distance = 0;
    for (let d = 0; d < numbers; d++) {
      const difference = point[d]! - points[at + d]!;
      distance += difference * difference;
    }
    for (let d = numbers; d < dims; d++) {
      const a = point[d]!;
      const b = points[at + d]!;
      if (a === b) continue;
      const isHalf = isActivity[d] === 0 && (a === INACTIVE || b === INACTIVE);
      distance += isHalf ? 0.5 * weights[d]! : weights[d]!;
    }
    const r = Math.sqrt(5 * distance);
    const decay = signal * Math.exp(-r);
    kernel[i] = decay * (1 + r + (r * r) / 3);
    slopes[i] = (-5 / 3) * decay * (1 + r);
  }
}

function growScratch(posterior: Posterior): void {
  const size = posterior.kernel.length * 2;
  const points = new Float64Array(size * posterior.coordinates.dims);
  points.set(posterior.points);
  const diagonal = new Float64Array(size);
  diagonal.set(posterior.diagonal);
  posterior.points = points;
  posterior.diagonal = diagonal;
  posterior.kernel = new Float64Array(size);
  posterior.slopes = new Float64Array(size);
  posterior.white = new Float64Array(size);
}
