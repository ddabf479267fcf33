/**
 * Whether a series of values grows, and by how much: the Theil-Sen slope (the median of the slopes of all pairs) with
 * Sen's interval, and the Mann-Kendall test. Both are robust against outliers and assume no normal errors. Several
 * series are judged together as in the seasonal test of Hirsch and Slack: pairs are formed only within a series.
 *
 * Theil 1950; Sen, JASA 63 (1968); Hirsch, Slack and Smith, Water Resources Research 18 (1982).
 */
export interface Trend {
  /** The growth from one value to the next. */
  readonly slope: number;
  /** The 95 % interval of the slope. */
  readonly low: number;
  readonly high: number;
  /** The two-sided p-value of the Mann-Kendall test against no trend. */
  readonly pValue: number;
  /** How many values were used. */
  readonly count: number;
}

/** With fewer values there is no result, because the normal approximation of the test is poor. */
export const MIN_VALUES = 8;
/** Only the newest values of a series are used, because the number of pairs grows with the square. */
const MAX_VALUES = 1_000;
const QUANTILE_95 = 1.959964;

/** The trend of one or several series of equally spaced values; null with fewer than 8 values in all. */
export function trendOf(series: readonly (readonly number[])[]): Trend | null {
  const judged = series.map((values) => values.slice(-MAX_VALUES)).filter(({ length }) => length > 1);
  const count = judged.reduce((sum, { length }) => sum + length, 0);
  if (count < MIN_VALUES) return null;
  const pairs = judged.reduce((sum, { length: n }) => sum + (n * (n - 1)) / 2, 0);
  const slopes = new Float64Array(pairs);
  let filled = 0;
  let score = 0;
  let variance = 0;
  for (const values of judged) {
    for (let j = 1; j < values.length; j++) {
      for (let i = 0; i < j; i++) {
        const difference = values[j]! - values[i]!;
        slopes[filled++] = difference / (j - i);
        score += Math.sign(difference);
      }
    }
    variance += varianceOf(values);
  }
  slopes.sort();
  const spread = QUANTILE_95 * Math.sqrt(variance);
  return {
    slope: at(slopes, (pairs - 1) / 2),
    low: at(slopes, (pairs - spread) / 2 - 1),
    high: at(slopes, (pairs + spread) / 2),
    pValue: pValueOf(score, variance),
    count,
  };
}

/** The variance of the Mann-Kendall score if there is no trend, with Kendall's correction for ties. */
function varianceOf(values: readonly number[]): number {
  const n = values.length;
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  let variance = n * (n - 1) * (2 * n + 5);
  for (const t of ties.values()) variance -= t * (t - 1) * (2 * t + 5);
  return variance / 18;
}

function pValueOf(score: number, variance: number): number {
  if (variance === 0) return 1; // all values are equal
  const z = Math.max(0, Math.abs(score) - 1) / Math.sqrt(variance);
  return 2 * upperTail(z);
}

/** P(Z > z) of the standard normal distribution, accurate to 1e-7 (Abramowitz and Stegun 26.2.17). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

/** The value at a fractional index, interpolated between its neighbours; beyond the ends it is the end's value. */
function at(sorted: Float64Array, place: number): number {
  const inside = Math.min(sorted.length - 1, Math.max(0, place));
  const low = sorted[Math.floor(inside)]!;
  const high = sorted[Math.ceil(inside)]!;
  return low + (high - low) * (inside - Math.floor(inside));
}
