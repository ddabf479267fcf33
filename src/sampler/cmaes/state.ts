import { extendFactor, type Factor, solveLower } from "../../core/numeric/matrix.ts";
import { normalQuantile } from "../../core/numeric/normal.ts";

/**
 * The constants of CMA-ES for a number of params and a population, named as in Hansen, "The CMA Evolution Strategy: A
 * Tutorial", 2016.
 */
export interface CmaConstants {
  readonly population: number;
  /** The weights by rank: those of the better half are positive with sum 1, the others negative. */
  readonly weights: Float64Array;
  /** The size of the better half. */
  readonly parents: number;
  readonly muEff: number;
  readonly cSigma: number;
  readonly dSigma: number;
  readonly cC: number;
  readonly c1: number;
  readonly cMu: number;
  /** The expected length of a standard normal vector. */
  readonly chi: number;
}

export function cmaConstants(n: number, population: number): CmaConstants {
  const parents = population >> 1;
  const raw = Array.from({ length: population }, (_, i) => Math.log((population + 1) / 2) - Math.log(i + 1));
  const best = raw.slice(0, parents);
  const rest = raw.slice(parents);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const effective = (values: readonly number[]): number => sum(values) ** 2 / sum(values.map((v) => v * v));
  const muEff = effective(best);
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  const cMu = Math.min(1 - c1, (2 * (0.25 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff));
  const muEffRest = effective(rest);
  const limit = Math.min(1 + c1 / cMu, 1 + (2 * muEffRest) / (muEff + 2), (1 - c1 - cMu) / (n * cMu));
  const negative = -sum(rest.filter((weight) => weight < 0)) || 1;
  const cSigma = (muEff + 2) / (n + muEff + 5);
  return {
    population,
    weights: Float64Array.from(raw, (w) =>
      w >= 0 ? w / sum(best.filter((v) => v >= 0)) : (w * limit) / negative,
    ),
    parents,
    muEff,
    cSigma,
    dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma,
    cC: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    c1,
    cMu,
    chi: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}

/** The normal distribution over [0, 1]^n, and the evolution paths by which it learns. */
export interface CmaState {
  readonly n: number;
  readonly mean: Float64Array;
  sigma: number;
  /** n x n, row-major. */
  readonly covariance: Float64Array;
  /** Cholesky factor of the covariance. */
  factor: Factor;
  readonly sigmaPath: Float64Array;
  readonly covariancePath: Float64Array;
  generation: number;
}

export function cmaState(mean: Float64Array, sigma: number): CmaState {
  const n = mean.length;
  const state: CmaState = {
    n,
    mean: Float64Array.from(mean),
    sigma,
    covariance: Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0)),
    factor: [],
    sigmaPath: new Float64Array(n),
    covariancePath: new Float64Array(n),
    generation: 0,
  };
  factorise(state);
  return state;
}

/** Writes mean + sigma * spread * (factor z) to `out`; `spread` widens some params as `margins` says. */
export function cmaPoint(state: CmaState, z: Float64Array, spread: Float64Array, out: Float64Array): void {
  const { n, mean, sigma, factor } = state;
  for (let a = 0; a < n; a++) {
    const row = factor[a]!;
    let step = 0;
    for (let b = 0; b <= a; b++) step += row[b]! * z[b]!;
    out[a] = mean[a]! + sigma * spread[a]! * step;
  }
}

/**
 * The factor by which each param has to be drawn wider so that a step to a neighbour value keeps a probability of about
 * 1 / (n * population) on either side: the margin of Hamano et al., "CMA-ES with Margin", GECCO 2022. 1 for floats.
 *
 * @param edges - For each param, the distance from the mean to the edge of its cell; 0 for floats.
 */
export function margins(state: CmaState, constants: CmaConstants, edges: Float64Array): Float64Array {
  const { n, sigma, covariance } = state;
  const reach = normalQuantile(1 - 1 / (2 + n * constants.population));
  return Float64Array.from(edges, (edge, a) => {
    const deviation = sigma * Math.sqrt(covariance[a * (n + 1)]!);
    return Math.max(1, edge / (reach * deviation));
  });
}

/** Learns from one generation: its points in [0, 1]^n, from the best to the worst. */
export function cmaUpdate(state: CmaState, constants: CmaConstants, points: readonly Float64Array[]): void {
  const { n, mean, sigma } = state;
  const { weights, parents, muEff, cSigma, dSigma, cC, chi } = constants;
  const steps = points.map((point) => toStep(state, point));
  const step = new Float64Array(n);
  for (let i = 0; i < parents; i++) {
    for (let a = 0; a < n; a++) step[a]! += weights[i]! * steps[i]!.y[a]!;
  }
  for (let a = 0; a < n; a++) mean[a] = Math.min(1, Math.max(0, mean[a]! + sigma * step[a]!));
  const whitened = solveLower(state.factor, step, new Float64Array(n));
  const fade = Math.sqrt(cSigma * (2 - cSigma) * muEff);
  let length = 0;
  for (let a = 0; a < n; a++) {
    state.sigmaPath[a] = (1 - cSigma) * state.sigmaPath[a]! + fade * whitened[a]!;
    length += state.sigmaPath[a]! ** 2;
  }
  length = Math.sqrt(length);
  state.generation++;
  const settled = Math.sqrt(1 - (1 - cSigma) ** (2 * state.generation));
  // Hansen's h_sigma: the covariance path pauses while the step size grows fast.
  const moving = length / settled < (1.4 + 2 / (n + 1)) * chi;
  const push = moving ? Math.sqrt(cC * (2 - cC) * muEff) : 0;
  for (let a = 0; a < n; a++) state.covariancePath[a] = (1 - cC) * state.covariancePath[a]! + push * step[a]!;
  learnCovariance(state, constants, steps, moving);
  state.sigma = sigma * Math.exp(Math.min(1, (cSigma / dSigma) * (length / chi - 1)));
}

/** A point as a step from the mean, in units of sigma. */
interface Step {
  readonly y: Float64Array;
  /** Squared length of the step under the covariance. */
  readonly squared: number;
}

/**
 * A point as a step from the mean, in units of sigma. Steps that are too long to be this generation's own (enqueued
 * params, trials that were asked for long ago) are shortened: Hansen, "Injecting External Solutions into CMA-ES", 2011.
 */
function toStep(state: CmaState, point: Float64Array): Step {
  const { n, mean, sigma } = state;
  const y = Float64Array.from(point, (value, a) => (value - mean[a]!) / sigma);
  const white = solveLower(state.factor, y, new Float64Array(n));
  const squared = white.reduce((sum, value) => sum + value * value, 0);
  const limit = Math.sqrt(n) + (2 * n) / (n + 2);
  const shrink = Math.min(1, limit / Math.sqrt(squared || 1));
  return { y: y.map((value) => value * shrink), squared: squared * shrink * shrink };
}

function learnCovariance(
  state: CmaState,
  constants: CmaConstants,
  steps: readonly Step[],
  moving: boolean,
): void {
  const { n, covariance, covariancePath } = state;
  const { weights, c1, cMu, cC } = constants;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const lost = moving ? 0 : c1 * cC * (2 - cC);
  const scaled = steps.map(({ squared }, i) =>
    weights[i]! >= 0 ? weights[i]! : (weights[i]! * n) / (squared + 1e-12),
  );
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < steps.length; i++) sum += scaled[i]! * steps[i]!.y[a]! * steps[i]!.y[b]!;
      const old = covariance[a * n + b]!;
      const next =
        (1 + lost - c1 - cMu * total) * old + c1 * covariancePath[a]! * covariancePath[b]! + cMu * sum;
      covariance[a * n + b] = next;
      covariance[b * n + a] = next;
    }
  }
  factorise(state);
}

/** Factors the covariance anew. Where rounding has made a pivot too small, the covariance is raised with it. */
function factorise(state: CmaState): void {
  const { n, covariance } = state;
  state.factor = [];
  for (let a = 0; a < n; a++) {
    const least = 1e-14 * Math.max(1e-300, covariance[a * (n + 1)]!);
    const row = covariance.subarray(a * n, a * (n + 1) + 1);
    covariance[a * (n + 1)]! += extendFactor(state.factor, row, least);
  }
}
