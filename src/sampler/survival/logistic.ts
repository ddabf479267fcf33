import { type Factor, factorOf, solve, solveLower } from "../../core/numeric/matrix.ts";

/** A Bayesian logistic regression: the weights of the terms, and how sure they are. */
export interface Logistic {
  readonly weights: Float64Array;
  /** The Cholesky factor of the precision of the weights. */
  readonly factor: Factor;
  /** The logarithm of the evidence, up to a constant. */
  readonly evidence: number;
}

const ITERATIONS = 20;
/** The search ends when a step promises less than this in the logarithm of the posterior density. */
const TOLERANCE = 1e-3;
const HALVINGS = 8;
const LEAST_PIVOT = 1e-12;

/**
 * Fits the weights by Newton's method, with a normal prior of the mean 0; the posterior is approximated by a normal
 * distribution around its mode (Laplace; Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.5).
 * O(iterations * rows * terms^2).
 *
 * @param terms - Those of each row, row-major.
 * @param labels - 1 or -1 for each row.
 * @param precisions - The precision of the prior of each weight.
 * @param from - Where the search begins. Default: 0.
 */
export function fitLogistic(
  terms: Float64Array,
  labels: Float64Array,
  precisions: Float64Array,
  from: Float64Array = new Float64Array(precisions.length),
): Logistic {
  const count = precisions.length;
  let weights = from;
  let height = heightOf(terms, labels, precisions, weights);
  let factor = curvature(terms, labels, precisions, weights);
  for (let i = 0; i < ITERATIONS; i++) {
    const step = slopes(terms, labels, precisions, weights);
    let gain = 0;
    const slope = step.slice();
    solve(factor, step, step);
    for (let k = 0; k < count; k++) gain += slope[k]! * step[k]!;
    if (!(gain > TOLERANCE)) break;
    let share = 1;
    let next = weights;
    let reached = height;
    for (let h = 0; h <= HALVINGS; h++, share /= 2) {
      next = weights.map((weight, k) => weight + share * step[k]!);
      reached = heightOf(terms, labels, precisions, next);
      if (reached > height) break;
    }
    if (!(reached > height)) break;
    [weights, height] = [next, reached];
    factor = curvature(terms, labels, precisions, weights);
  }
  let evidence = height;
  for (let k = 0; k < count; k++) evidence += 0.5 * Math.log(precisions[k]!) - Math.log(factor[k]![k]!);
  return { weights, factor, evidence };
}

function sumAt(terms: Float64Array, row: number, weights: Float64Array): number {
  const from = row * weights.length;
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += terms[from + k]! * weights[k]!;
  return sum;
}

/** The logarithm of the posterior density of the weights, up to a constant. */
function heightOf(
  terms: Float64Array,
  labels: Float64Array,
  precisions: Float64Array,
  weights: Float64Array,
): number {
  let height = 0;
  for (let i = 0; i < labels.length; i++) height += logSigmoid(labels[i]! * sumAt(terms, i, weights));
  for (let k = 0; k < weights.length; k++) height -= 0.5 * precisions[k]! * weights[k]! * weights[k]!;
  return height;
}

function slopes(
  terms: Float64Array,
  labels: Float64Array,
  precisions: Float64Array,
  weights: Float64Array,
): Float64Array<ArrayBuffer> {
  const count = weights.length;
  const out = weights.map((weight, k) => -precisions[k]! * weight);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const push = label * sigmoid(-label * sumAt(terms, i, weights));
    for (let k = 0; k < count; k++) out[k]! += push * terms[i * count + k]!;
  }
  return out;
}

/** The Cholesky factor of the negative matrix of second derivatives. */
function curvature(
  terms: Float64Array,
  labels: Float64Array,
  precisions: Float64Array,
  weights: Float64Array,
): Factor {
  const count = weights.length;
  const matrix = Array.from({ length: count }, (_, a) => {
    const row = new Float64Array(a + 1);
    row[a] = precisions[a]!;
    return row;
  });
  for (let i = 0; i < labels.length; i++) {
    const sum = sumAt(terms, i, weights);
    const weight = sigmoid(sum) * sigmoid(-sum);
    if (weight < 1e-12) continue;
    const from = i * count;
    for (let a = 0; a < count; a++) {
      const share = weight * terms[from + a]!;
      if (share === 0) continue;
      const row = matrix[a]!;
      for (let b = 0; b <= a; b++) row[b]! += share * terms[from + b]!;
    }
  }
  return factorOf(matrix, LEAST_PIVOT);
}

/** The mean of the weighted sum of some terms, and its variance, with what is needed for the slopes of it. */
export function sumOf({ weights, factor }: Logistic, terms: Float64Array, scratch: Float64Array) {
  let mean = 0;
  for (let k = 0; k < weights.length; k++) mean += weights[k]! * terms[k]!;
  solveLower(factor, terms, scratch);
  let variance = 0;
  for (let k = 0; k < weights.length; k++) variance += scratch[k]! * scratch[k]!;
  return { mean, variance };
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The logarithm of the sigmoid, without overflow. */
export const logSigmoid = (x: number): number => (x < -30 ? x : -Math.log1p(Math.exp(-x)));
