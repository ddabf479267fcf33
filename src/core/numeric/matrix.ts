/**
 * The Cholesky factor L of a symmetric matrix, which is L L'. It is a list of rows, and row i has i + 1 entries: when
 * the matrix grows by a row, the factor grows by a row, and nothing is computed anew.
 */
export type Factor = Float64Array[];

/**
 * Extends a factor by the next row of its matrix, of which the entries up to the diagonal are read. O(n^2).
 *
 * @param least - The least pivot: one that is smaller because of rounding, or NaN, is replaced by it.
 * @returns what this replacement adds to the diagonal of the matrix; 0 when the pivot was large enough.
 */
export function extendFactor(factor: Factor, row: ArrayLike<number>, least: number): number {
  const i = factor.length;
  const next = new Float64Array(i + 1);
  for (let j = 0; j < i; j++) {
    const other = factor[j]!;
    let sum = row[j]!;
    for (let k = 0; k < j; k++) sum -= next[k]! * other[k]!;
    next[j] = sum / other[j]!;
  }
  let pivot = row[i]!;
  for (let k = 0; k < i; k++) pivot -= next[k]! * next[k]!;
  const isLarge = pivot > least;
  next[i] = Math.sqrt(isLarge ? pivot : least);
  factor.push(next);
  return isLarge ? 0 : least - pivot || least;
}

/** The factor of a matrix, of which only the lower half is read. O(n^3). */
export function factorOf(matrix: readonly ArrayLike<number>[], least: number): Factor {
  const factor: Factor = [];
  for (const row of matrix) extendFactor(factor, row, least);
  return factor;
}

/** Solves L x = b into `x`, which may be `b`. O(n^2). */
export function solveLower(factor: Factor, b: Float64Array, x: Float64Array): Float64Array {
  for (let i = 0; i < b.length; i++) {
    const row = factor[i]!;
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= row[k]! * x[k]!;
    x[i] = sum / row[i]!;
  }
  return x;
}

/** Solves L' x = b into `x`, which may be `b`. O(n^2). */
export function solveUpper(factor: Factor, b: Float64Array, x: Float64Array): Float64Array {
  for (let i = b.length - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < b.length; k++) sum -= factor[k]![i]! * x[k]!;
    x[i] = sum / factor[i]![i]!;
  }
  return x;
}

/** Solves L L' x = b into `x`, which may be `b`: the solution for the matrix itself. O(n^2). */
export function solve(factor: Factor, b: Float64Array, x: Float64Array): Float64Array {
  return solveUpper(factor, solveLower(factor, b, x), x);
}
