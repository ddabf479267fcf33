import { isActive, type Space } from "../core/space/space.ts";
import { fromUnit, toUnit } from "../core/space/unit-cube.ts";

/** A space as a process sees it: its points, and how far two of them are apart. */
export interface Embedding {
  readonly dimensions: number;
  /** The point of a row: each param in [0, 1], an inactive one NaN, a categorical as its code. */
  pointOf(row: Float64Array): Float64Array;
  /** The position in [0, 1] of each param of a row; the middle for one that is inactive. */
  unitsOf(row: Float64Array): Float64Array;
  /** The point that the position in [0, 1] of each param stands for; params that are not active then are left out. */
  pointAt(units: Float64Array): Float64Array;
  /** The positions that a param takes in a search from one position, by a step. */
  moves(param: number, unit: number, step: number): readonly number[];
  /**
   * The squared distance along each param. Two choices are 1 apart, whichever they are, and so are an active and an inactive
   * param; where both are inactive they are at no distance.
   */
  distances(a: Float64Array, b: Float64Array, into: Float64Array): void;
}

export function embeddingOf(space: Space): Embedding {
  const { params } = space;
  const isChoice = params.map(({ distribution }) => distribution.kind === "categorical");
  const pointOf = (row: Float64Array): Float64Array =>
    Float64Array.from(params, ({ distribution }, i) =>
      isChoice[i] || Number.isNaN(row[i]) ? row[i]! : toUnit(distribution, row[i]!),
    );
  return {
    dimensions: params.length,
    pointOf,
    unitsOf: (row) =>
      Float64Array.from(params, ({ distribution }, i) =>
        Number.isNaN(row[i]) ? 0.5 : toUnit(distribution, row[i]!),
      ),
    pointAt(units) {
      const row = new Float64Array(params.length).fill(Number.NaN);
      for (const [i, { distribution }] of params.entries())
        if (isActive(space, row, i)) row[i] = fromUnit(distribution, units[i]!);
      return pointOf(row);
    },
    moves(i, unit, step) {
      const { distribution } = params[i]!;
      if (distribution.kind === "categorical")
        return distribution.choices.map((_, k) => (k + 0.5) / distribution.choices.length);
      return [Math.max(0, unit - step), Math.min(1, unit + step)];
    },
    distances(a, b, into) {
      for (let i = 0; i < into.length; i++) {
        const x = a[i]!;
        const y = b[i]!;
        const lacks = Number.isNaN(x) || Number.isNaN(y);
        if (lacks) into[i] = Number.isNaN(x) && Number.isNaN(y) ? 0 : 1;
        else if (isChoice[i]) into[i] = x === y ? 0 : 1;
        else into[i] = (x - y) * (x - y);
      }
    },
  };
}
