import { type Regression, regressionOf, type Sample } from "../core/gaussian-process/regression.ts";
import type { Space } from "../core/space/space.ts";
import { type Embedding, embeddingOf } from "./embedding.ts";

/** A trial with its value or its estimate; the variance is that of an estimate, and 0 for the value of a complete trial. */
export interface Evaluated extends Sample {
  /** Whether the trial is complete, so that it can be the best of the study. */
  readonly isComplete: boolean;
}

/** The process is fitted to at most this many trials: half are the best ones, half are spread evenly over the others. */
const MOST = 80;
/** How many points of the space are evaluated before the local searches. */
const CANDIDATES = 512;
/** Local searches begin at this many of the best of these points, and at as many of the best trials. */
const STARTS = 5;
/** The steps of a local search along each param, one after the other. */
const SEARCH_STEPS = [0.1, 0.03, 0.01, 0.003];
/** The bound holds with a probability of 1 - DELTA, if the process describes the objective well. */
const DELTA = 0.1;

/**
 * An upper bound of the simple regret, that is of how much the best value can still improve (Makarova et al., "Automatic
 * Termination for Hyperparameter Optimization", AutoML 2022, section 3). It is the smallest upper confidence bound over the
 * points of complete trials, minus the smallest lower confidence bound over the whole space. Both are bounds of a Gaussian
 * process at mean plus or minus sqrt(beta) standard deviations, beta = 2 ln(d n^2 pi^2 / (6 delta)) / 5, as in the paper.
 *
 * @param noise - The variance of a value around its expectation for the params; null if it is not known.
 * @returns infinity if the values do not differ.
 */
export function regretBound(space: Space, trials: readonly Evaluated[], noise: number | null): number {
  const embedding = embeddingOf(space);
  const used = choose(trials);
  const regression = regressionOf(space, used, noise);
  if (!regression) return Number.POSITIVE_INFINITY; // equal values say nothing
  const { dimensions } = embedding;
  const width = Math.sqrt((2 / 5) * Math.log((dimensions * trials.length ** 2 * Math.PI ** 2) / (6 * DELTA)));
  const evaluated = used.filter(({ isComplete }) => isComplete).map(({ row }) => regression.predict(row));
  const upper = Math.min(...evaluated.map((each) => each.mean + width * each.sd));
  return Math.max(0, upper - lowest(regression, embedding, used, width));
}

/** Selects the trials that the process is fitted to, and keeps their order. */
function choose(trials: readonly Evaluated[]): readonly Evaluated[] {
  if (trials.length <= MOST) return trials;
  const order = trials.map((_, i) => i).sort((a, b) => trials[a]!.value - trials[b]!.value || a - b);
  const best = order.slice(0, MOST / 2);
  const others = order.slice(MOST / 2).sort((a, b) => a - b);
  const spread = Array.from(
    { length: MOST / 2 },
    (_, k) => others[Math.floor((k * others.length) / (MOST / 2))]!,
  );
  return [...best, ...spread].sort((a, b) => a - b).map((i) => trials[i]!);
}

/** The smallest lower confidence bound over the space, by local searches along one param at a time. */
function lowest(
  { predict }: Regression,
  embedding: Embedding,
  used: readonly Evaluated[],
  width: number,
): number {
  const boundAt = (units: Float64Array): number => {
    const { mean, sd } = predict(embedding.rowAt(units));
    return mean - width * sd;
  };
  const found = candidates(embedding.dimensions).map((units) => ({ units, bound: boundAt(units) }));
  found.sort((a, b) => a.bound - b.bound);
  const near = [...used].sort((a, b) => a.value - b.value).slice(0, STARTS);
  const starts = [...found.slice(0, STARTS), ...near.map(({ row }) => start(embedding, row, boundAt))];
  return Math.min(...starts.map(({ units, bound }) => descend(embedding, units, bound, boundAt)));
}

function start(embedding: Embedding, row: Float64Array, boundAt: (units: Float64Array) => number) {
  const units = embedding.unitsOf(row);
  return { units, bound: boundAt(units) };
}

function descend(
  embedding: Embedding,
  from: Float64Array,
  bound: number,
  boundAt: (units: Float64Array) => number,
): number {
  const units = from.slice();
  let least = bound;
  for (const step of SEARCH_STEPS) {
    for (let round = 0, moved = true; moved && round < MOST_ROUNDS; round++) {
      moved = false;
      for (let i = 0; i < units.length; i++) {
        const here = units[i]!;
        let best = here;
        for (const unit of embedding.moves(i, here, step)) {
          units[i] = unit;
          const there = boundAt(units);
          if (there >= least) continue;
          least = there;
          best = unit;
          moved = true;
        }
        units[i] = best;
      }
    }
  }
  return least;
}

/** A local search goes through all params at most this many times with the same step. */
const MOST_ROUNDS = 4;

/**
 * Points that cover the unit cube evenly, the same in each call: fractional parts of multiples of irrational numbers (the R
 * sequence of Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018).
 */
function candidates(dimensions: number): readonly Float64Array[] {
  let ratio = 2;
  for (let i = 0; i < 40; i++) ratio = (1 + ratio) ** (1 / (dimensions + 1));
  return Array.from({ length: CANDIDATES }, (_, k) =>
    Float64Array.from({ length: dimensions }, (_, d) => (0.5 + (k + 1) * ratio ** -(d + 1)) % 1),
  );
}
