import type { Rng } from "../../core/rng.ts";
import { type Direction, sign } from "../../core/search/direction.ts";
import { valueOrEstimate } from "../../core/search/evaluation.ts";
import { type History, proposerOf, rowAt, STATE_CODE } from "../../core/search/history.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { isActive, type Space } from "../../core/space/space.ts";
import { cellCount, cellEdges, fromUnit, toUnit } from "../../core/space/unit-cube.ts";
import { changeSearch, hasConverged, type Searches } from "./searches.ts";
import { cmaConstants, cmaPoint, cmaState, cmaUpdate, margins } from "./state.ts";

/** The state of the evolution strategy. It follows from the finished trials, so it can be computed anew at any time. */
export interface Strategy extends Searches {
  /** How many trials of the history it has learned from. */
  read: number;
  /** How many there were when the last generation was complete. */
  learned: number;
  /** Indices of the number params, over which the normal distribution is. */
  readonly numeric: readonly number[];
  readonly startup: number;
  /** The initial step size. */
  readonly sigma: number;
  /**
   * The name of the proposer whose trials alone make generations after the start, which is from the best of all trials;
   * null: anybody's do, and the start is from the better half.
   */
  readonly own: string | null;
  /** The probabilities of the choices of each categorical, by its index in the space. */
  readonly probabilities: Map<number, Float64Array>;
  restarts: number;
  /** Whether all random trials are finished, so that trials now make generations. */
  started: boolean;
  /** The finished trials of the generation that is not complete yet. */
  members: Member[];
  /** The first trials, as many as a generation has: from the better half of them a search begins that is to lead elsewhere. */
  first: readonly Member[];
}

/** A finished trial as part of a generation. */
interface Member {
  readonly row: Float64Array;
  /** Its number params in the unit cube. */
  readonly point: Float64Array;
  /** The rank of its kind of end: members of a smaller tier are better, whatever their merit. */
  readonly tier: number;
  /** The rank within a tier: smaller is better. */
  readonly merit: number;
}

export function newStrategy(
  space: Space,
  sigma: number,
  population: number | undefined,
  startup: number | undefined,
  own: string | null = null,
): Strategy {
  const isNumber = (i: number): boolean => space.params[i]!.distribution.kind !== "categorical";
  const numeric = space.params.map((_, i) => i).filter(isNumber);
  const n = Math.max(1, numeric.length);
  const size = population ?? 4 + Math.floor(3 * Math.log(Math.max(n, space.params.length)));
  const strategy: Strategy = {
    read: 0,
    learned: 0,
    numeric,
    startup: startup ?? size,
    sigma,
    own,
    state: cmaState(new Float64Array(numeric.length).fill(0.5), sigma),
    constants: cmaConstants(n, size),
    probabilities: new Map(),
    restarts: 0,
    started: (startup ?? size) === 0,
    members: [],
    first: [],
    recent: [],
    best: Number.POSITIVE_INFINITY,
    left: [],
    isLast: false,
  };
  space.params.forEach(({ distribution }, i) => {
    if (distribution.kind !== "categorical") return;
    const count = distribution.choices.length;
    strategy.probabilities.set(i, new Float64Array(count).fill(1 / count));
  });
  return strategy;
}

/** Adds the trials that finished since the last call. */
export function addFinished(strategy: Strategy, context: AskContext): void {
  const { history, directions, studyRng } = context;
  for (; strategy.read < history.size; strategy.read++) {
    const isOther = strategy.own !== null && proposerOf(history, strategy.read) !== strategy.own;
    if (isOther && strategy.started) continue;
    strategy.members.push(memberOf(strategy, history, directions, strategy.read, studyRng));
    if (strategy.members.length < (strategy.started ? strategy.constants.population : strategy.startup))
      continue;
    const { population } = strategy.constants;
    const members = ranked(strategy.members);
    if (strategy.started) learnGeneration(strategy, members, context);
    else {
      strategy.first = ranked(strategy.members.slice(0, population));
      startFrom(strategy, strategy.own === null ? members : members.slice(0, population));
    }
    strategy.members = [];
    strategy.learned = strategy.read + 1;
  }
}

const ranked = (members: readonly Member[]): Member[] =>
  [...members].sort((a, b) => a.tier - b.tier || compare(a.merit, b.merit));

function memberOf(
  strategy: Strategy,
  history: History,
  directions: readonly Direction[],
  i: number,
  studyRng: AskContext["studyRng"],
): Member {
  const row = rowAt(history, i);
  const point = new Float64Array(strategy.numeric.length);
  let filled: Float64Array | null = null;
  strategy.numeric.forEach((p, a) => {
    if (!Number.isNaN(row[p]!)) point[a] = toUnit(history.space.params[p]!.distribution, row[p]!);
    else {
      filled ??= samplePoint(strategy, studyRng(`cmaes/fill/${history.number[i]}`), history.space);
      point[a] = filled[a]!;
    }
  });
  const over = history.violation[i]! + history.overrun[i]!;
  if (over > 0) return { row, point, tier: 2, merit: over };
  const value = valueOrEstimate(history, i);
  if (!Number.isNaN(value)) return { row, point, tier: 0, merit: value * sign(directions[0] ?? "minimize") };
  return { row, point, tier: history.state[i] === STATE_CODE.pruned ? 1 : 3, merit: 0 };
}

/** Starts the search from the weighted mean of the better half of some trials, the best of which is first. */
function startFrom(strategy: Strategy, members: readonly Member[]): void {
  const mean = meanOf(strategy, members);
  strategy.state = cmaState(
    mean,
    strategy.own === null ? strategy.sigma : reachOf(members, mean, strategy.sigma),
  );
  strategy.started = true;
  learnProbabilities(strategy, members);
}

function meanOf({ numeric }: Strategy, members: readonly Member[]): Float64Array {
  const { parents, weights } = cmaConstants(Math.max(1, numeric.length), Math.max(4, members.length));
  const best = members.slice(0, parents);
  const total = best.reduce((sum, _, i) => sum + weights[i]!, 0);
  const mean = new Float64Array(numeric.length);
  best.forEach(({ point }, i) => {
    for (let a = 0; a < mean.length; a++) mean[a]! += (weights[i]! / total) * point[a]!;
  });
  return mean;
}

/** So many times their spread is the step from the best trials of another sampler, and at least this. */
const REACH = 2;
const LEAST_REACH = 0.005;

/** The step with which a search goes on from the best trials of another sampler: the closer they lie together, the shorter. */
function reachOf(members: readonly Member[], mean: Float64Array, most: number): number {
  let squares = 0;
  for (const { point } of members) {
    for (let a = 0; a < mean.length; a++) squares += (point[a]! - mean[a]!) ** 2;
  }
  const spread = Math.sqrt(squares / Math.max(1, members.length * mean.length));
  return Math.min(most, Math.max(LEAST_REACH, REACH * spread));
}

function learnGeneration(
  strategy: Strategy,
  members: readonly Member[],
  { studyRng, trials }: AskContext,
): void {
  learnProbabilities(strategy, members);
  if (strategy.numeric.length === 0) return;
  cmaUpdate(
    strategy.state,
    strategy.constants,
    members.map(({ point }) => point),
  );
  const best = members[0]!.tier === 0 ? members[0]!.merit : Number.POSITIVE_INFINITY;
  strategy.recent.push(best);
  strategy.best = Math.min(strategy.best, best);
  const begin = (): void => restart(strategy, studyRng);
  if (strategy.own !== null) changeSearch(strategy, begin, strategy.read + 1, trials);
  else if (hasConverged(strategy)) begin();
}

/** Moves the probabilities of each categorical towards its choices in the better half of a generation. */
function learnProbabilities(strategy: Strategy, members: readonly Member[]): void {
  const { constants, probabilities } = strategy;
  const best = members.slice(0, Math.max(1, members.length >> 1));
  const rate = Math.min(0.5, constants.muEff / (probabilities.size + constants.muEff + 5));
  for (const [p, own] of probabilities) {
    const active = best.filter(({ row }) => !Number.isNaN(row[p]!));
    if (active.length === 0) continue;
    const counts = new Float64Array(own.length);
    for (const { row } of active) counts[row[p]!]! += 1 / active.length;
    const least = 1 / (4 * own.length);
    let sum = 0;
    for (let k = 0; k < own.length; k++) {
      own[k] = Math.max(least, (1 - rate) * own[k]! + rate * counts[k]!);
      sum += own[k]!;
    }
    for (let k = 0; k < own.length; k++) own[k]! /= sum;
  }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Begins another search: at a random place, with twice the population. The first one after that which went on from another
 * sampler's trials begins where cmaes would have begun alone, with the same population.
 */
function restart(strategy: Strategy, studyRng: AskContext["studyRng"]): void {
  const { state, constants, own, restarts } = strategy;
  const isFirst = own !== null && restarts === 0;
  strategy.restarts++;
  const stream = studyRng(`cmaes/restart/${strategy.restarts}`);
  const mean = isFirst
    ? meanOf(strategy, strategy.first)
    : Float64Array.from({ length: state.n }, () => stream.next());
  strategy.state = cmaState(mean, strategy.sigma);
  strategy.constants = isFirst ? constants : cmaConstants(state.n, constants.population * 2);
  for (const each of strategy.probabilities.values()) each.fill(1 / each.length);
  strategy.recent = [];
  strategy.best = Number.POSITIVE_INFINITY;
}

/** A row drawn from the normal distribution and, for categoricals, from their probabilities. */
export function sampleRow(strategy: Strategy, space: Space, stream: Rng): Float64Array {
  const point = samplePoint(strategy, stream, space);
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  let a = 0;
  for (let i = 0; i < row.length; i++) {
    const { distribution } = space.params[i]!;
    const isNumber = distribution.kind !== "categorical";
    const unit = isNumber ? point[a++]! : stream.next();
    if (!isActive(space, row, i)) continue;
    row[i] = isNumber ? fromUnit(distribution, unit) : choiceAt(strategy.probabilities.get(i)!, unit);
  }
  return row;
}

function choiceAt(probabilities: Float64Array, uniform: number): number {
  let rest = uniform;
  for (let k = 0; k < probabilities.length - 1; k++) {
    rest -= probabilities[k]!;
    if (rest < 0) return k;
  }
  return probabilities.length - 1;
}

/** How many points outside the unit cube are drawn before one is folded back. */
const REDRAWS = 10;

/** A point of the unit cube, drawn from the normal distribution; if it keeps falling outside, it is folded back. */
function samplePoint(strategy: Strategy, stream: Rng, space: Space): Float64Array {
  const { state, constants, numeric } = strategy;
  const spread = margins(
    state,
    constants,
    Float64Array.from(numeric, (p, a) => edgeOf(space, p, state.mean[a]!)),
  );
  const z = new Float64Array(state.n);
  const point = new Float64Array(state.n);
  for (let redraw = 0; redraw < REDRAWS; redraw++) {
    for (let a = 0; a < state.n; a++) z[a] = stream.normal();
    cmaPoint(state, z, spread, point);
    if (point.every((value) => value >= 0 && value <= 1)) return point;
  }
  return point.map(fold);
}

/**
 * The distance from the mean to the farther edge of its cell, beyond which the neighbour value begins; 0 for floats. An
 * edge at the end of the range does not count.
 */
function edgeOf(space: Space, p: number, mean: number): number {
  const { distribution } = space.params[p]!;
  if (cellCount(distribution) < 2) return 0;
  const [low, high] = cellEdges(distribution, fromUnit(distribution, mean));
  const inner = [mean - low, high - mean].filter((_, side) => (side === 0 ? low > 0 : high < 1));
  return Math.max(0, ...inner);
}

/** Reflects a number at 0 and 1 until it lies between them. */
function fold(value: number): number {
  const turned = Math.abs(value) % 2;
  return turned > 1 ? 2 - turned : turned;
}
