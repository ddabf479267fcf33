// Cross-validated problems of which the true value is known for all params.

import type { ParamDeclaration, Params } from "../../../src/core/space/space.ts";
import { gaussOf, uniforms } from "../noise.ts";

/** A function to minimise that is observed through splits. */
export interface SplitProblem {
  readonly space: Readonly<Record<string, ParamDeclaration>>;
  readonly splitCount: number;
  /** Whether the same params give other values in another trial. */
  readonly noise: boolean;
  /** The true value of the params. */
  readonly truth: (params: Params) => number;
  /** The value of a split. Equal arguments give equal values. */
  readonly score: (params: Params, at: Place) => number;
}

/** A split of a trial of a study. */
export interface Place {
  readonly seed: number;
  readonly number: number;
  readonly split: number;
}

/** Student's t with 3 degrees of freedom, which has heavy tails, scaled to a variance of 1. */
export function heavyOf(uniform: () => number): number {
  const normal = gaussOf(uniform);
  const squares = [1, 2, 3].reduce((sum) => sum + gaussOf(uniform) ** 2, 0);
  return normal / Math.sqrt(squares / 3) / Math.sqrt(3);
}

/** The number of a pseudo trial; its noise is the hardness of the splits, which is the same for every trial. */
const SPLITS = 1_000_000;

/** How the splits of a known function differ from its value. */
export interface Noise {
  /** Standard deviation of one split of one trial, at a true value. */
  readonly of: (value: number) => number;
  /** Standard deviation of the hardness of splits, which is the same for all trials. */
  readonly splits: number;
  /** By how much the noise of each split is larger than `of`. @default 1 for each */
  readonly shares?: readonly number[];
  readonly draw?: (uniform: () => number) => number;
}

/** A known function, observed through splits with noise. */
export function noisy(
  space: SplitProblem["space"],
  truth: SplitProblem["truth"],
  { of, splits, shares = [], draw = gaussOf }: Noise,
  splitCount = 5,
): SplitProblem {
  return {
    space,
    splitCount,
    noise: true,
    truth,
    score: (params, { seed, number, split }) => {
      const value = truth(params);
      const hardness = splits * gaussOf(uniforms(seed, SPLITS, split));
      return value + hardness + (shares[split] ?? 1) * of(value) * draw(uniforms(seed, number, split));
    },
  };
}
