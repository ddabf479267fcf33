import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  extendFactor,
  type Factor,
  factorOf,
  solve,
  solveLower,
  solveUpper,
} from "../../../src/core/numeric/matrix.ts";

/** Positive definite matrices: A A' + I. */
const matrices = fc
  .integer({ min: 1, max: 8 })
  .chain((n) =>
    fc.array(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: n, maxLength: n }), {
      minLength: n,
      maxLength: n,
    }),
  )
  .map((a) => a.map((row, i) => a.map((other, j) => dot(row, other) + (i === j ? 1 : 0))));

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0);
}

/** L as a square matrix. */
const full = (factor: Factor): number[][] => factor.map((row) => factor.map((_, k) => row[k] ?? 0));
const times = (matrix: readonly (readonly number[])[], x: ArrayLike<number>): number[] =>
  matrix.map((row) => dot(row, x));
const transposed = (matrix: readonly (readonly number[])[]): number[][] =>
  matrix.map((_, i) => matrix.map((row) => row[i]!));
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6));
const some = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));

describe("a Cholesky factor", () => {
  it("times itself transposed is the matrix", () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const lower = full(factorOf(matrix, 0));
        matrix.forEach((row, i) => {
          expect(lower.map((other) => dot(lower[i]!, other))).toEqual(close(row));
        });
      }),
    );
  });

  it("is computed from the lower half only", () => {
    const half = [[4], [2, 5]];
    expect(factorOf(half, 0)).toEqual([Float64Array.of(2), Float64Array.of(1, 2)]);
  });

  it("solves with its lower half, with its upper half, and with the matrix", () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const factor = factorOf(matrix, 0);
        const b = some(matrix.length);
        const fresh = (): Float64Array => new Float64Array(b.length);
        const lower = full(factor);
        expect(times(lower, solveLower(factor, b, fresh()))).toEqual(close([...b]));
        expect(times(transposed(lower), solveUpper(factor, b, fresh()))).toEqual(close([...b]));
        expect(times(matrix, solve(factor, b, fresh()))).toEqual(close([...b]));
      }),
    );
  });

  it("solves in place", () => {
    const factor = factorOf([[4], [2, 5], [1, 1, 6]], 0);
    for (const by of [solveLower, solveUpper, solve]) {
      const b = some(3);
      const apart = by(factor, b, new Float64Array(3));
      expect(by(factor, b, b)).toEqual(apart);
    }
  });

  it("extended by a row equals the factor of the whole matrix", () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const factor = factorOf(matrix.slice(0, -1), 0);
        expect(extendFactor(factor, matrix.at(-1)!, 0)).toBe(0);
        expect(factor).toEqual(factorOf(matrix, 0));
      }),
    );
  });

  it("raises a pivot that is too small, and returns by how much", () => {
    const factor = factorOf([[4]], 0);
    expect(extendFactor(factor, [4, 4], 1e-6)).toBe(1e-6); // The second row equals the first one.
    expect(factor[1]).toEqual(Float64Array.of(2, 1e-3));
    expect(extendFactor(factor, [0, 0, -3], 1e-6)).toBeCloseTo(3 + 1e-6, 12);
    expect(extendFactor(factor, [0, 0, 0, Number.NaN], 1e-6)).toBe(1e-6);
    expect(factor.flatMap((row) => [...row]).every(Number.isFinite)).toBe(true);
  });
});
