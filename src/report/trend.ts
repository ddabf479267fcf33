/**
 * Whether values grow from one to the next, and by how much: Theil and Sen's slope (the median of the slopes of all
 * pairs) with Sen's interval, and the Mann-Kendall test. Neither is misled by outliers, nor asks for normal errors.
 * Several series are judged as one, in the manner of Hirsch and Slack's seasonal test: pairs are formed within a series only.
 *
 * Theil 1950; Sen, JASA 63 (1968); Hirsch, Slack and Smith, Water Resources Research 18 (1982).
 */
export interface Trend {
  /** Per step. */
  readonly slope: number;
  /** The 95 % interval of the slope. */
  readonly low: number;
  readonly high: number;
  /** Two-sided: how likely such a trend is if there is none. */
  readonly pValue: number;
  /** How many values were judged. */
  readonly count: number;
}

/** Below this many values nothing can be told: the test's normal approximation is poor. */
export const MIN_VALUES = 8;
/** The pairs grow with the square; the newest values of a series say most about what is to come. */
const MAX_VALUES = 1_000;
const QUANTILE_95 = 1.959964;

/** The trend of one or several series of equally spaced values; null when there are fewer than 8 in all. */
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

/** Of the Mann-Kendall score when there is no trend, with Kendall's correction for ties. */
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

/** P(Z > z) of the standard normal, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

/** Between the two neighbours of a place that is no whole number; the ends hold beyond them. */
function at(sorted: Float64Array, place: number): number {
  const inside = Math.min(sorted.length - 1, Math.max(0, place));
  const low = sorted[Math.floor(inside)]!;
  const high = sorted[Math.ceil(inside)]!;
  return low + (high - low) * (inside - Math.floor(inside));
}
