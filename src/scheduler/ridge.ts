import { factorOf, solve, solveLower } from "../core/numeric/matrix.ts";
import type { Space } from "../core/space/space.ts";
import { toUnit } from "../core/space/unit-cube.ts";

/**
 * Encodes a row of params as features for a regression. A number gives its position in its range and, if the range
 * spans a factor of two or more, the position of its logarithm (memory grows with a product of sizes, which is a sum of
 * logarithms). A categorical is one-hot encoded. An inactive param gives zeros.
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

/** A fitted ridge regression. */
export interface Ridge {
  predict(features: readonly number[]): number;
  /** The difference of each observation from its prediction by a fit to the others (leave-one-out). */
  readonly residuals: Float64Array;
}

const PENALTY = 0.1;
const LEAST_PIVOT = 1e-12;

/** Fits a ridge regression of `values` on `rows` with an unpenalised intercept, in O(n d^2 + d^3). */
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
  const factor = factorOf(gram, LEAST_PIVOT);
  const weights = solve(factor, target, target);
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
    solveLower(factor, half, half);
    let leverage = 0;
    for (let k = 0; k < size; k++) leverage += half[k]! * half[k]!;
    residuals[n] = (values[n]! - predict(row)) / Math.max(0.05, 1 - leverage);
  }
  return { predict, residuals };
}
