// The cross-validated problems of the pruners' benchmark.

import { FIRST_SCALAR as PROBLEMS } from "../problems/first.ts";
import { heavyOf, type Noise, noisy, type SplitProblem } from "./problem.ts";
import { carsProblem, digitsProblem, penguinsProblem } from "./real.ts";

/** A problem of the quality benchmark, observed through splits; its value is the distance to the optimum. */
function split(name: string, noise: Noise, splitCount?: number): SplitProblem {
  const { space, evaluate, optimum } = PROBLEMS[name]!;
  return noisy(space, (params) => evaluate(params) - optimum, noise, splitCount);
}

const even = (sd: number) => (): number => sd;

/** Each problem is made when it is asked for, because some read a table. */
export const SPLIT_PROBLEMS: Readonly<Record<string, () => SplitProblem>> = {
  "cv-loglr": () => split("loglr", { of: even(0.2), splits: 0.3 }),
  /** Splits of which one tells much more than the others. */
  "cv-loglr-uneven": () => split("loglr", { of: even(0.2), splits: 0.3, shares: [1, 2, 0.25, 1, 1.5] }),
  /** Splits that differ only by chance. */
  "cv-sphere-even": () => split("sphere-5", { of: even(0.5), splits: 0.05 }),
  /** Noise with heavy tails. */
  "cv-loglr-heavy": () => split("loglr", { of: even(0.2), splits: 0.3, draw: heavyOf }),
  /** Noise that grows with the value. */
  "cv-loglr-scale": () => split("loglr", { of: (value) => 0.05 + 0.3 * value, splits: 0.3 }),
  "cv-hartmann6": () => split("hartmann6", { of: even(0.3), splits: 0.5 }),
  /** Ten splits that differ by more than trials do. */
  "cv-conditional-10": () => split("conditional", { of: even(0.03), splits: 0.2 }, 10),
  penguins: penguinsProblem,
  digits: digitsProblem,
  cars: carsProblem,
};
