import { type Factor, factorOf, solve, solveLower } from "../core/matrix.ts";

/** Observed values of a function at points. */
export interface Observations {
  /** Writes the squared distance of two points along each dimension to `into`. */
  readonly distances: (a: Float64Array, b: Float64Array, into: Float64Array) => void;
  readonly dimensions: number;
  readonly points: readonly Float64Array[];
  /** The value at each point, standardised to mean 0 and standard deviation 1. */
  readonly values: Float64Array;
  /** The variance of each value around the function, in addition to `noise`. */
  readonly variances: Float64Array;
  /** The measured variance of the noise that all values share; null: it is fitted like the other parameters. */
  readonly noise: number | null;
}

/** The posterior mean and standard deviation of the function at a point. */
export interface Prediction {
  readonly mean: number;
  readonly sd: number;
}

/** A fitted Gaussian process. */
export interface Process {
  at(point: Float64Array): Prediction;
}

/** The logarithms of the parameters: a lengthscale for each dimension, the variance of the signal, that of the noise. */
type Logs = Float64Array;

/** The number of steps of the fit. Further steps change the parameters by less than their uncertainty. */
const STEPS = 30;
const FIRST_STEP = 0.2;
const LARGEST_STEP = 0.5;
const SMALLEST_STEP = 1e-3;
/** The least pivot of the factorisation, so that equal points do not make it fail. */
const LEAST_PIVOT = 1e-8;

/** The normal prior of a logarithm, and its bounds. */
interface Prior {
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
}

/** The fitted noise may differ from the measured noise by at most this factor. */
const NOISE_FACTOR = 3;
const LEAST_NOISE = 1e-6;

/**
 * The priors of the parameters. Lengthscales are expected to grow with the dimension, as distances do. The noise is kept
 * close to the measured one: after few trials an unbounded fit can explain all differences as noise, and would then find
 * nothing left to gain.
 */
function priorsOf({ dimensions, noise: measured }: Observations): readonly Prior[] {
  const length = {
    mean: Math.log(0.5 * Math.sqrt(dimensions)),
    sd: 1,
    low: Math.log(0.02),
    high: Math.log(50),
  };
  const signal = { mean: 0, sd: 1, low: Math.log(1e-2), high: Math.log(1e2) };
  const known = Math.log(Math.max(LEAST_NOISE, measured ?? 0));
  const far = Math.log(NOISE_FACTOR);
  const noise =
    measured === null
      ? { mean: Math.log(1e-2), sd: 3, low: Math.log(LEAST_NOISE), high: Math.log(2) }
      : { mean: known, sd: far / 2, low: known - far, high: known + far };
  return [...Array.from({ length: dimensions }, () => length), signal, noise];
}

/**
 * Fits a Gaussian process with a Matern kernel of smoothness 5/2 and a lengthscale for each dimension (Rasmussen and
 * Williams, "Gaussian Processes for Machine Learning", 2006, chapters 2 and 5). The parameters maximise the posterior
 * density. They are found by Rprop (Blum and Riedmiller, "Optimization of Gaussian Process Hyperparameters using Rprop",
 * 2013) in a fixed number of steps from a fixed start, so that equal observations give the same process. The cost is
 * O(steps (n^3 / 2 + n^2 d)).
 */
export function fitProcess(observations: Observations): Process {
  const { points, values, dimensions, distances } = observations;
  const priors = priorsOf(observations);
  const squares = pairs(observations);
  const logs = Float64Array.from(priors, ({ mean }) => mean);
  const step = new Float64Array(logs.length).fill(FIRST_STEP);
  const before = new Float64Array(logs.length);
  let best = { score: Number.NEGATIVE_INFINITY, logs: logs.slice() };
  for (let i = 0; i < STEPS; i++) {
    const { score, gradient } = posterior(observations, squares, logs, priors);
    if (score > best.score) best = { score, logs: logs.slice() };
    for (const [p, { low, high }] of priors.entries()) {
      const agreement = gradient[p]! * before[p]!;
      if (agreement > 0) step[p] = Math.min(LARGEST_STEP, step[p]! * 1.2);
      if (agreement < 0) step[p] = Math.max(SMALLEST_STEP, step[p]! * 0.5);
      before[p] = agreement < 0 ? 0 : gradient[p]!;
      logs[p] = Math.min(high, Math.max(low, logs[p]! + Math.sign(before[p]!) * step[p]!));
    }
  }
  const { factor, signal, weights } = kernelOf(observations, squares, best.logs);
  const alpha = solve(factor, values, new Float64Array(values.length));
  const along = new Float64Array(dimensions);
  const covariance = new Float64Array(points.length);
  return {
    at(point) {
      let mean = 0;
      for (const [i, other] of points.entries()) {
        distances(point, other, along);
        let u = 0;
        for (let d = 0; d < dimensions; d++) u += weights[d]! * along[d]!;
        covariance[i] = matern(signal, u);
        mean += covariance[i]! * alpha[i]!;
      }
      solveLower(factor, covariance, covariance);
      let variance = signal;
      for (const part of covariance) variance -= part * part;
      return { mean, sd: Math.sqrt(Math.max(0, variance)) };
    },
  };
}

/** The squared distances of all pairs i > j, dimension by dimension. */
function pairs({ points, dimensions, distances }: Observations): readonly Float64Array[] {
  const count = (points.length * (points.length - 1)) / 2;
  const squares = Array.from({ length: dimensions }, () => new Float64Array(count));
  const along = new Float64Array(dimensions);
  let at = 0;
  for (let i = 1; i < points.length; i++)
    for (let j = 0; j < i; j++, at++) {
      distances(points[i]!, points[j]!, along);
      for (let d = 0; d < dimensions; d++) squares[d]![at] = along[d]!;
    }
  return squares;
}

function matern(signal: number, u: number): number {
  const r = Math.sqrt(5 * u);
  return signal * (1 + r + (r * r) / 3) * Math.exp(-r);
}

interface Kernel {
  readonly factor: Factor;
  readonly signal: number;
  readonly noise: number;
  /** One over the square of each lengthscale. */
  readonly weights: Float64Array;
  /** The weighted squared distance of each pair. */
  readonly us: Float64Array;
}

function kernelOf(
  { points, variances, dimensions }: Observations,
  squares: readonly Float64Array[],
  logs: Logs,
): Kernel {
  const weights = Float64Array.from({ length: dimensions }, (_, d) => Math.exp(-2 * logs[d]!));
  const signal = Math.exp(logs[dimensions]!);
  const noise = Math.exp(logs[dimensions + 1]!);
  const us = new Float64Array((points.length * (points.length - 1)) / 2);
  for (let d = 0; d < dimensions; d++)
    for (let at = 0; at < us.length; at++) us[at] = us[at]! + weights[d]! * squares[d]![at]!;
  let at = 0;
  const matrix = points.map((_, i) => {
    const row = new Float64Array(i + 1);
    for (let j = 0; j < i; j++, at++) row[j] = matern(signal, us[at]!);
    row[i] = signal + noise + variances[i]!;
    return row;
  });
  return { factor: factorOf(matrix, LEAST_PIVOT), signal, noise, weights, us };
}

/** The logarithm of the posterior density of the parameters, and its gradient. */
function posterior(
  observations: Observations,
  squares: readonly Float64Array[],
  logs: Logs,
  priors: readonly Prior[],
): { readonly score: number; readonly gradient: Float64Array } {
  const { values, dimensions } = observations;
  const { factor, signal, noise, weights, us } = kernelOf(observations, squares, logs);
  const n = values.length;
  const alpha = solve(factor, values, new Float64Array(n));
  const inverse = inverseOf(factor);
  const gradient = new Float64Array(logs.length);
  let score = 0;
  let trace = 0;
  let at = 0;
  for (let i = 0; i < n; i++) {
    score -= 0.5 * values[i]! * alpha[i]! + Math.log(factor[i]![i]!);
    const own = alpha[i]! * alpha[i]! - inverse[i]![i]!;
    trace += own;
    gradient[dimensions] = gradient[dimensions]! + 0.5 * own * signal;
    for (let j = 0; j < i; j++, at++) {
      const pull = alpha[i]! * alpha[j]! - inverse[i]![j]!;
      const r = Math.sqrt(5 * us[at]!);
      const decay = signal * Math.exp(-r);
      gradient[dimensions] = gradient[dimensions]! + pull * decay * (1 + r + (r * r) / 3);
      const slope = (5 / 3) * pull * decay * (1 + r);
      for (let d = 0; d < dimensions; d++)
        gradient[d] = gradient[d]! + slope * weights[d]! * squares[d]![at]!;
    }
  }
  gradient[dimensions + 1] = 0.5 * trace * noise;
  for (const [p, { mean, sd }] of priors.entries()) {
    const off = (logs[p]! - mean) / sd;
    score -= 0.5 * off * off;
    gradient[p] = gradient[p]! - off / sd;
  }
  return { score, gradient };
}

/** The lower half of the inverse of a matrix, from its factor. O(n^3 / 2). */
function inverseOf(factor: Factor): readonly Float64Array[] {
  const n = factor.length;
  // The inverse of the factor, by columns: column j begins at row j.
  const columns = factor.map((_, j) => {
    const column = new Float64Array(n);
    column[j] = 1 / factor[j]![j]!;
    for (let i = j + 1; i < n; i++) {
      const row = factor[i]!;
      let sum = 0;
      for (let k = j; k < i; k++) sum -= row[k]! * column[k]!;
      column[i] = sum / row[i]!;
    }
    return column;
  });
  return factor.map((_, i) => {
    const row = new Float64Array(i + 1);
    const own = columns[i]!;
    for (let j = 0; j <= i; j++) {
      const other = columns[j]!;
      let sum = 0;
      for (let k = i; k < n; k++) sum += own[k]! * other[k]!;
      row[j] = sum;
    }
    return row;
  });
}
