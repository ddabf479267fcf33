// Cholesky factors of some tens of numbers, as the lower halves of square matrices in one array, row by row. Four rows are
// solved at once, which takes half of the time: the processor goes on with three of them while it waits for a sum of the
// fourth. Each sum is still added up in the order of its numbers.

/**
 * Replaces a symmetric matrix, of which the lower half is read, by its Cholesky factor L: the matrix is L L'. O(n^3).
 *
 * @param n - The number of rows; row i begins at i * stride.
 * @param noise - What is added to each number of the diagonal.
 * @param least - The least pivot: one that is smaller because of rounding, or NaN, is replaced by it.
 */
export function factorInFours(
  matrix: Float64Array,
  n: number,
  stride: number,
  noise: number,
  least: number,
): void {
  for (let first = 0; first < n; first += 4) {
    const end = Math.min(n, first + 4);
    solveInFours(matrix, first, matrix, first, end, stride);
    for (let i = first; i < end; i++) {
      for (let j = first; j < i; j++)
        matrix[i * stride + j] = restOf(matrix, i * stride, j * stride, j) / matrix[j * stride + j]!;
      const pivot = noise + restOf(matrix, i * stride, i * stride, i);
      matrix[i * stride + i] = Math.sqrt(pivot > least ? pivot : least);
    }
  }
}

/** Number n of a row, less the product of all before it with those of another row. */
function restOf(matrix: Float64Array, row: number, other: number, n: number): number {
  let rest = matrix[row + n]!;
  for (let k = 0; k < n; k++) rest -= matrix[row + k]! * matrix[other + k]!;
  return rest;
}

/**
 * Solves L x = b for several right sides, in place. O(n^2) for each of them.
 *
 * @param n - How many numbers of each side are solved, by the first n rows of the factor.
 * @param sides - Side i begins at i * stride, as row i of the factor does; those from `first` to `end` - 1 are solved.
 */
export function solveInFours(
  factor: Float64Array,
  n: number,
  sides: Float64Array,
  first: number,
  end: number,
  stride: number,
): void {
  let side = first;
  for (; side + 4 <= end; side += 4) solveFour(factor, n, sides, side * stride, stride);
  for (; side < end; side++) solveOne(factor, n, sides, side * stride, stride);
}

function solveFour(factor: Float64Array, n: number, sides: Float64Array, a: number, stride: number): void {
  const [b, c, d] = [a + stride, a + 2 * stride, a + 3 * stride];
  for (let i = 0; i < n; i++) {
    const row = i * stride;
    let restA = sides[a + i]!;
    let restB = sides[b + i]!;
    let restC = sides[c + i]!;
    let restD = sides[d + i]!;
    for (let k = 0; k < i; k++) {
      const share = factor[row + k]!;
      restA -= share * sides[a + k]!;
      restB -= share * sides[b + k]!;
      restC -= share * sides[c + k]!;
      restD -= share * sides[d + k]!;
    }
    const pivot = factor[row + i]!;
    sides[a + i] = restA / pivot;
    sides[b + i] = restB / pivot;
    sides[c + i] = restC / pivot;
    sides[d + i] = restD / pivot;
  }
}

function solveOne(factor: Float64Array, n: number, sides: Float64Array, at: number, stride: number): void {
  for (let i = 0; i < n; i++) {
    const row = i * stride;
    let rest = sides[at + i]!;
    for (let k = 0; k < i; k++) rest -= factor[row + k]! * sides[at + k]!;
    sides[at + i] = rest / factor[row + i]!;
  }
}
