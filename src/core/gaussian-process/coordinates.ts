import { cardinality } from "../space/distribution.ts";
import type { Space } from "../space/space.ts";
import { toUnit } from "../space/unit-cube.ts";

/**
 * How a row of a space becomes a point of a Gaussian process. The squared distance of two points is a weighted sum over
 * dimensions, and every dimension has a weight that is learned:
 *
 * - a number param: the square of the difference of its positions in the unit interval. An int or a stepped float has
 *   the position of its value, so all points of a cell are one point. An inactive param has the middle of the interval.
 * - a categorical: 0 for equal choices, 1 for different ones, 1/2 if it is inactive in one of the points.
 * - a set of conditions: 0 if the params with these conditions are active in both points or in none, else 1.
 *
 * These are squared distances of a Euclidean space, so that a kernel that is valid there is valid here. A param that has
 * only one value is left out.
 */
export interface Coordinates {
  readonly space: Space;
  /** Number of dimensions; those of number params come first. */
  readonly dims: number;
  /** How many dimensions are of number params. */
  readonly numbers: number;
  /** The param of each dimension, as its index in the space; for a set of conditions the first param that has it. */
  readonly params: Int32Array;
  /** 1 for a dimension that stands for a set of conditions. */
  readonly isActivity: Uint8Array;
  /** The dimension of each param of the space; -1 for a param that is left out. */
  readonly dimensions: Int32Array;
}

/** The position of a categorical that is inactive. */
export const INACTIVE = -1;
const MIDDLE = 0.5;

export function coordinatesOf(space: Space): Coordinates {
  const isNumber = (p: number): boolean => space.params[p]!.distribution.kind !== "categorical";
  const varied = space.params.flatMap(({ distribution }, p) => (cardinality(distribution) > 1 ? [p] : []));
  const numbers = varied.filter(isNumber);
  const choices = varied.filter((p) => !isNumber(p));
  const conditions = new Map<string, number>();
  space.params.forEach(({ when }, p) => {
    const key = JSON.stringify([...when].sort((a, b) => a.parent - b.parent));
    if (when.length > 0 && !conditions.has(key)) conditions.set(key, p);
  });
  const params = Int32Array.from([...numbers, ...choices, ...conditions.values()]);
  const dimensions = new Int32Array(space.params.length).fill(-1);
  for (let d = 0; d < numbers.length + choices.length; d++) dimensions[params[d]!] = d;
  return {
    space,
    dims: params.length,
    numbers: numbers.length,
    params,
    isActivity: Uint8Array.from(params, (_, d) => (d < numbers.length + choices.length ? 0 : 1)),
    dimensions,
  };
}

/** Writes the point of a row to `into`, from position `at` on. */
export function toPoint(
  { space, dims, numbers, params, isActivity }: Coordinates,
  row: ArrayLike<number>,
  into: Float64Array,
  at = 0,
): void {
  for (let d = 0; d < dims; d++) {
    const value = row[params[d]!]!;
    const isInactive = Number.isNaN(value);
    if (d < numbers)
      into[at + d] = isInactive ? MIDDLE : toUnit(space.params[params[d]!]!.distribution, value);
    else if (isActivity[d]) into[at + d] = isInactive ? 0 : 1;
    else into[at + d] = isInactive ? INACTIVE : value;
  }
}

/** The squared distance of two positions along a dimension. */
export function squaredDistance(
  { numbers, isActivity }: Coordinates,
  d: number,
  a: number,
  b: number,
): number {
  if (d < numbers) return (a - b) * (a - b);
  if (a === b) return 0;
  return !isActivity[d] && (a === INACTIVE || b === INACTIVE) ? 0.5 : 1;
}
