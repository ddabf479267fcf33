import { solveUpper } from "../../core/numeric/matrix.ts";
import { fittedAt } from "../gp/schedule.ts";
import { fitLogistic, type Logistic, logSigmoid, sigmoid, sumOf } from "./logistic.ts";
import { baseAt, basesOf, type Points, type Terms, termsOf, writeSlopes, writeTerms } from "./terms.ts";

/** At most so many trials that died, the newest, and so many that lived take part. */
const MOST = 128;
/** The scales of the weights that are tried, from a vague edge to a sharp one. */
const SCALES = [1, 8, 64];
/** The scale of a product is so much smaller than that of a base, and that of the constant so much larger. */
const [OF_PRODUCTS, OF_CONSTANT] = [0.5, 4];
/** By how much all weights may be multiplied after the fit, as powers of two, in steps of a quarter. */
const [LEAST_POWER, MOST_POWER] = [-1, 6];
/** The standard deviation of the logarithm of that factor. */
const FACTOR_SD = 1.5;

/** The trials of which some have died. */
export interface Lives extends Points {
  /** Whether a trial lived: it broke no constraint, no limit ended it, and it did not fail. */
  readonly lived: (i: number) => boolean;
}

/**
 * A model of which trials live: a logistic regression on all params and their products. So it sees a limit for what grows
 * with the product or the sum of two sizes after a few trials, also where the size of one alone says little.
 */
export interface Survival {
  readonly terms: Terms;
  readonly logistic: Logistic;
  /** With how many trials it was fitted. */
  readonly size: number;
}

/**
 * After how many of `size` trials the model is fitted anew: the latest that died, or a later one of a schedule. It follows
 * from the trials alone, so that a study that was killed and resumed has the model of an undisturbed one.
 */
export function fitPoint(size: number, lived: (i: number) => boolean): number {
  let latest = size;
  for (const scheduled = fittedAt(size); latest > scheduled && lived(latest - 1); ) latest--;
  return latest;
}

/** Fits the model to the first `size` trials, of which some have died and some have lived. */
export function fitSurvival(lives: Lives, size: number): Survival {
  const members = membersOf(lives, size);
  const labels = Float64Array.from(members, (i) => (lives.lived(i) ? 1 : -1));
  const terms = chosenTerms(lives, members, labels);
  const rows = new Float64Array(members.length * terms.size);
  for (const [k, i] of members.entries())
    writeTerms(terms, lives.points, i * lives.dims, rows, k * terms.size);
  let best: Logistic | null = null;
  let latest: Logistic | null = null;
  for (const scale of SCALES) {
    const precisions = Float64Array.from(terms.second, (second, k) => {
      if (k === 0) return (OF_CONSTANT * scale) ** -2;
      return (second < 0 ? scale : OF_PRODUCTS * scale) ** -2;
    });
    latest = fitLogistic(rows, labels, precisions, latest?.weights);
    if (best === null || latest.evidence > best.evidence) best = latest;
  }
  return { terms, logistic: sharpened(best!, rows, labels), size };
}

/** The newest trials that died; of those that lived half are the newest, and the others are spread evenly over the rest. */
function membersOf({ lived }: Lives, size: number): number[] {
  const dead: number[] = [];
  const alive: number[] = [];
  for (let i = size - 1; i >= 0; i--) {
    if (lived(i)) alive.push(i);
    else if (dead.length < MOST) dead.push(i);
  }
  const some = alive.slice(0, MOST >> 1);
  const rest = alive.slice(MOST >> 1);
  const open = Math.min(rest.length, MOST - some.length);
  for (let k = 0; k < open; k++) some.push(rest[Math.floor((k * rest.length) / open)]!);
  return [...dead, ...some];
}

/** The terms by how far apart those that died and those that lived are in each base, in standard errors. */
function chosenTerms(lives: Lives, members: readonly number[], labels: Float64Array): Terms {
  const bases = basesOf(lives);
  const weights = bases.map((base) => {
    const values = members.map((i) => baseAt(base, lives.points, i * lives.dims));
    const means = [0, 0];
    const counts = [0, 0];
    labels.forEach((label, k) => {
      means[label > 0 ? 1 : 0]! += values[k]!;
      counts[label > 0 ? 1 : 0]!++;
    });
    const squares = [0.1, 0.1];
    labels.forEach((label, k) => {
      const side = label > 0 ? 1 : 0;
      squares[side]! += (values[k]! - means[side]! / counts[side]!) ** 2;
    });
    const error = squares[0]! / counts[0]! ** 2 + squares[1]! / counts[1]! ** 2;
    return Math.abs(means[0]! / counts[0]! - means[1]! / counts[1]!) / Math.sqrt(error);
  });
  return termsOf(bases, weights);
}

/**
 * Multiplies all weights by the factor that makes the labels likeliest: the prior of so many weights holds a sharp edge to
 * be unlikely, also where trials on either side of it have come close to each other.
 */
function sharpened(logistic: Logistic, rows: Float64Array, labels: Float64Array): Logistic {
  const { weights, factor, evidence } = logistic;
  const sums = labels.map((label, i) => {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += rows[i * weights.length + k]! * weights[k]!;
    return label * sum;
  });
  let [best, height] = [1, Number.NEGATIVE_INFINITY];
  for (let power = LEAST_POWER; power <= MOST_POWER; power += 0.25) {
    let own = -0.5 * ((power * Math.LN2) / FACTOR_SD) ** 2;
    for (const sum of sums) own += logSigmoid(2 ** power * sum);
    if (own > height) [best, height] = [2 ** power, own];
  }
  return {
    weights: weights.map((weight) => weight * best),
    factor: factor.map((row) => row.map((entry) => entry / best)),
    evidence,
  };
}

const EIGHTH = Math.PI / 8;

/** How likely trials live. */
export type Chance = ReturnType<typeof chanceOf>;

/** Makes the functions that say how likely a trial lives. They share buffers, so one result is read before the next. */
function chanceOf({ terms, logistic }: Survival, margin: number) {
  const row = new Float64Array(terms.size);
  const scratch = new Float64Array(terms.size);
  const logitAt = (points: Float64Array, at: number): number => {
    writeTerms(terms, points, at, row);
    let sum = 0;
    for (let k = 0; k < row.length; k++) sum += logistic.weights[k]! * row[k]!;
    return sum;
  };
  return {
    logitAt,
    /**
     * The logarithm of the chance to live at the point that begins at `at`, where the edge is moved by the margin, in
     * logits. Where little is known the chance is at most about one half.
     */
    logChanceAt(points: Float64Array, at = 0): number {
      writeTerms(terms, points, at, row);
      const { mean, variance } = sumOf(logistic, row, scratch);
      const logit = mean - margin;
      return logSigmoid(logit > 0 ? logit / Math.sqrt(1 + EIGHTH * variance) : logit);
    },
    /** The same, with its derivatives by the positions of the first dimensions, all numbers, in `gradient`. */
    logChanceWithSlopes(point: Float64Array, gradient: Float64Array, other: Float64Array): number {
      writeTerms(terms, point, 0, row);
      const { mean, variance } = sumOf(logistic, row, scratch);
      const logit = mean - margin;
      const shrink = logit > 0 ? 1 / Math.sqrt(1 + EIGHTH * variance) : 1;
      const slope = sigmoid(-logit * shrink) * shrink;
      writeSlopes(terms, point, 0, logistic.weights, gradient);
      solveUpper(logistic.factor, scratch, scratch);
      writeSlopes(terms, point, 0, scratch, other);
      const byVariance = logit > 0 ? -EIGHTH * logit * shrink * shrink : 0;
      for (let d = 0; d < gradient.length; d++) gradient[d] = slope * (gradient[d]! + byVariance * other[d]!);
      return logSigmoid(logit * shrink);
    },
  };
}

/** The latest trials: of these each that was lost moves the edge by `STEP` logits at first, and all by `WIDEST` at most. */
export const LATEST = 80;
const [STEP, WIDEST] = [3, 6];

/**
 * The chance to live, by an edge that is moved for a while by every loss. The best params are often at the edge of those
 * that need too much memory, and the model alone would try again and again what lies just beyond it. A loss that it does not
 * explain, among trials that live, moves the edge less.
 *
 * @param trials - The points of all `size` trials, and which of the latest ones were lost.
 */
export function carefulChance(
  survival: Survival,
  {
    dims,
    points,
    lost,
    size,
  }: Pick<Points, "dims" | "points"> & { readonly lost: readonly number[]; readonly size: number },
): Chance {
  const { logitAt } = chanceOf(survival, 0);
  let margin = 0;
  for (const i of lost) margin += STEP * sigmoid(-logitAt(points, i * dims)) * (1 - (size - 1 - i) / LATEST);
  return chanceOf(survival, Math.min(WIDEST, margin));
}

/** What is kept of a model between asks. */
export interface KeptSurvival {
  survival?: Survival;
}

/**
 * The chance to live by all `size` trials, of which some have died and some have lived. The model is fitted anew only where
 * `fitPoint` says so.
 *
 * @param kept - Keeps the model for the next ask.
 * @param lost - Which of the latest trials were lost, as `carefulChance` takes it.
 */
export function chanceToLive(
  kept: KeptSurvival,
  lives: Lives,
  { size, lost }: { readonly size: number; readonly lost: readonly number[] },
): Chance {
  const at = fitPoint(size, lives.lived);
  if (kept.survival?.size !== at) kept.survival = fitSurvival(lives, at);
  return carefulChance(kept.survival, { dims: lives.dims, points: lives.points, lost, size });
}
