import { isActive, type Space } from "../core/space/space.ts";
import { fromUnit, toUnit } from "../core/space/unit-cube.ts";

/** A space as a local search needs it: a position in [0, 1] for each param, active or not. */
export interface Embedding {
  readonly dimensions: number;
  /** The position of each param of a row; 0.5 for a param that is inactive. */
  unitsOf(row: Float64Array): Float64Array;
  /** The row for a position of each param. */
  rowAt(units: Float64Array): Float64Array;
  /** The positions that a local search tries for a param: one step to either side, or the position of each choice. */
  moves(param: number, unit: number, step: number): readonly number[];
}

export function embeddingOf({ params }: Space): Embedding {
  return {
    dimensions: params.length,
    unitsOf: (row) =>
      Float64Array.from(params, ({ distribution }, i) =>
        Number.isNaN(row[i]) ? 0.5 : toUnit(distribution, row[i]!),
      ),
    rowAt(units) {
      const row = new Float64Array(params.length).fill(Number.NaN);
      for (const [i, { distribution }] of params.entries())
        if (isActive({ params }, row, i)) row[i] = fromUnit(distribution, units[i]!);
      return row;
    },
    moves(i, unit, step) {
      const { distribution } = params[i]!;
      if (distribution.kind === "categorical")
        return distribution.choices.map((_, k) => (k + 0.5) / distribution.choices.length);
      return [Math.max(0, unit - step), Math.min(1, unit + step)];
    },
  };
}
