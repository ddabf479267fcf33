import { mean } from "../../core/aggregate.ts";

/**
 * How values become what the Gaussian process is fitted to: a growing function, then a shift and a scale that give the
 * values of the fit mean 0 and standard deviation 1.
 */
export interface Warp {
  /** The smallest value of the fit, and the distance above it from which on differences count less. */
  readonly low: number;
  readonly unit: number;
  /** Whether values above `low` enter by their logarithm: log(1 + (value - low) / unit). */
  readonly isLog: boolean;
  readonly mean: number;
  readonly sd: number;
}

/** A warped value is at most this many standard deviations from 0, also if a value came that the fit did not know. */
const FARTHEST = 20;

/** Candidates for `unit`, as shares of the distance between the smallest value and the median. */
const SHARES = [1, 0.1, 0.01];

/** Bounds that keep quotients and squares finite, whatever the values are. */
const LEAST_UNIT = 1e-290;
const LARGEST = 1e300;

/** The distance from the lowest value in units. Halves are subtracted, because the difference of two floats may overflow. */
function above(low: number, unit: number, value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, (value / 2 - low / 2) / (unit / 2)));
}

function plainWarp(values: ArrayLike<number>): Warp {
  const sorted = Float64Array.from(values).sort();
  const low = sorted[0]!;
  const median = sorted[sorted.length >> 1]!;
  const widest = sorted[sorted.length - 1]!;
  const half = median > low ? median : widest;
  const unit = Math.min(Number.MAX_VALUE, half - low);
  const isFlat = !(unit > 0);
  return standardise(
    { low, unit: isFlat ? 1 : Math.max(LEAST_UNIT, unit), isLog: false, mean: 0, sd: 1 },
    values,
  );
}

/** The warp with the mean and the standard deviation that standardise the values. */
function standardise(warp: Warp, values: ArrayLike<number>): Warp {
  const shaped = Array.from(values, (value) => shape(warp, value));
  // A first division keeps the squares of huge numbers finite.
  const largest = shaped.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const middle = mean(shaped.map((value) => value / largest)) * largest;
  const sd = Math.sqrt(mean(shaped.map((value) => ((value - middle) / largest) ** 2))) * largest;
  return { ...warp, mean: middle, sd: sd > 0 && Number.isFinite(sd) ? sd : 1 };
}

function shape({ low, unit, isLog }: Warp, value: number): number {
  const t = above(low, unit, value);
  // Below the lowest value the logarithm goes on as a straight line, so that better values come in any size.
  return isLog && t > 0 ? Math.log1p(t) : t;
}

/** The warps between which the fit chooses: none, and the logarithm whose values are closest to a normal distribution. */
export function warpsOf(values: ArrayLike<number>): readonly Warp[] {
  const plain = plainWarp(values);
  let best: Warp | null = null;
  let likelihood = Number.NEGATIVE_INFINITY;
  for (const share of SHARES) {
    const warp = standardise({ ...plain, unit: plain.unit * share, isLog: true }, values);
    const own = logDensityGain(warp, values);
    if (own > likelihood) [best, likelihood] = [warp, own];
  }
  return best ? [plain, best] : [plain];
}

/**
 * The sum of the logarithms of the warp's derivatives: what the change of variables adds to the log density of the
 * values. Without it the density would grow with every warp that pushes values together.
 */
export function logDensityGain(warp: Warp, values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.log(slopeAt(warp, values[i]!));
  return sum;
}

/** The derivative of the warp at a value. */
export function slopeAt({ low, unit, isLog, sd }: Warp, value: number): number {
  const t = above(low, unit, value);
  const slope = 1 / (unit * sd * (isLog && t > 0 ? 1 + t : 1));
  return Math.min(Number.MAX_VALUE, Math.max(Number.MIN_VALUE, slope));
}

/** The warped value. */
export function warpValue(warp: Warp, value: number): number {
  const z = (shape(warp, value) - warp.mean) / warp.sd;
  return Math.min(FARTHEST, Math.max(-FARTHEST, z));
}
