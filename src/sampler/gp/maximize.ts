import { toPoint } from "../../core/gaussian-process/coordinates.ts";
import type { Rng } from "../../core/rng.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { seenBefore } from "../distinct.ts";
import { around, inside, type Region, spreadOut } from "./candidates.ts";
import { climber, type Scored } from "./climb.ts";
import type { Scorer } from "./scorer.ts";

/** Local searches begin at the best candidate, at the best trial, and at candidates drawn by their scores. */
const STARTS = 5;

/**
 * Looks for the row with the largest score: candidates are screened, and local searches go on from some of them.
 *
 * @param best - The best trials, around which candidates are drawn too.
 * @param lengths - The lengthscale of each param, in units of its interval.
 * @param region - Where to look; null: anywhere.
 */
export function maximize(
  context: AskContext,
  scorer: Scorer,
  best: readonly Float64Array[],
  lengths: Float64Array,
  region: Region | null,
): Float64Array {
  const { history, space, noise } = context;
  const stream = context.rng("gp");
  const rows = region
    ? inside(space, region, stream)
    : [...spreadOut(space, stream), ...best.flatMap((row) => around(space, row, lengths, stream))];

  // Without noise a point that was tried has nothing to tell.
  const isTaken = noise ? () => false : seenBefore(history);
  const local = climber(scorer, lengths, isTaken, region);
  const screened = screen(scorer, rows, isTaken);
  const starts = [...startsOf(screened, stream), local.scored(best[0]!)];
  const climbed = starts.map(local.climb).sort(byScore);
  const last = local.climb(local.exchange(climbed[0]!));
  return [last, ...climbed, ...screened].sort(byScore)[0]!.row;
}

const byScore = (a: Scored, b: Scored): number => b.score - a.score;

/**
 * Scores the candidates, the best first. A score with the upper bound of the variance is an upper bound, so that as soon
 * as the bound of the next candidate is below the scores of enough others, it and the rest need not be scored.
 */
function screen(
  scorer: Scorer,
  rows: readonly Float64Array[],
  isTaken: (row: Float64Array) => boolean,
): Scored[] {
  const { coordinates } = scorer;
  const point = new Float64Array(coordinates.dims);
  const bounded = rows.map((row) => {
    toPoint(coordinates, row, point);
    return { row, bound: scorer.boundAt(point) };
  });
  bounded.sort((a, b) => b.bound - a.bound);
  const best: Scored[] = [];
  for (const { row, bound } of bounded) {
    if (best.length >= KEPT && bound <= best[KEPT - 1]!.score) break;
    if (isTaken(row)) continue;
    toPoint(coordinates, row, point);
    const score = scorer.scoreAt(point);
    const worse = best.findIndex((other) => other.score < score);
    best.splice(worse < 0 ? best.length : worse, 0, { row, score });
  }
  return best;
}

/** How many candidates are known exactly at the end of the screening. */
const KEPT = 12;

/** The best candidate, and others, each drawn with a probability that is its share of the expected improvement. */
function startsOf(screened: readonly Scored[], stream: Rng): Scored[] {
  const starts = screened.slice(0, 1);
  const open = screened.slice(1);
  while (starts.length < STARTS - 1 && open.length > 0) {
    const top = open[0]!.score;
    const weights = open.map(({ score }) => Math.exp(score - top));
    let rest = stream.next() * weights.reduce((sum, weight) => sum + weight, 0);
    let at = 0;
    while (at < open.length - 1 && rest >= weights[at]!) rest -= weights[at++]!;
    starts.push(...open.splice(at, 1));
  }
  return starts;
}
