import type { Coordinates } from "../../core/gaussian-process/coordinates.ts";
import type { Parameters } from "../../core/gaussian-process/fit.ts";
import {
  appendPoint,
  emptyPosterior,
  type Posterior,
  type PriorMean,
  setValues,
  truncate,
} from "../../core/gaussian-process/posterior.ts";
import { chosenAt, fittedAt } from "./schedule.ts";

/** A Gaussian process with what it has learned from: some of a list of observations, which only grows. */
export interface Learned<Fit> {
  readonly fit: Fit;
  readonly posterior: Posterior;
  /** The observations that are points of the posterior, as positions in the list. */
  readonly members: number[];
  /** With how many of the observations the parameters were fitted. */
  readonly fitted: number;
  /** From how many of them the first members were chosen. */
  readonly chosen: number;
  /** How many of them were considered: all that there were. */
  considered: number;
}

/** What a process learns. */
export interface Lesson<Fit> {
  readonly coordinates: Coordinates;
  /** Chooses the observations that are in the model, of the first `count`. */
  choose(count: number): readonly number[];
  /** Fits the parameters to these of the first `count` observations. */
  fit(members: readonly number[], count: number): Fit;
  /** The array that has the point of an observation, and where in it the point begins. */
  readonly points: Float64Array;
  at(k: number): number;
  /** The value of an observation, and the variance of it that is known. */
  value(fit: Fit, k: number): number;
  variance(fit: Fit, k: number): number;
}

/**
 * The process of the first `count` observations. It follows from them alone; what was learned before saves time.
 */
export function learn<Fit extends { readonly parameters: Parameters; readonly taught?: PriorMean | null }>(
  before: Learned<Fit> | undefined,
  count: number,
  lesson: Lesson<Fit>,
): Learned<Fit> {
  const fitted = fittedAt(count);
  const chosen = chosenAt(count);
  const append = ({ posterior, members, fit }: Learned<Fit>, k: number): void => {
    appendPoint(posterior, lesson.points, lesson.at(k), lesson.variance(fit, k));
    members.push(k);
  };
  let learned = before;
  if (learned?.chosen !== chosen) {
    const fit = learned?.fitted === fitted ? learned.fit : lesson.fit(lesson.choose(fitted), fitted);
    const posterior = emptyPosterior(lesson.coordinates, fit.parameters, fit.taught);
    learned = { fit, posterior, members: [], fitted, chosen, considered: chosen };
    for (const k of lesson.choose(chosen)) append(learned, k);
  }
  truncate(learned.posterior, learned.members.length);
  for (; learned.considered < count; learned.considered++) append(learned, learned.considered);
  const values = Float64Array.from(learned.members, (k) => lesson.value(learned.fit, k));
  setValues(learned.posterior, values);
  return learned;
}
