/** A smooth function of several variables, each of which has bounds. */
export interface BoxProblem {
  readonly dims: number;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Returns the value at `x`, and writes the gradient. */
  readonly evaluate: (x: Float64Array, gradient: Float64Array) => number;
}

export interface BoxOptions {
  /** @default 100 */
  readonly maxIterations?: number;
  /** The search ends when no variable would move further than this by a step along the gradient. @default 1e-5 */
  readonly gradientTolerance?: number;
  /** How many of the last steps the curvature is estimated from. @default 8 */
  readonly memory?: number;
}

export interface BoxMinimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly evaluations: number;
  /** Whether the gradient was within the tolerance; else no better point was found, or the iterations were used up. */
  readonly converged: boolean;
}

/** A step and by how much it changed the gradient. */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** Their product, which is above 0. */
  readonly product: number;
}

/** How much of the decrease that the gradient promises a step has to bring (Armijo's condition). */
const DECREASE = 1e-4;
const LEAST_CUT = 0.1;
const LARGEST_CUT = 0.5;
const MOST_CUTS = 20;
/** A pair is kept if its product is above this share of the change's square. */
const LEAST_CURVATURE = 1e-10;

/**
 * Finds a local minimum within bounds by a limited-memory quasi-Newton method: the two-loop recursion of Nocedal,
 * "Updating Quasi-Newton Matrices with Limited Storage", Math. Comp. 35, 1980. A variable at a bound, beyond which the
 * function falls, is left out of a step; the others move along the step, projected onto the bounds (Bertsekas, "Projected
 * Newton Methods for Optimization Problems with Simple Constraints", SIAM J. Control 20, 1982). A value that is not finite
 * counts as too large.
 */
export function minimizeInBox(
  problem: BoxProblem,
  start: Float64Array,
  options: BoxOptions = {},
): BoxMinimum {
  const { dims, low, high, evaluate } = problem;
  const { maxIterations = 100, gradientTolerance = 1e-5, memory = 8 } = options;
  const inside = (value: number, i: number): number => Math.min(high[i]!, Math.max(low[i]!, value));
  let x = start.map(inside);
  let gradient = new Float64Array(dims);
  let value = evaluate(x, gradient);
  let evaluations = 1;
  let pairs: Pair[] = [];
  let iterations = 0;

  /** Looks along the projected direction for a point that is lower by enough; null if there is none. */
  function searchAlong(direction: Float64Array) {
    let length = 1;
    for (let cut = 0; cut < MOST_CUTS; cut++) {
      const next = x.map((from, i) => inside(from + length * direction[i]!, i));
      const slopes = new Float64Array(dims);
      const there = evaluate(next, slopes);
      evaluations++;
      let promised = 0;
      for (let i = 0; i < dims; i++) promised += gradient[i]! * (next[i]! - x[i]!);
      if (there <= value + DECREASE * promised && promised < 0 && Number.isFinite(there))
        return { next, slopes, there };
      // The minimum of the parabola through both values, with the slope at the beginning.
      const best = -promised / (2 * (there - value - promised));
      length *= best >= LEAST_CUT ? Math.min(LARGEST_CUT, best) : LEAST_CUT;
    }
    return null;
  }

  const isDone = (): boolean =>
    x.every((from, i) => Math.abs(inside(from - gradient[i]!, i) - from) <= gradientTolerance);
  while (iterations < maxIterations && !isDone()) {
    const isFree = x.map((from, i) =>
      (from <= low[i]! && gradient[i]! > 0) || (from >= high[i]! && gradient[i]! < 0) ? 0 : 1,
    );
    const found = searchAlong(directionOf(gradient, isFree, pairs));
    if (!found) {
      // The estimate of the curvature may be bad: the search begins again with the gradient alone.
      if (pairs.length === 0) break;
      pairs = [];
      continue;
    }
    const { next, slopes, there } = found;
    pairs = [...pairs, ...pairOf(x, next, gradient, slopes)].slice(-memory);
    [x, gradient, value] = [next, slopes, there];
    iterations++;
  }
  return { x, value, evaluations, converged: isDone() };
}

/** The quasi-Newton direction of the free variables; without pairs the gradient, of length 1 at most. */
function directionOf(gradient: Float64Array, isFree: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((slope, i) => -slope * isFree[i]!);
  const last = pairs.at(-1);
  if (!last) {
    const length = Math.sqrt(dot(direction, direction));
    return direction.map((part) => part / Math.max(1, length));
  }
  const shares: number[] = [];
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { step, change, product } = pairs[k]!;
    shares[k] = dot(step, direction) / product;
    add(direction, -shares[k]!, change, isFree);
  }
  const scale = last.product / dot(last.change, last.change);
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  for (const [k, { step, change, product }] of pairs.entries())
    add(direction, shares[k]! - dot(change, direction) / product, step, isFree);
  if (dot(direction, gradient) < 0) return direction;
  return directionOf(gradient, isFree, []);
}

/** The pair of a step, if the function is convex along it. */
function pairOf(from: Float64Array, to: Float64Array, before: Float64Array, after: Float64Array): Pair[] {
  const step = to.map((value, i) => value - from[i]!);
  const change = after.map((slope, i) => slope - before[i]!);
  const product = dot(step, change);
  return product > LEAST_CURVATURE * dot(change, change) ? [{ step, change, product }] : [];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Adds a multiple of a vector, except where variables are not free. */
function add(to: Float64Array, factor: number, vector: Float64Array, isFree: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * vector[i]! * isFree[i]!;
}
