import { type BlockTrials, TIER } from "./block-trials.ts";

/** At most this many of the newest trials of each kind are used. */
const LIMIT = 256;
/** Width of the kernel of a single trial, in the unit interval; with more trials it shrinks by Scott's rule. */
const WIDTH = 0.15;

/**
 * The exponent of the probability of survival in a candidate's score. It is high, because the best params are often
 * close to those that need too much memory, and a trial that dies teaches little and costs as much as one that lives.
 */
export const CAUTION = 6;

/** The trials of a block that lived (complete, or stopped by the pruner) and those that broke a limit or failed. */
export interface Survival {
  /** Indices in `BlockTrials`, the newest first. */
  readonly alive: readonly number[];
  readonly dead: readonly number[];
  /** Width of a kernel, in the unit interval. */
  readonly width: number;
}

/** Which of a block's trials lived; null while none has died, because then there is nothing to learn. */
export function survivalOf({ size, tier, counts }: BlockTrials): Survival | null {
  if (counts[TIER.infeasible]! + counts[TIER.failed]! === 0) return null;
  const alive: number[] = [];
  const dead: number[] = [];
  for (let i = size - 1; i >= 0; i--) {
    const side = tier[i]! >= TIER.infeasible ? dead : alive;
    if (side.length < LIMIT) side.push(i);
  }
  const width = WIDTH * (alive.length + dead.length) ** -0.2;
  return { alive, dead, width };
}

/**
 * The log of the probability that a trial with the params in `trials.point` lives: naive Bayes, with one kernel density
 * per param for the trials that lived and one for those that died. Memory and time mostly depend on few params, which a
 * joint density over all params would be slow to find.
 */
export function logSurvival(trials: BlockTrials, { alive, dead, width }: Survival): number {
  const { layout, point } = trials;
  let logOdds = Math.log((dead.length + 1) / (alive.length + 1));
  for (let d = 0; d < layout.dims; d++) {
    logOdds += Math.log(
      densityAt(trials, dead, d, point[d]!, width) / densityAt(trials, alive, d, point[d]!, width),
    );
  }
  // log(1 / (1 + e^logOdds)), without overflow.
  return logOdds > 30 ? -logOdds : -Math.log1p(Math.exp(logOdds));
}

/** The density of the trials at a value of one param, with a flat prior worth one trial; 1 is uniform. */
function densityAt(
  { layout, points, leastWidths }: BlockTrials,
  of: readonly number[],
  d: number,
  at: number,
  commonWidth: number,
): number {
  const { dims, choices } = layout;
  let sum = 1;
  if (choices[d]! > 0) {
    for (const i of of) if (points[i * dims + d] === at) sum += choices[d]!;
    return sum / (of.length + 1);
  }
  const width = Math.max(commonWidth, leastWidths[d]!);
  const peak = 1 / (width * Math.sqrt(2 * Math.PI));
  for (const i of of) {
    const z = (points[i * dims + d]! - at) / width;
    if (z * z < 30) sum += peak * Math.exp(-0.5 * z * z);
  }
  return sum / (of.length + 1);
}
