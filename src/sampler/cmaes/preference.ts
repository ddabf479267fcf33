import { factorOf, solve, solveLower } from "../../core/numeric/matrix.ts";
import { sign } from "../../core/search/direction.ts";
import { valueOrEstimate } from "../../core/search/evaluation.ts";
import { rowAt } from "../../core/search/history.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { toUnit } from "../../core/space/unit-cube.ts";
import type { CmaState } from "./state.ts";

/** So many trials for each coefficient are in the model: those nearest to the mean, among four times as many of the latest. */
const [PER_COEFFICIENT, CONSIDERED] = [3, 4];
/** With fewer than this share of them there is no model, nor where they lie further away than this many deviations. */
const [LEAST, FARTHEST] = [0.6, 4];
/** The worst trial counts a fifth as much as the best, and a value no further than three times the median lies above the best. */
const [DISCOUNT, MOST] = [0.8, 3];
/** Keeps the coefficients small, as a share of the number of trials. */
const RIDGE = 1e-3;

interface Near {
  readonly white: Float64Array;
  readonly squared: number;
  readonly value: number;
}

/** What a row is expected to come to, the smaller the better, in units that have no meaning. */
export type Preference = (row: Float64Array) => number;

/**
 * What a row is expected to come to: a quadratic without mixed terms is
 * fitted to the trials around the mean, in coordinates in which the normal distribution is round. As the distribution learns
 * the shape of the objective, mixed terms vanish there. Cf. Hansen, "A Global Surrogate Assisted CMA-ES", GECCO 2019.
 *
 * @param numeric - Indices of the number params, over which the distribution is.
 * @param end - The first `end` trials of the history count.
 * @returns null while too few trials are near.
 */
export function preferenceOf(
  state: CmaState,
  numeric: readonly number[],
  { history, directions }: AskContext,
  end: number,
): Preference | null {
  const { n, mean, sigma, factor } = state;
  const size = 2 * n + 1;
  const most = PER_COEFFICIENT * size;
  const flip = sign(directions[0] ?? "minimize");
  const distributions = numeric.map((p) => history.space.params[p]!.distribution);
  /** The numbers of a row in coordinates in which the normal distribution is round. */
  const whiten = (row: Float64Array): Float64Array => {
    const step = new Float64Array(n);
    for (let a = 0; a < n; a++) step[a] = (toUnit(distributions[a]!, row[numeric[a]!]!) - mean[a]!) / sigma;
    return solveLower(factor, step, step);
  };
  const near: Near[] = [];
  for (let i = Math.max(0, end - CONSIDERED * most); i < end; i++) {
    const value = flip * valueOrEstimate(history, i);
    if (!Number.isFinite(value) || history.violation[i]! > 0 || history.overrun[i]! > 0) continue;
    const white = whiten(rowAt(history, i));
    let squared = 0;
    for (let a = 0; a < n; a++) squared += white[a]! ** 2;
    if (squared <= n * FARTHEST ** 2) near.push({ white, squared, value });
  }
  if (near.length < LEAST * most) return null;
  near.sort((a, b) => a.squared - b.squared);
  const coefficients = coefficientsOf(near.slice(0, most), size);
  return (row) => {
    const white = whiten(row);
    let sum = 0;
    for (let a = 0; a < n; a++)
      sum += white[a]! * (coefficients[1 + a]! + white[a]! * coefficients[1 + n + a]!);
    return sum;
  };
}

/** The coefficients of 1, of the coordinates and of their squares, by weighted least squares. */
function coefficientsOf(trials: Near[], size: number): Float64Array {
  trials.sort((a, b) => a.value - b.value);
  const best = trials[0]!.value;
  const unit = trials[trials.length >> 1]!.value - best || 1;
  const matrix = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  const terms = new Float64Array(size);
  const n = (size - 1) / 2;
  trials.forEach(({ white, value }, rank) => {
    terms[0] = 1;
    for (let a = 0; a < n; a++) {
      terms[1 + a] = white[a]!;
      terms[1 + n + a] = white[a]! ** 2;
    }
    const weight = 1 - (DISCOUNT * rank) / trials.length;
    const target = weight * Math.min(MOST, (value - best) / unit);
    for (let i = 0; i < size; i++) {
      right[i]! += terms[i]! * target;
      for (let j = 0; j <= i; j++) matrix[i]![j]! += weight * terms[i]! * terms[j]!;
    }
  });
  for (let i = 1; i < size; i++) matrix[i]![i]! += RIDGE * trials.length;
  return solve(factorOf(matrix, 1e-12), right, new Float64Array(size));
}
