import type { Space } from "../space/space.ts";
import { coordinatesOf, toPoint } from "./coordinates.ts";
import { fitParameters, type LogPrior } from "./fit.ts";
import { appendPoint, emptyPosterior, meanAt, setValues, varianceHere } from "./posterior.ts";

/** A value of a function of the params. */
export interface Sample {
  readonly row: Float64Array;
  /** Smaller is better. */
  readonly value: number;
  /** The known variance of the value, besides the noise that all values share. */
  readonly variance: number;
}

/** What a Gaussian process expects of a function, in the unit of its values. */
export interface Regression {
  /** The posterior mean. O(samples). */
  mean(row: Float64Array): number;
  /** The posterior mean and the standard deviation of the function, without noise. O(samples^2). */
  predict(row: Float64Array): { readonly mean: number; readonly sd: number };
}

/**
 * Fits a Gaussian process to samples. Values that are further behind the median than the best one is ahead of it count as
 * that far. Only good values matter, and one diverged training would otherwise hide the differences between them.
 *
 * @param noise - The variance of a value around its expectation for the params; null if it is not known.
 * @returns null if the values do not differ.
 */
export function regressionOf(
  space: Space,
  samples: readonly Sample[],
  noise: number | null,
): Regression | null {
  const sorted = samples.map(({ value }) => value).sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)]!;
  const worst = median + (median - sorted[0]!);
  const clipped = samples.map(({ value }) => Math.min(value, worst));
  const middle = clipped.reduce((sum, value) => sum + value, 0) / clipped.length;
  const scale = Math.sqrt(clipped.reduce((sum, value) => sum + (value - middle) ** 2, 0) / clipped.length);
  if (!(scale > 0) || !Number.isFinite(scale)) return null;
  const values = Float64Array.from(clipped, (value) => (value - middle) / scale);
  const variances = Float64Array.from(samples, ({ variance }) => variance / (scale * scale));
  const coordinates = coordinatesOf(space);
  const { dims } = coordinates;
  const points = new Float64Array(samples.length * dims);
  for (const [i, { row }] of samples.entries()) toPoint(coordinates, row, points, i * dims);
  const prior = noisePrior(noise === null ? null : noise / (scale * scale));
  const { parameters } = fitParameters({ coordinates, points, values, variances, noise: prior });
  const posterior = emptyPosterior(coordinates, parameters);
  for (let i = 0; i < samples.length; i++) appendPoint(posterior, points, i * dims, variances[i]!);
  setValues(posterior, values);
  const point = new Float64Array(dims);
  const mean = (row: Float64Array): number => {
    toPoint(coordinates, row, point);
    return middle + scale * meanAt(posterior, point);
  };
  return {
    mean,
    predict: (row) => ({ mean: mean(row), sd: scale * Math.sqrt(varianceHere(posterior)) }),
  };
}

/** The fitted noise may differ from the measured noise by at most this factor. */
const NOISE_FACTOR = 3;
const LEAST_NOISE = 1e-6;

/**
 * The prior of the noise. It is kept close to the measured one: after few trials an unbounded fit can explain all
 * differences as noise, and would then find nothing left to gain.
 *
 * @param measured - The variance of a standardised value around its expectation; null if it is not known.
 */
function noisePrior(measured: number | null): LogPrior {
  if (measured === null)
    return { mean: Math.log(1e-2), sd: 3, low: Math.log(LEAST_NOISE), high: Math.log(2) };
  const known = Math.log(Math.max(LEAST_NOISE, measured));
  const far = Math.log(NOISE_FACTOR);
  return { mean: known, sd: far / 2, low: known - far, high: known + far };
}
