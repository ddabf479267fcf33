import { fitParameters, type LogPrior } from "../../core/gaussian-process/fit.ts";
import {
  appendPoint,
  emptyPosterior,
  type Posterior,
  setValues,
  truncate,
} from "../../core/gaussian-process/posterior.ts";
import type { History } from "../../core/search/history.ts";
import { memo } from "../memo.ts";
import { type Columns, pointsOf } from "./observations.ts";
import { choose, fittedAt } from "./schedule.ts";

/**
 * A Gaussian process of whether trials live: 1 for those that did, -1 for those that broke a constraint, that a limit
 * ended or that failed. It sees all params at once, so that it learns what depends on two of them, such as a memory that
 * grows with the product of two sizes.
 */
export interface Survival {
  readonly fitted: number;
  readonly posterior: Posterior;
  readonly members: number[];
  considered: number;
}

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

const kept = memo((_: History): { survival: Survival | null } => ({ survival: null }));

/** The model of all finished trials; null while none has died or none has lived, when there is nothing to learn. */
export function survivalOf(history: History, columns: Columns): Survival | null {
  if (columns.dead === 0 || columns.dead === columns.size) return null;
  const count = columns.size;
  const fitted = fittedAt(count);
  const cache = kept(history);
  if (cache.survival?.fitted !== fitted) cache.survival = fitSurvival(columns, fitted);
  const { survival } = cache;
  truncate(survival.posterior, survival.members.length);
  for (; survival.considered < count; survival.considered++) append(survival, columns, survival.considered);
  setValues(
    survival.posterior,
    Float64Array.from(survival.members, (i) => labelOf(columns, i)),
  );
  return survival;
}

function labelOf({ alive }: Columns, i: number): number {
  return alive[i] ? 1 : -1;
}

function append({ posterior, members }: Survival, columns: Columns, i: number): void {
  appendPoint(posterior, columns.points, i * columns.coordinates.dims, 0);
  members.push(i);
}

function fitSurvival(columns: Columns, count: number): Survival {
  const { coordinates } = columns;
  const members = choose(columns.alive, count, MOST);
  const { parameters } = fitParameters({
    coordinates,
    points: pointsOf(columns, members),
    values: Float64Array.from(members, (i) => labelOf(columns, i)),
    variances: new Float64Array(members.length),
    noise: NOISE,
  });
  const survival: Survival = {
    fitted: count,
    posterior: emptyPosterior(coordinates, parameters),
    members: [],
    considered: count,
  };
  for (const i of members) append(survival, columns, i);
  return survival;
}
