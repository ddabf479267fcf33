// The transformations and random choices from which the BBOB functions are put together: Hansen, Finck, Ros and Auger,
// "Real-Parameter Black-Box Optimization Benchmarking 2009: Noiseless Functions Definitions", INRIA RR-6829, 2009.

import { gaussOf, uniforms } from "../../noise.ts";
import { type Objective, sum, type Vector } from "../problem.ts";

type Matrix = readonly Vector[];

/** The random choices of one function in one dimension. */
export interface Instance {
  readonly dims: number;
  /** Two random rotations. */
  readonly R: Matrix;
  readonly Q: Matrix;
  /** A random vector, uniform in [-4, 4]: where most functions have their optimum. */
  readonly shift: Vector;
  /** A random vector of -1 and 1. */
  readonly signs: Vector;
  /** Uniform numbers for further choices. */
  readonly uniform: () => number;
}

/** A function whose least value is 0, and where it has that. */
export interface Definition {
  readonly f: Objective;
  readonly best: Vector;
}

/** Draws an instance; equal arguments give equal instances. */
export function drawInstance(seed: number, number: number, dims: number): Instance {
  const uniform = uniforms(seed, number, dims);
  const shift = Array.from({ length: dims }, () => 8 * uniform() - 4);
  const signs = shift.map(() => (uniform() < 0.5 ? -1 : 1));
  return { dims, shift, signs, R: rotation(dims, uniform), Q: rotation(dims, uniform), uniform };
}

/** The value at the optimum: Cauchy distributed, two decimals, within 1000. */
export function drawValue(seed: number, number: number, dims: number): number {
  const uniform = uniforms(seed + 1, number, dims);
  const cauchy = (100 * gaussOf(uniform)) / gaussOf(uniform);
  return Math.max(-1000, Math.min(1000, Math.round(100 * cauchy) / 100));
}

/** A random rotation: the orthogonal factor Q of the QR decomposition of a matrix of Gaussian numbers. */
export function rotation(dims: number, uniform: () => number): Matrix {
  const rows: number[][] = [];
  while (rows.length < dims) {
    const row = Array.from({ length: dims }, () => gaussOf(uniform));
    // The second pass removes the rounding errors of the first.
    for (const earlier of [...rows, ...rows]) {
      const along = dot(row, earlier);
      earlier.forEach((value, i) => {
        row[i]! -= along * value;
      });
    }
    const length = Math.sqrt(dot(row, row));
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

export const dot = (a: Vector, b: Vector): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};
export const times = (matrix: Matrix, x: Vector): number[] => matrix.map((row) => dot(row, x));
/** The product with the transposed matrix, which for a rotation is its inverse. */
export const back = (matrix: Matrix, x: Vector): number[] =>
  x.map((_, i) => sum(matrix.map((row, j) => row[i]! * x[j]!)));
export const minus = (a: Vector, b: Vector): number[] => a.map((value, i) => value - b[i]!);

/** Goes from 0 to 1 over the coordinates. */
const along = (i: number, dims: number): number => (dims > 1 ? i / (dims - 1) : 0);

/** From 1 to `ratio` over the coordinates, in equal factors. */
export const powers = (ratio: number, dims: number): number[] =>
  Array.from({ length: dims }, (_, i) => ratio ** along(i, dims));

/** The product with the diagonal matrix Lambda^alpha, which goes from 1 to the square root of alpha. */
export function lambda(alpha: number, x: Vector): number[] {
  const diagonal = powers(Math.sqrt(alpha), x.length);
  return x.map((value, i) => value * diagonal[i]!);
}

/** T_osz of a number: smooth, but irregular waves. */
export function wave(x: number): number {
  if (x === 0) return 0;
  const size = Math.log(Math.abs(x));
  const [a, b] = x > 0 ? [10, 7.9] : [5.5, 3.1];
  return Math.sign(x) * Math.exp(size + 0.049 * (Math.sin(a * size) + Math.sin(b * size)));
}
export const waves = (x: Vector): number[] => x.map(wave);

/** T_asy: stretches positive coordinates, later ones more. */
export const asymmetric = (beta: number, x: Vector): number[] =>
  x.map((value, i) => (value > 0 ? value ** (1 + beta * along(i, x.length) * Math.sqrt(value)) : value));

/** By how much x leaves [-5, 5]: the sum of squares. */
export const outside: Objective = (x) => sum(x.map((value) => Math.max(0, Math.abs(value) - 5) ** 2));

export const squares: Objective = (x) => dot(x, x);
export const cosines: Objective = (x) => sum(x.map((value) => Math.cos(2 * Math.PI * value)));
/** Squares with weights from 1 to `condition`. */
export function ellipsoid(condition: number, x: Vector): number {
  const weights = powers(condition, x.length);
  return sum(x.map((value, i) => weights[i]! * value ** 2));
}
/** The terms of Rosenbrock's function: one for each pair of neighbours. */
export const rosenbrockTerms = (z: Vector): number[] =>
  z.slice(1).map((next, i) => 100 * (z[i]! ** 2 - next) ** 2 + (z[i]! - 1) ** 2);
