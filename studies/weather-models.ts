/** What is known of the past: the features of each row, and what they were followed by. */
export interface Known {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/** Features -> what is expected to follow. */
export type Forecast = (x: readonly number[]) => number;

/** Linear regression whose weights are held small: least squares plus `shrinkage` times their squares. */
export function ridge({ x, y }: Known, shrinkage: number): Forecast {
  const scale = scaler(x);
  const rows = x.map(scale);
  const center = mean(y);
  const width = rows[0]!.length;
  const matrix = Array.from({ length: width }, (_, i) =>
    Array.from({ length: width }, (_, j) => dot(rows, i, j) + (i === j ? shrinkage : 0)),
  );
  const right = Array.from({ length: width }, (_, i) =>
    rows.reduce((sum, row, n) => sum + row[i]! * (y[n]! - center), 0),
  );
  const weights = solve(matrix, right);
  return (one) => scale(one).reduce((sum, value, i) => sum + value * weights[i]!, center);
}

/** The mean of what followed the `count` most similar rows of the past. Meteorologists call these analogues. */
export function analogues({ x, y }: Known, count: number): Forecast {
  const scale = scaler(x);
  const rows = x.map(scale);
  return (one) => {
    const at = scale(one);
    const distances = rows.map((row) => row.reduce((sum, value, i) => sum + (value - at[i]!) ** 2, 0));
    const nearest = distances.map((_, n) => n).sort((a, b) => distances[a]! - distances[b]!);
    return mean(nearest.slice(0, count).map((n) => y[n]!));
  };
}

/** Brings each feature to mean 0 and spread 1 over the known rows; the rows to forecast have no say in it. */
function scaler(x: Known["x"]): (row: readonly number[]) => number[] {
  const columns = x[0]!.map((_, i) => x.map((row) => row[i]!));
  const means = columns.map(mean);
  const spreads = columns.map((column, i) => Math.sqrt(mean(column.map((v) => (v - means[i]!) ** 2))) || 1);
  return (row) => row.map((value, i) => (value - means[i]!) / spreads[i]!);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0);
}

/** Gaussian elimination; a ridge's matrix is positive definite, so no pivots need be sought. */
function solve(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  for (let k = 0; k < size; k++) {
    for (let i = k + 1; i < size; i++) {
      const factor = matrix[i]![k]! / matrix[k]![k]!;
      for (let j = k; j < size; j++) matrix[i]![j]! -= factor * matrix[k]![j]!;
      right[i]! -= factor * right[k]!;
    }
  }
  for (let k = size - 1; k >= 0; k--) {
    for (let j = k + 1; j < size; j++) right[k]! -= matrix[k]![j]! * right[j]!;
    right[k]! /= matrix[k]![k]!;
  }
  return right;
}
