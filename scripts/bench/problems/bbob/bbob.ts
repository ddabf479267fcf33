// The 24 noiseless functions of BBOB 2009, over [-5, 5] in each param.

import { box, paramsOf, type ScalarProblem } from "../problem.ts";
import { type Definition, drawInstance, drawValue, type Instance } from "./instance.ts";
import * as many from "./many-valleys.ts";
import * as one from "./one-valley.ts";

/** The functions in the order of the paper, where they are numbered from 1. */
const FUNCTIONS: readonly (readonly [name: string, define: (instance: Instance) => Definition])[] = [
  ["sphere", one.sphere],
  ["separable-ellipsoid", one.separableEllipsoid],
  ["separable-rastrigin", one.separableRastrigin],
  ["bueche-rastrigin", one.buecheRastrigin],
  ["linear-slope", one.linearSlope],
  ["attractive-sector", one.attractiveSector],
  ["step-ellipsoid", one.stepEllipsoid],
  ["rosenbrock", one.rosenbrock],
  ["rotated-rosenbrock", one.rotatedRosenbrock],
  ["ellipsoid", one.rotatedEllipsoid],
  ["discus", one.discus],
  ["bent-cigar", one.bentCigar],
  ["sharp-ridge", one.sharpRidge],
  ["different-powers", one.differentPowers],
  ["rastrigin", many.rotatedRastrigin],
  ["weierstrass", many.weierstrass],
  ["schaffer", many.schaffer(10)],
  ["schaffer-squeezed", many.schaffer(1000)],
  ["griewank-rosenbrock", many.griewankRosenbrock],
  ["schwefel", many.schwefel],
  ["gallagher-101", many.gallagher(101, { condition: 1000, inner: 4, outer: 5 })],
  ["gallagher-21", many.gallagher(21, { condition: 1e6, inner: 3.92, outer: 4.9 })],
  ["katsuura", many.katsuura],
  ["lunacek", many.lunacek],
];

export const BBOB_COUNT = FUNCTIONS.length;

/**
 * A BBOB function in `dims` params, two or more.
 *
 * @param number - Its number in the paper, from 1.
 * @param seed - Decides the rotations, where the optimum is, and its value.
 */
export function bbob(number: number, dims: number, seed: number): ScalarProblem {
  const { f, best } = FUNCTIONS[number - 1]![1](drawInstance(seed, number, dims));
  const optimum = drawValue(seed, number, dims);
  return { ...box(dims, -5, 5, (x) => f(x) + optimum, optimum), best: paramsOf(best) };
}

/** The name of a problem: `f07-step-ellipsoid-10`. */
export const bbobName = (number: number, dims: number): string =>
  `f${String(number).padStart(2, "0")}-${FUNCTIONS[number - 1]![0]}-${dims}`;
