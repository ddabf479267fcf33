import { type Fit, fitParameters, type LogPrior } from "../../core/gaussian-process/fit.ts";
import type { Posterior } from "../../core/gaussian-process/posterior.ts";
import type { History } from "../../core/search/history.ts";
import { memo } from "../memo.ts";
import { type Learned, learn } from "./learned.ts";
import { type Columns, pointsOf } from "./observations.ts";
import { choose } from "./schedule.ts";

/** At most this many trials are used: all that died come before those that lived. */
const MOST = 200;
const NOISE: LogPrior = { mean: Math.log(1e-2), sd: 1, low: Math.log(1e-3), high: Math.log(0.1) };

/** The latest trials, and how much each of them that was lost adds to the margin. */
const LATEST = 40;
const STEP = 0.5;
const WIDEST = 0.95;

/**
 * How far above 0 the label that the model predicts should be. The best params are often at the edge of those that need
 * too much memory, and there the model alone would try again and again what lies just beyond it. So every loss moves the
 * search away from the edge for a while.
 */
export function marginOf({ lost, size }: Columns): number {
  let recent = 0;
  for (let k = lost.length - 1; k >= 0 && lost[k]! >= size - LATEST; k--) recent++;
  return Math.min(WIDEST, STEP * recent);
}

const kept = memo((_: History): { survival?: Learned<Fit> } => ({}));

/**
 * A Gaussian process of whether trials live: 1 for those that did, -1 for those that broke a constraint, that a limit
 * ended or that failed. It sees all params at once, so that it learns what depends on two of them, such as a memory that
 * grows with the product of two sizes.
 *
 * @returns null while none has died or none has lived, when there is nothing to learn.
 */
export function survivalOf(history: History, columns: Columns): Posterior | null {
  const { alive, coordinates, points, dead, size } = columns;
  if (dead === 0 || dead === size) return null;
  const label = (i: number): number => (alive[i] ? 1 : -1);
  const cache = kept(history);
  cache.survival = learn(cache.survival, size, {
    coordinates,
    points,
    at: (i) => i * coordinates.dims,
    choose: (count) => choose(alive, count, MOST),
    fit: (members) =>
      fitParameters({
        coordinates,
        points: pointsOf(columns, members),
        values: Float64Array.from(members, label),
        variances: new Float64Array(members.length),
        noise: NOISE,
      }),
    value: (_, i) => label(i),
    variance: () => 0,
  });
  return cache.survival.posterior;
}
