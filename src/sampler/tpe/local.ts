import type { Rng } from "../../core/rng.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { foldIn, fromUnit } from "../../core/space/unit-cube.ts";
import { type BlockTrials, readPoint, TIER } from "./block-trials.ts";
import { CAUTION, logSurvival, survivalOf } from "./feasibility.ts";
import { type Frame, frameOf, fromFrame, toFrame } from "./frame.ts";
import { fitLocal, logExpectedImprovements } from "./local-model.ts";
import { rankWeights } from "./parzen.ts";
import { addRows, emptyList, type RowList, rowOf } from "./row-list.ts";

/**
 * From so many finished trials on this share of the proposals is made near the best ones. It is below a half because the
 * best of several valleys is found by the others, and because such a proposal takes somewhat longer.
 */
const LEAST_HISTORY = 40;
const SHARE = 0.4;
/**
 * With trials running there are fewer rounds in which to learn. So there this share is made near the best trials, and the
 * model chooses from so many times the candidates as trials run, with the one that is proposed, up to a limit.
 */
const SHARE_BESIDE = 0.6;
const MOST_TIMES = 8;
/** How many of the best trials, the elite, span the region: some, and more for each param. */
const [LEAST_ELITE, ELITE_PER_PARAM, MOST_ELITE] = [6, 2, 25];
/** How many trials the model has besides the elite, and in all. */
const [LEAST_OTHERS, OTHERS_PER_PARAM, MOST_TRIALS] = [20, 2, 32];
/** How many candidates are drawn, as a share of those from the density: to score one takes longer here. */
const CANDIDATES = 2 / 3;
/** With fewer trials than this there is no model. */
const LEAST_TRIALS = 8;
/**
 * A candidate lies around one of the elite, by steps of this factor times Scott's, and times a power of two between these
 * exponents: the model says which size of step is good.
 */
const WIDTH = 1.2;
const [SMALLEST_STEP, LARGEST_STEP] = [-3, 1];
/** How often a candidate outside the space is drawn anew, before it is folded back. */
const TRIES = 2;
/** A region is narrow when the elite agree to this share of a range in all params; then the search goes on elsewhere. */
const NARROW = 1e-5;
/** Where more than this share of the trials died, the best trials lie at an edge, around which too many candidates die. */
const MOST_DEAD = 0.1;
/** How far from the best trial of a narrow region the next one begins, as a share of each range. */
const APART = 0.1;
/** How many narrow regions are left alone. */
const MOST_NARROW = 8;

/**
 * Whether it is the turn of a proposal near the best trials. Conditional params would need a region for each combination
 * of those that are active, and noise makes trials the best by luck.
 */
export function isLocalTurn({ history, directions, noise, rng }: AskContext, blocks: number): boolean {
  if (history.size < LEAST_HISTORY || noise || directions.length > 1 || blocks !== 1) return false;
  return rng("tpe/local").next() < (history.running.size > 0 ? SHARE_BESIDE : SHARE);
}

/**
 * A proposal in the region that the best trials span, which becomes smaller as they come closer to each other: candidates
 * are drawn around them, along the directions in which they differ, and the one with the largest expected improvement by
 * a Gaussian process of a few trials is taken. Where the best trials agree, the region is that of the best ones elsewhere.
 *
 * @returns null when there are not enough trials with a value, or no candidate is new.
 */
export function localRow(
  context: AskContext,
  trials: BlockTrials,
  candidates: number,
  stream: Rng,
): Float64Array | null {
  const { dims, ownNumbers } = trials.layout;
  const dead = trials.counts[TIER.infeasible]! + trials.counts[TIER.failed]!;
  if (ownNumbers === 0 || dead > MOST_DEAD * trials.size) return null;
  const most = Math.min(MOST_TRIALS, eliteOf(dims) + LEAST_OTHERS + OTHERS_PER_PARAM * ownNumbers);
  const region = regionOf(trials, most);
  if (!region) return null;
  const points = placeTrials(context, trials, region);
  const values = region.rows.map((row) => trials.merit[row]!);
  const model = fitLocal(trials.layout, points, values);
  if (!model) return null;
  const times = Math.min(MOST_TIMES, 1 + context.history.running.size);
  const count = Math.ceil(CANDIDATES * candidates * times);
  const rows = emptyList(context.space, count);
  addRows(rows, context, count, (row) => drawNear(trials, region, points, row, stream));
  const scores = logExpectedImprovements(model, placeRows(trials, region, rows));
  const survival = survivalOf(trials);
  let best = -1;
  for (let c = 0; c < rows.count; c++) {
    if (survival) {
      readPoint(trials, rows.values, c * rows.width);
      scores[c]! += CAUTION * logSurvival(trials, survival);
    }
    if (best < 0 || scores[c]! > scores[best]!) best = c;
  }
  return best < 0 ? null : rowOf(rows, best);
}

/** The points of a region's trials and of those that run, row-major: numbers in the frame, categoricals by index. */
function placeTrials({ history }: AskContext, trials: BlockTrials, { rows, frame }: Region): Float64Array {
  const { dims } = trials.layout;
  const points = new Float64Array((rows.length + history.running.size) * dims);
  for (let i = 0; i < rows.length; i++)
    for (let d = 0; d < dims; d++) points[i * dims + d] = trials.points[rows[i]! * dims + d]!;
  let i = rows.length;
  for (const { row } of history.running.values()) {
    readPoint(trials, row);
    points.set(trials.point, dims * i++);
  }
  toFrame(frame, points, dims);
  return points;
}

/** The same for rows. */
function placeRows(trials: BlockTrials, { frame }: Region, { values, width, count }: RowList): Float64Array {
  const { dims } = trials.layout;
  const points = new Float64Array(count * dims);
  for (let c = 0; c < count; c++) {
    readPoint(trials, values, c * width);
    points.set(trials.point, c * dims);
  }
  toFrame(frame, points, dims);
  return points;
}

/** The trials of a region, the best first, of which the first `elite` span it. */
interface Region {
  readonly rows: readonly number[];
  readonly elite: number;
  readonly frame: Frame;
  /** Scott's width for the elite, in the frame. */
  readonly width: number;
}

function eliteOf(dims: number): number {
  return Math.min(MOST_ELITE, LEAST_ELITE + ELITE_PER_PARAM * dims);
}

/** The region of the best trials, but for those regions that are narrow already; null if there are too few trials. */
function regionOf(trials: BlockTrials, most: number): Region | null {
  const narrow: number[] = [];
  for (;;) {
    const rows = bestApart(trials, narrow, most);
    if (rows.length < LEAST_TRIALS) return null;
    const elite = Math.min(eliteOf(trials.layout.dims), rows.length);
    const weights = rankWeights(elite).map((weight) => weight / elite);
    const frame = frameOf(trials, rows, weights);
    if (narrow.length === MOST_NARROW || !isNarrow(trials, rows.slice(0, elite), frame))
      return { rows, elite, frame, width: WIDTH * elite ** (-1 / (trials.layout.ownNumbers + 4)) };
    narrow.push(rows[0]!);
  }
}

function isNarrow(
  { layout, points, leastWidths }: BlockTrials,
  elite: readonly number[],
  frame: Frame,
): boolean {
  if (frame.spreads.some((spread, d) => spread > Math.max(NARROW, leastWidths[d]! / 2))) return false;
  for (let d = layout.ownNumbers; d < layout.dims; d++) {
    const choice = points[elite[0]! * layout.dims + d];
    if (elite.some((row) => points[row * layout.dims + d] !== choice)) return false;
  }
  return true;
}

/** Up to `most` of the best complete trials that are not close to any of the given ones. */
function bestApart(trials: BlockTrials, from: readonly number[], most: number): number[] {
  const { order, counts, merit } = trials;
  const rows: number[] = [];
  for (let i = 0; i < counts[TIER.complete]! && rows.length < most; i++) {
    const row = order[i]!;
    if (Number.isFinite(merit[row]) && !from.some((other) => isClose(trials, row, other))) rows.push(row);
  }
  return rows;
}

function isClose({ layout, points }: BlockTrials, a: number, b: number): boolean {
  const { dims, ownNumbers } = layout;
  for (let d = 0; d < dims; d++) {
    const apart = Math.abs(points[a * dims + d]! - points[b * dims + d]!);
    if (apart > (d < ownNumbers ? APART : 0)) return false;
  }
  return true;
}

/** Draws a row around one of the elite. */
function drawNear(
  { layout, params, distributions, point: place }: BlockTrials,
  region: Region,
  points: Float64Array,
  row: Float64Array,
  stream: Rng,
): void {
  const { dims, ownNumbers, choices } = layout;
  const { elite, frame } = region;
  const from = dims * chooseElite(elite, stream);
  const power = SMALLEST_STEP + (LARGEST_STEP - SMALLEST_STEP) * stream.next();
  const width = region.width * 2 ** power;
  let isInside = false;
  for (let tries = 0; tries <= TRIES && !isInside; tries++) {
    isInside = true;
    for (let d = 0; d < ownNumbers; d++) {
      if (!isInside && tries < TRIES) {
        // A place that is outside already is given up. It takes the random numbers of a whole one, so that the next place is
        // the same wherever this one was left.
        stream.next();
        stream.next();
        continue;
      }
      place[d] = points[from + d]! + width * stream.normal();
      const unit = fromFrame(frame, place, d);
      isInside &&= unit >= 0 && unit <= 1;
      row[params[d]!] = unit;
    }
  }
  for (let d = 0; d < ownNumbers; d++) {
    const p = params[d]!;
    row[p] = fromUnit(distributions[d]!, foldIn(row[p]!));
  }
  for (let d = ownNumbers; d < dims; d++) {
    const isKept = stream.next() < elite / (elite + choices[d]!);
    row[params[d]!] = isKept ? points[from + d]! : stream.int(choices[d]!);
  }
}

/** The rank of one of the elite, better ones more often. */
function chooseElite(elite: number, stream: Rng): number {
  const weights = rankWeights(elite);
  let rest = stream.next() * elite;
  for (let k = 0; k < elite - 1; k++) {
    rest -= weights[k]!;
    if (rest < 0) return k;
  }
  return elite - 1;
}
