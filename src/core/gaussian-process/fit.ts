import { minimizeInBox } from "../numeric/lbfgsb.ts";
import { type Coordinates, squaredDistance } from "./coordinates.ts";
import { factorInPlace, gram, invertFactor, timesVector, transposeTimesVector } from "./triangular.ts";

/** The parameters of a Gaussian process with a Matern kernel of smoothness 5/2. */
export interface Parameters {
  /** One over the square of the lengthscale of each dimension. */
  readonly weights: Float64Array;
  /** The variance of the function. */
  readonly signal: number;
  /** The variance of the noise that all values share. */
  readonly noise: number;
}

/** Values of a function at points. */
export interface Observations {
  readonly coordinates: Coordinates;
  /** The points, row-major. */
  readonly points: Float64Array;
  /** The value at each point, standardised. */
  readonly values: Float64Array;
  /** The known variance of each value around the function, in addition to the noise that is learned. */
  readonly variances: Float64Array;
  readonly noise: LogPrior;
}

/** A prior of the logarithm of a parameter, normal on either side of its mode, and its bounds. */
export interface LogPrior {
  readonly mean: number;
  readonly sd: number;
  /** The standard deviation above `mean`; absent: it is `sd` there too. */
  readonly sdAbove?: number;
  readonly low: number;
  readonly high: number;
}

/** The parameters that were found, and the logarithm of their posterior density, up to a constant. */
export interface Fit {
  readonly parameters: Parameters;
  readonly score: number;
}

/** The least pivot of a factorisation, so that equal points do not make it fail. */
export const LEAST_PIVOT = 1e-10;
const ITERATIONS = 40;
const TOLERANCE = 0.02;

/** With more dimensions than this most are expected not to matter. */
const MANY = 20;

/**
 * The prior of a lengthscale, which grows with the number of dimensions as distances do. Short ones are held to be much
 * less likely than long ones: with few points some params would get a short one by chance, and a search that believes in
 * that looks along them for optima that are not there. Of many params most do not matter and have a long one, and the few
 * that do need room for a short one.
 */
function lengthPrior(dims: number): LogPrior {
  const bounds = { low: Math.log(0.01), high: Math.log(100) };
  if (dims > MANY) return { mean: Math.log(0.5 * Math.sqrt(dims)), sd: 1.2, ...bounds };
  return { mean: Math.log(0.25 * Math.sqrt(dims)), sd: 0.5, sdAbove: 1.2, ...bounds };
}

const SIGNAL: LogPrior = { mean: 0, sd: 1.2, low: Math.log(1e-3), high: Math.log(1e3) };

/** The priors of the logarithms of all parameters: the lengthscales, the signal, the noise. */
export function priorsOf({ coordinates: { dims }, noise }: Observations): readonly LogPrior[] {
  const length = lengthPrior(dims);
  return [...Array.from({ length: dims }, () => length), SIGNAL, noise];
}

/** The parameters for their logarithms. */
export function parametersOf(logs: Float64Array): Parameters {
  const dims = logs.length - 2;
  return {
    weights: Float64Array.from({ length: dims }, (_, d) => Math.exp(-2 * logs[d]!)),
    signal: Math.exp(logs[dims]!),
    noise: Math.exp(logs[dims + 1]!),
  };
}

function logsOf({ weights, signal, noise }: Parameters): Float64Array {
  return Float64Array.from([...weights.map((weight) => weight ** -0.5), signal, noise], Math.log);
}

/**
 * Fits the parameters of a Gaussian process (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006,
 * chapters 2 and 5): those that maximise their posterior density, by L-BFGS-B. Equal observations and equal starts give
 * equal parameters. O(iterations * (n^3 + n^2 dims)).
 *
 * @param from - Where the search begins. Default: the middle of the priors.
 */
export function fitParameters(observations: Observations, from?: Parameters): Fit {
  const priors = priorsOf(observations);
  const { x, value } = minimizeInBox(
    {
      dims: priors.length,
      low: Float64Array.from(priors, ({ low }) => low),
      high: Float64Array.from(priors, ({ high }) => high),
      evaluate: objectiveOf(observations),
    },
    from ? logsOf(from) : Float64Array.from(priors, ({ mean }) => mean),
    { maxIterations: ITERATIONS, gradientTolerance: TOLERANCE },
  );
  return { parameters: parametersOf(x), score: -value };
}

/**
 * Minus the logarithm of the posterior density of the parameters, as a function of their logarithms, and its gradient.
 */
export function objectiveOf(
  observations: Observations,
): (logs: Float64Array, gradient: Float64Array) => number {
  const { coordinates, values, variances } = observations;
  const { dims } = coordinates;
  const n = values.length;
  const priors = priorsOf(observations);
  const squares = squaresOf(observations);
  const distances = new Float64Array((n * (n - 1)) / 2);
  const kernels = new Float64Array(distances.length);
  const slopes = new Float64Array(distances.length);
  const factor = new Float64Array(n * n);
  const inverse = new Float64Array(n * n);
  const precision = new Float64Array(n * n);
  const white = new Float64Array(n);
  const alpha = new Float64Array(n);

  return (logs, gradient) => {
    const { weights, signal, noise } = parametersOf(logs);
    distances.fill(0);
    for (let d = 0; d < dims; d++) addScaled(distances, weights[d]!, squares[d]!);
    fillKernel(distances, signal, kernels, slopes);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < i; j++, at++) factor[i * n + j] = kernels[at]!;
      factor[i * (n + 1)] = signal + noise + variances[i]!;
    }
    factorInPlace(factor, n, LEAST_PIVOT);
    invertFactor(factor, n, inverse);
    timesVector(inverse, n, values, white);
    transposeTimesVector(inverse, n, white, alpha);
    gram(inverse, n, precision);

    let score = 0;
    let trace = 0;
    for (let i = 0; i < n; i++) {
      score += 0.5 * white[i]! * white[i]! + Math.log(factor[i * (n + 1)]!);
      trace += precision[i * (n + 1)]! - alpha[i]! * alpha[i]!;
    }
    // d(score)/dK is (K^-1 - alpha alpha') / 2. K is the signal times a function of the lengthscales, plus the diagonal.
    let byKernel = 0;
    for (let i = 1, at = 0; i < n; i++) {
      const own = alpha[i]!;
      for (let j = 0; j < i; j++, at++) {
        const pull = precision[i * n + j]! - own * alpha[j]!;
        byKernel += pull * kernels[at]!;
        slopes[at]! *= pull;
      }
    }
    for (let d = 0; d < dims; d++) gradient[d] = weights[d]! * product(slopes, squares[d]!);
    gradient[dims] = 0.5 * trace * signal + byKernel;
    gradient[dims + 1] = 0.5 * trace * noise;
    for (let p = 0; p < priors.length; p++) {
      const { mean, sd, sdAbove = sd } = priors[p]!;
      const spread = logs[p]! > mean ? sdAbove : sd;
      const off = (logs[p]! - mean) / spread;
      score += 0.5 * off * off;
      gradient[p]! += off / spread;
    }
    return score;
  };
}

/** The squared distances of all pairs i > j along each dimension. */
function squaresOf({ coordinates, points, values }: Observations): readonly Float64Array[] {
  const { dims } = coordinates;
  const n = values.length;
  return Array.from({ length: dims }, (_, d) => {
    const squares = new Float64Array((n * (n - 1)) / 2);
    for (let i = 1, at = 0; i < n; i++) {
      for (let j = 0; j < i; j++, at++)
        squares[at] = squaredDistance(coordinates, d, points[i * dims + d]!, points[j * dims + d]!);
    }
    return squares;
  });
}

function addScaled(sums: Float64Array, factor: number, values: Float64Array): void {
  for (let at = 0; at < sums.length; at++) sums[at]! += factor * values[at]!;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

/**
 * Writes the kernel of all pairs, and to `slopes` its derivative by the logarithm of a lengthscale, without the factor
 * that is the dimension's weighted squared distance.
 */
function fillKernel(
  distances: Float64Array,
  signal: number,
  kernels: Float64Array,
  slopes: Float64Array,
): void {
  for (let at = 0; at < distances.length; at++) {
    const r = Math.sqrt(5 * distances[at]!);
    const decay = signal * Math.exp(-r);
    kernels[at] = decay * (1 + r + (r * r) / 3);
    slopes[at] = (5 / 3) * decay * (1 + r);
  }
}
