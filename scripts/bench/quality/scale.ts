// How large the regrets of a problem are, from quasi-random points.

import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import { askTell } from "../../../src/index.ts";
import { isFront, type Problem } from "../problems/problem.ts";
import { quantile } from "../statistics.ts";

const POINTS = 2048;

/**
 * The median regret of a random search of `trials` trials. Points that are not allowed do not count. Of n independent
 * values the least lies below a quantile with probability 1/2 if the share above that is the n-th root of 1/2.
 */
export function randomRegret(problem: Problem, trials: number): number {
  const search = askTell({ space: problem.space, sampler: "qmc", noise: true });
  const points = Array.from({ length: isFront(problem) ? trials : POINTS }, () => search.ask()!.params);
  if (isFront(problem))
    return problem.hypervolume - hypervolume(points.map(problem.objectives), problem.reference);
  const allowed = points.filter(
    (params) =>
      !problem.death?.(params) &&
      (problem.constraints?.(params) ?? []).every((constraint) => constraint <= 0),
  );
  const values = allowed.map(problem.evaluate);
  return quantile(values, 1 - 0.5 ** (1 / trials)) - problem.optimum;
}
