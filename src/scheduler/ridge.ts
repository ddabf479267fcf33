import type { Space } from "../core/space/space.ts";
import { toUnit } from "../core/space/unit-cube.ts";

/**
 * A row of params as features for a regression: a number's place in its range and, where it spans a factor, the place
 * of its logarithm (memory grows with a product of sizes, which is a sum of logarithms); a categorical's choice as one
 * of several; what is inactive as zeros.
 */
export function featuresOf(space: Space, row: Float64Array): number[] {
  const features: number[] = [];
  space.params.forEach(({ distribution, when }, i) => {
    const value = row[i]!;
    const isActive = !Number.isNaN(value);
    if (when.length > 0) features.push(isActive ? 1 : 0);
    if (distribution.kind === "categorical") {
      distribution.choices.forEach((_, k) => void features.push(value === k ? 1 : 0));
      return;
    }
    features.push(isActive ? toUnit(distribution, value) : 0);
    const { low, high, log } = distribution;
    if (!log && low > 0 && high / low >= 2)
      features.push(isActive ? Math.log(value / low) / Math.log(high / low) : 0);
  });
  return features;
}

/** A ridge regression. */
export interface Ridge {
  predict(features: readonly number[]): number;
  /** What each observation differs by from the prediction of the others (leave one out). */
  readonly residuals: Float64Array;
}

const PENALTY = 0.1;

/** Fits `values` to `rows` with an intercept that is not penalised; O(n d^2 + d^3). */
export function ridge(rows: readonly (readonly number[])[], values: readonly number[]): Ridge {
  const count = rows.length;
  const size = (rows[0]?.length ?? 0) + 1;
  const at = (row: readonly number[], k: number): number => (k === 0 ? 1 : row[k - 1]!);
  const gram = Array.from({ length: size }, () => new Float64Array(size));
  const target = new Float64Array(size);
  for (let n = 0; n < count; n++) {
    const row = rows[n]!;
    for (let i = 0; i < size; i++) {
      const left = at(row, i);
      if (left === 0) continue;
      const sums = gram[i]!;
      target[i]! += left * values[n]!;
      for (let j = 0; j <= i; j++) sums[j]! += left * at(row, j);
    }
  }
  for (let i = 0; i < size; i++) gram[i]![i]! += i === 0 ? 1e-9 : PENALTY;
  const factor = cholesky(gram);
  const weights = backward(factor, forward(factor, target, target));
  const predict = (features: readonly number[]): number => {
    let sum = weights[0]!;
    for (let k = 1; k < size; k++) sum += weights[k]! * features[k - 1]!;
    return sum;
  };
  const half = new Float64Array(size);
  const residuals = Float64Array.from(values);
  for (let n = 0; n < count; n++) {
    const row = rows[n]!;
    for (let k = 0; k < size; k++) half[k] = at(row, k);
    forward(factor, half, half);
    let leverage = 0;
    for (let k = 0; k < size; k++) leverage += half[k]! * half[k]!;
    residuals[n] = (values[n]! - predict(row)) / Math.max(0.05, 1 - leverage);
  }
  return { predict, residuals };
}

/** The lower triangle L with L L' = matrix, of which only the lower half is read. */
function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const lower = matrix.map((row) => new Float64Array(row.length));
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j]![j]!;
    }
  }
  return lower;
}

/** Solves L x = b into `x`, which may be `b`. */
function forward(lower: readonly Float64Array[], b: Float64Array, x: Float64Array): Float64Array {
  for (let i = 0; i < b.length; i++) {
    const row = lower[i]!;
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= row[k]! * x[k]!;
    x[i] = sum / row[i]!;
  }
  return x;
}

/** Solves L' x = b. */
function backward(lower: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = new Float64Array(b.length);
  for (let i = b.length - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < b.length; k++) sum -= lower[k]![i]! * x[k]!;
    x[i] = sum / lower[i]![i]!;
  }
  return x;
}
