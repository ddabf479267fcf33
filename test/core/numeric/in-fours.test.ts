import fc from "fast-check";
import { expect, it } from "vitest";
import { factorInFours, solveInFours } from "../../../src/core/numeric/in-fours.ts";
import { factorOf, solveLower } from "../../../src/core/numeric/matrix.ts";

/** What lies between the rows, which must stay as it is. */
const GAP = 1234.5;

const problems = fc
  .record({
    n: fc.integer({ min: 1, max: 11 }),
    gap: fc.integer({ min: 0, max: 3 }),
    count: fc.integer({ min: 0, max: 9 }),
    seed: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 40, maxLength: 40 }),
  })
  .map(({ n, gap, count, seed }) => {
    const at = (i: number, j: number): number => seed[(7 * i + 11 * j) % seed.length]!;
    const roots = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => at(i, j)));
    const matrix = roots.map((a, i) =>
      roots.map((b, j) => a.reduce((sum, value, k) => sum + value * b[k]!, i === j ? 1 : 0)),
    );
    const sides = Array.from({ length: count }, (_, s) =>
      Float64Array.from({ length: n }, (_, i) => at(s + 3, i)),
    );
    return { n, stride: n + gap, matrix, sides };
  });

/** Rows in one array, with gaps between them. */
function inOneArray(rows: readonly ArrayLike<number>[], stride: number): Float64Array {
  const all = new Float64Array(rows.length * stride).fill(GAP);
  rows.forEach((row, i) => {
    all.set(Array.from(row), i * stride);
  });
  return all;
}

it("gives the factor and the solutions of one row after the other, to the last bit", () => {
  fc.assert(
    fc.property(problems, ({ n, stride, matrix, sides }) => {
      const factor = factorOf(matrix, 1e-9);
      const lower = matrix.map((row, i) => [...factor[i]!, ...row.slice(i + 1)]);
      const mine = inOneArray(matrix, stride);
      factorInFours(mine, n, stride, 0, 1e-9);
      expect(mine).toEqual(inOneArray(lower, stride));

      const solved = inOneArray(sides, stride);
      solveInFours(mine, n, solved, 0, sides.length, stride);
      expect(solved).toEqual(
        inOneArray(
          sides.map((side) => solveLower(factor, side, side.slice())),
          stride,
        ),
      );
    }),
  );
});

it("solves only some of the numbers of some of the sides", () => {
  const factor = Float64Array.from([2, 0, 1, 4]);
  const sides = Float64Array.from([2, 3, 4, 5, 6, 7]);
  solveInFours(factor, 1, sides, 1, 3, 2);
  expect([...sides]).toEqual([2, 3, 2, 5, 3, 7]);
});

it("adds noise to the diagonal, and replaces a pivot that is too small", () => {
  const matrix = Float64Array.from([3, 0, 2, -7]);
  factorInFours(matrix, 2, 2, 1, 0.25);
  expect([...matrix]).toEqual([2, 0, 1, 0.5]);
});
