// The second set of problems: what samplers are judged by, never tuned on. Its seed, its instances and its list were
// fixed before any sampler that learns from values had run on them.

import { uniforms } from "../noise.ts";
import { BBOB_COUNT, bbob, bbobName } from "./bbob/bbob.ts";
import { FIRST_SCALAR } from "./first.ts";
import { costAndError, dtlz2, zdt4, zdt6 } from "./fronts.ts";
import { budget, disc, precision, product, quarterFails, tangentPlane, total, valley } from "./limited.ts";
import { boosting, chain, layers, pipeline, shiftedByChoice, steps } from "./mixed.ts";
import { box, type FrontProblem, paramsOf, type ScalarProblem, sum } from "./problem.ts";

/** Decides all instances of the set. */
const SEED = 20261128;

/** Each BBOB function once; function n takes the n-th of these numbers of params, in turn. */
const BBOB_DIMENSIONS = [2, 5, 10, 20];

const BBOB = Object.fromEntries(
  Array.from({ length: BBOB_COUNT }, (_, i) => {
    // The shift by one after each round gives the kinds of functions, which come in groups, different dimensions.
    const dims = BBOB_DIMENSIONS[(i + Math.floor(i / BBOB_DIMENSIONS.length)) % BBOB_DIMENSIONS.length]!;
    return [bbobName(i + 1, dims), bbob(i + 1, dims, SEED)];
  }),
);

/** A turned valley in six params, seen through noise. */
function noisyValley(): ScalarProblem {
  const uniform = uniforms(SEED, 105);
  const middle = Array.from({ length: 6 }, () => 8 * uniform() - 4);
  return { ...box(6, -5, 5, valley(middle, 30, uniform).f, 0), best: paramsOf(middle), noise: 5 };
}

/** 40 params, of which four matter: a valley with ripples. */
function fourOfForty(): ScalarProblem {
  const uniform = uniforms(SEED, 106);
  const chosen = Array.from({ length: 4 }, (_, k) => 10 * k + Math.floor(10 * uniform()));
  const best = Array.from({ length: 40 }, () => 0.1 + 0.8 * uniform());
  return {
    ...box(
      40,
      0,
      1,
      (x) => {
        const z = chosen.map((i) => x[i]! - best[i]!);
        const pairs = 8 * (z[0]! * z[1]! + z[2]! * z[3]!);
        const ripples = sum(z.map((value) => 1 - Math.cos(6 * Math.PI * value)));
        return 10 * sum(z.map((value) => value ** 2)) + pairs + 0.2 * ripples;
      },
      0,
    ),
    best: paramsOf(best),
  };
}

/** The problems with one objective, by name. */
export const SECOND_SCALAR: Readonly<Record<string, ScalarProblem>> = {
  ...BBOB,
  boosting,
  "shifted-by-choice": shiftedByChoice(SEED),
  chain: chain(SEED),
  steps,
  pipeline,
  layers,
  "noisy-valley": noisyValley(),
  "noisy-boosting": { ...boosting, noise: 0.03 },
  "constrained-disc": disc(FIRST_SCALAR.branin!),
  "constrained-plane": tangentPlane(SEED),
  "constrained-budget": budget,
  "kills-product": product,
  "kills-total": total,
  "kills-precision": precision,
  "quarter-fails": quarterFails(SEED),
  "four-of-forty": fourOfForty(),
};

/** The problems with several objectives, by name. */
export const SECOND_FRONTS: Readonly<Record<string, FrontProblem>> = {
  zdt4,
  zdt6,
  dtlz2,
  "cost-and-error": costAndError,
};
