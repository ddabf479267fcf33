import type { Rng } from "../../core/rng.ts";
import { type Direction, sign } from "../../core/search/direction.ts";
import { type History, STATE_CODE } from "../../core/search/history.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { isActive, type Space } from "../../core/space/space.ts";
import { cellCount, cellEdges, fromUnit, toUnit } from "../../core/space/unit-cube.ts";
import {
  type CmaConstants,
  type CmaState,
  cmaConstants,
  cmaPoint,
  cmaState,
  cmaUpdate,
  margins,
} from "./state.ts";

/** What the finished trials have made of the search; rebuilt from them at any time. */
export interface Run {
  /** How many trials of the history are in it. */
  read: number;
  /** The params that the normal distribution is over. */
  readonly numbers: readonly number[];
  readonly startup: number;
  readonly sigma: number;
  state: CmaState;
  constants: CmaConstants;
  /** The chances of the choices, for each categorical by its place in the space. */
  readonly chances: Map<number, Float64Array>;
  restarts: number;
  /** The random trials are taken in, and generations follow. */
  started: boolean;
  /** Trials of the generation that is not full yet. */
  members: Member[];
  /** The best values of the latest generations, to see when a run stands still. */
  recent: number[];
}

interface Member {
  readonly row: Float64Array;
  readonly point: Float64Array;
  readonly tier: number;
  readonly merit: number;
}

export function newRun(
  space: Space,
  sigma: number,
  population: number | undefined,
  startup: number | undefined,
): Run {
  const isNumber = (i: number): boolean => space.params[i]!.distribution.kind !== "categorical";
  const numbers = space.params.map((_, i) => i).filter(isNumber);
  const n = Math.max(1, numbers.length);
  const size = population ?? 4 + Math.floor(3 * Math.log(Math.max(n, space.params.length)));
  const run: Run = {
    read: 0,
    numbers,
    startup: startup ?? size,
    sigma,
    state: cmaState(new Float64Array(numbers.length).fill(0.5), sigma),
    constants: cmaConstants(n, size),
    chances: new Map(),
    restarts: 0,
    started: (startup ?? size) === 0,
    members: [],
    recent: [],
  };
  space.params.forEach(({ distribution }, i) => {
    if (distribution.kind !== "categorical") return;
    const count = distribution.choices.length;
    run.chances.set(i, new Float64Array(count).fill(1 / count));
  });
  return run;
}

/** Adds the trials that finished since the last call. */
export function catchUp(run: Run, { history, directions, studyRng }: AskContext): void {
  for (; run.read < history.size; run.read++) {
    run.members.push(memberOf(run, history, directions, run.read, studyRng));
    if (run.members.length < (run.started ? run.constants.population : run.startup)) continue;
    const members = run.members.sort((a, b) => a.tier - b.tier || compare(a.merit, b.merit));
    if (run.started) learn(run, members, studyRng);
    else start(run, members);
    run.members = [];
  }
}

function memberOf(
  run: Run,
  history: History,
  directions: readonly Direction[],
  i: number,
  studyRng: AskContext["studyRng"],
): Member {
  const row = Float64Array.from(history.params, (column) => column[i]!);
  const point = new Float64Array(run.numbers.length);
  let filled: Float64Array | null = null;
  run.numbers.forEach((p, a) => {
    if (!Number.isNaN(row[p]!)) point[a] = toUnit(history.space.params[p]!.distribution, row[p]!);
    else {
      filled ??= drawPoint(run, studyRng(`cmaes/fill/${history.number[i]}`), history.space);
      point[a] = filled[a]!;
    }
  });
  const over = history.violation[i]! + history.overrun[i]!;
  if (over > 0) return { row, point, tier: 2, merit: over };
  const isComplete = history.state[i] === STATE_CODE.complete;
  const value = isComplete ? history.values[0]![i]! : history.estimate[i]!;
  if (!Number.isNaN(value)) return { row, point, tier: 0, merit: value * sign(directions[0] ?? "minimize") };
  return { row, point, tier: history.state[i] === STATE_CODE.pruned ? 1 : 3, merit: 0 };
}

/** The search starts from the weighted mean of the better half of the random trials. */
function start(run: Run, members: readonly Member[]): void {
  const { parents, weights } = cmaConstants(Math.max(1, run.numbers.length), Math.max(4, members.length));
  const best = members.slice(0, parents);
  const total = best.reduce((sum, _, i) => sum + weights[i]!, 0);
  const mean = new Float64Array(run.numbers.length);
  best.forEach(({ point }, i) => {
    for (let a = 0; a < mean.length; a++) mean[a]! += (weights[i]! / total) * point[a]!;
  });
  run.state = cmaState(mean, run.sigma);
  run.started = true;
  learnChances(run, members);
}

function learn(run: Run, members: readonly Member[], studyRng: AskContext["studyRng"]): void {
  learnChances(run, members);
  if (run.numbers.length === 0) return;
  cmaUpdate(
    run.state,
    run.constants,
    members.map(({ point }) => point),
  );
  run.recent.push(members[0]!.tier === 0 ? members[0]!.merit : Number.POSITIVE_INFINITY);
  if (hasConverged(run)) restart(run, studyRng);
}

/** Moves each categorical's chances towards the better half, at the rate at which the covariance learns. */
function learnChances(run: Run, members: readonly Member[]): void {
  const { constants, chances } = run;
  const best = members.slice(0, Math.max(1, members.length >> 1));
  const rate = Math.min(0.5, constants.muEff / (chances.size + constants.muEff + 5));
  for (const [p, chance] of chances) {
    const active = best.filter(({ row }) => !Number.isNaN(row[p]!));
    if (active.length === 0) continue;
    const counts = new Float64Array(chance.length);
    for (const { row } of active) counts[row[p]!]! += 1 / active.length;
    const least = 1 / (4 * chance.length);
    let sum = 0;
    for (let k = 0; k < chance.length; k++) {
      chance[k] = Math.max(least, (1 - rate) * chance[k]! + rate * counts[k]!);
      sum += chance[k]!;
    }
    for (let k = 0; k < chance.length; k++) chance[k]! /= sum;
  }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A run stands still when its steps are tiny, or when its best values have been equal for many generations. */
function hasConverged({ state, constants, recent }: Run): boolean {
  let widest = 0;
  for (let a = 0; a < state.n; a++) widest = Math.max(widest, state.covariance[a * (state.n + 1)]!);
  if (!(state.sigma * Math.sqrt(widest) > 1e-9)) return true;
  const span = 10 + Math.ceil((30 * state.n) / constants.population);
  if (recent.length < span) return false;
  const last = recent.slice(-span);
  return (
    Math.max(...last) - Math.min(...last) <= 1e-14 * Math.abs(last[0]!) ||
    last.every((value) => value === last[0])
  );
}

function restart(run: Run, studyRng: AskContext["studyRng"]): void {
  run.restarts++;
  const stream = studyRng(`cmaes/restart/${run.restarts}`);
  const mean = Float64Array.from({ length: run.state.n }, () => stream.next());
  run.state = cmaState(mean, run.sigma);
  run.constants = cmaConstants(run.state.n, run.constants.population * 2);
  for (const chance of run.chances.values()) chance.fill(1 / chance.length);
  run.recent = [];
}

/** A row from the normal distribution and the chances. */
export function drawRow(run: Run, space: Space, stream: Rng): Float64Array {
  const point = drawPoint(run, stream, space);
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  let a = 0;
  for (let i = 0; i < row.length; i++) {
    const { distribution } = space.params[i]!;
    const isNumber = distribution.kind !== "categorical";
    const unit = isNumber ? point[a++]! : stream.next();
    if (!isActive(space, row, i)) continue;
    row[i] = isNumber ? fromUnit(distribution, unit) : chosen(run.chances.get(i)!, unit);
  }
  return row;
}

function chosen(chances: Float64Array, uniform: number): number {
  let rest = uniform;
  for (let k = 0; k < chances.length - 1; k++) {
    rest -= chances[k]!;
    if (rest < 0) return k;
  }
  return chances.length - 1;
}

const REDRAWS = 10;

/** A point of the normal distribution in the unit cube: drawn again while it is outside, in the end folded back. */
function drawPoint(run: Run, stream: Rng, space: Space): Float64Array {
  const { state, constants, numbers } = run;
  const spread = margins(
    state,
    constants,
    Float64Array.from(numbers, (p, a) => edgeOf(space, p, state.mean[a]!)),
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

/** The distance from the mean to the nearer edge of its cell, beyond which a neighbour begins; 0 for floats. */
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
