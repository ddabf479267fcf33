// Cross-validated problems of which the true value of all params is known.

import type { ParamDeclaration, Params } from "../../../src/core/space/space.ts";
import { gaussOf, uniforms } from "../noise.ts";

/** A function to minimise, seen through its splits. */
export interface SplitProblem {
  readonly space: Readonly<Record<string, ParamDeclaration>>;
  readonly splitCount: number;
  /** The same params give other values in another trial. */
  readonly noise: boolean;
  /** What the params are worth. */
  readonly truth: (params: Params) => number;
  /** The value of a split; equal arguments give equal values, whoever asks. */
  readonly score: (params: Params, at: Place) => number;
}

/** A split of a trial of a study. */
export interface Place {
  readonly seed: number;
  readonly number: number;
  readonly split: number;
}

/** Student's t with 3 degrees of freedom, scaled to a variance of 1: heavy tails. */
export function heavyOf(uniform: () => number): number {
  const normal = gaussOf(uniform);
  const squares = [1, 2, 3].reduce((sum) => sum + gaussOf(uniform) ** 2, 0);
  return normal / Math.sqrt(squares / 3) / Math.sqrt(3);
}

/** The place of the pseudo trial whose noise is what makes a split hard or easy for every trial. */
const SPLITS = 1_000_000;

/** How the splits of a known function differ from its value. */
export interface Noise {
  /** Of one split of one trial, at a true value. */
  readonly of: (value: number) => number;
  /** How much harder or easier the splits are for all trials alike. */
  readonly splits: number;
  readonly draw?: (uniform: () => number) => number;
}

/** A known function, seen through splits with noise. */
export function noisy(
  space: SplitProblem["space"],
  truth: SplitProblem["truth"],
  { of, splits, draw = gaussOf }: Noise,
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
      return value + hardness + of(value) * draw(uniforms(seed, number, split));
    },
  };
}
