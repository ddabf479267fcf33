// Square matrices in one array, row by row, of which only the lower half is read and written. The fit of a Gaussian
// process spends its time here, so the inner loops run along rows.

/** Replaces a symmetric matrix of n rows by its Cholesky factor. A pivot below `least`, or NaN, becomes `least`. */
export function factorInPlace(matrix: Float64Array, n: number, least: number): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < i; j++) {
      const rest = matrix[row + j]! - dot(matrix, row, j * n, j);
      matrix[row + j] = rest / matrix[j * n + j]!;
    }
    const pivot = matrix[row + i]! - dot(matrix, row, row, i);
    matrix[row + i] = Math.sqrt(pivot > least ? pivot : least);
  }
}

/** The product of two rows that begin at `a` and `b`. Four sums at once are three times as fast as one. */
function dot(matrix: Float64Array, a: number, b: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const whole = length - (length & 3);
  let k = 0;
  for (; k < whole; k += 4) {
    s0 += matrix[a + k]! * matrix[b + k]!;
    s1 += matrix[a + k + 1]! * matrix[b + k + 1]!;
    s2 += matrix[a + k + 2]! * matrix[b + k + 2]!;
    s3 += matrix[a + k + 3]! * matrix[b + k + 3]!;
  }
  for (; k < length; k++) s0 += matrix[a + k]! * matrix[b + k]!;
  return s0 + s1 + (s2 + s3);
}

/** Writes the inverse of a factor of n rows to `into`. */
export function invertFactor(factor: Float64Array, n: number, into: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    into.fill(0, row, row + i);
    for (let k = 0; k < i; k++) {
      const share = factor[row + k]!;
      const other = k * n;
      for (let j = 0; j <= k; j++) into[row + j]! -= share * into[other + j]!;
    }
    const scale = 1 / factor[row + i]!;
    for (let j = 0; j < i; j++) into[row + j]! *= scale;
    into[row + i] = scale;
  }
}

/** Writes the lower half of X'X to `into`, for a lower triangular X of n rows: the inverse of L L' if X is that of L. */
export function gram(x: Float64Array, n: number, into: Float64Array): void {
  into.fill(0);
  for (let k = 0; k < n; k++) {
    const row = k * n;
    for (let i = 0; i <= k; i++) {
      const share = x[row + i]!;
      const out = i * n;
      for (let j = 0; j <= i; j++) into[out + j]! += share * x[row + j]!;
    }
  }
}

/** Writes X b to `into`, for a lower triangular X. */
export function timesVector(x: Float64Array, n: number, b: Float64Array, into: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += x[i * n + j]! * b[j]!;
    into[i] = sum;
  }
}

/** Writes X'b to `into`, for a lower triangular X. */
export function transposeTimesVector(x: Float64Array, n: number, b: Float64Array, into: Float64Array): void {
  into.fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) into[j]! += x[i * n + j]! * b[i]!;
  }
}
