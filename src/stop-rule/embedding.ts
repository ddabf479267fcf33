import { isActive, type Space } from "../core/space/space.ts";
import { fromUnit, toUnit } from "../core/space/unit-cube.ts";

/** A space as a Gaussian process needs it: points, and the distances between them. */
export interface Embedding {
  readonly dimensions: number;
  /** The point of a row: a number scaled to [0, 1], a categorical as the code of its choice, an inactive param as NaN. */
  pointOf(row: Float64Array): Float64Array;
  /** The position in [0, 1] of each param of a row; 0.5 for a param that is inactive. */
  unitsOf(row: Float64Array): Float64Array;
  /** The point for a position in [0, 1] of each param; a param that is inactive at this point becomes NaN. */
  pointAt(units: Float64Array): Float64Array;
  /** The positions that a local search tries for a param: one step to either side, or the position of each choice. */
  moves(param: number, unit: number, step: number): readonly number[];
  /**
   * Writes the squared distance along each param to `into`. Any two different choices are 1 apart, and so are an active
   * and an inactive param. If the param is inactive in both points, the distance is 0.
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
