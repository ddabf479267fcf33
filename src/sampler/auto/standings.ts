import { type Direction, sign } from "../../core/search/direction.ts";
import { valueOrEstimate } from "../../core/search/evaluation.ts";
import { type History, proposerOf, STATE_CODE } from "../../core/search/history.ts";
import { countAtLeastAsGood, withPoint } from "../../core/search/pareto.ts";
import { memo } from "../memo.ts";

/** So many of the latest trials of each proposer, and of the latest improvements, give credit. */
const RECENT = 10;
/** So many of the best trials are kept. */
const BEST = 10;

/** What the finished trials say about those who proposed them: it follows from the history, whoever reads it. */
export interface Standings {
  /** Number of finished trials that were read. */
  size: number;
  /** The best value so far, the smaller the better. */
  best: number;
  /**
   * How many trials have ended since the best one, with several directions since the last one on the front; and since the
   * last one that was lost, Infinity without one.
   */
  since: number;
  lost: number;
  /**
   * Who proposed the latest trials that were better than all before, the oldest first. With several directions those count
   * that no trial before was at least as good as in every one: they add to the hypervolume of the front.
   */
  readonly improvers: string[];
  /**
   * The values of the latest trials of each proposer, the smaller the better; Infinity for one that has none. With several
   * directions the number of trials that were on the front and at least as good in every one.
   */
  readonly recent: Map<string, number[]>;
  /** The best trials, as indices in the history, and their values, the best first; empty with several directions. */
  readonly top: { readonly index: number; readonly value: number }[];
  /** With several directions, the values of the trials that no other one dominates, the smaller the better. */
  front: (readonly number[])[];
}

const standingsFor = memo(
  (_: History): Standings => ({
    size: 0,
    best: Number.POSITIVE_INFINITY,
    since: 0,
    lost: Number.POSITIVE_INFINITY,
    improvers: [],
    recent: new Map(),
    top: [],
    front: [],
  }),
);

/** The standings of all finished trials of the history. */
export function standingsOf(history: History, directions: readonly Direction[]): Standings {
  const standings = standingsFor(history);
  const flips = directions.map(sign);
  for (; standings.size < history.size; standings.size++) {
    standings.since++;
    standings.lost = isLost(history, standings.size) ? 0 : standings.lost + 1;
    if (flips.length > 1) readSeveral(standings, history, standings.size, flips);
    else read(standings, history, standings.size, flips[0] ?? 1);
  }
  return standings;
}

function read(standings: Standings, history: History, i: number, flip: number): void {
  const value = scoreOf(history, i, flip);
  addRecent(standings, history, i, value);
  if (value < standings.best) {
    // The first value is better than none, which is nobody's merit.
    if (standings.top.length > 0) addImprovement(standings, history, i);
    standings.best = value;
    standings.since = 0;
  }
  const place = standings.top.findIndex((each) => value < each.value);
  if (value === Number.POSITIVE_INFINITY || (place < 0 && standings.top.length >= BEST)) return;
  standings.top.splice(place < 0 ? standings.top.length : place, 0, { index: i, value });
  if (standings.top.length > BEST) standings.top.pop();
}

function readSeveral(standings: Standings, history: History, i: number, flips: readonly number[]): void {
  const { front } = standings;
  const costs = flips.map((flip, k) => flip * history.values[k]![i]!);
  const isWhole = history.state[i] === STATE_CODE.complete && costs.every(Number.isFinite);
  const isAlive = isWhole && history.violation[i] === 0;
  const better = countAtLeastAsGood(front, costs);
  addRecent(standings, history, i, isAlive ? better : Number.POSITIVE_INFINITY);
  if (!isAlive || better > 0) return;
  if (front.length > 0) addImprovement(standings, history, i);
  standings.since = 0;
  standings.front = withPoint(front, costs);
}

function addRecent({ recent }: Standings, history: History, i: number, value: number): void {
  const by = proposerOf(history, i) ?? "";
  const own = recent.get(by) ?? [];
  if (own.length === 0) recent.set(by, own);
  own.push(value);
  if (own.length > RECENT) own.shift();
}

function addImprovement({ improvers }: Standings, history: History, i: number): void {
  improvers.push(proposerOf(history, i) ?? "");
  if (improvers.length > RECENT) improvers.shift();
}

/** Whether a trial was ended by a limit, failed, or broke a constraint. */
function isLost({ overrun, violation, state }: History, i: number): boolean {
  return overrun[i]! > 0 || violation[i]! > 0 || state[i] === STATE_CODE.fail;
}

/** The value or estimate of a trial that lived, the smaller the better; Infinity for any other. */
function scoreOf(history: History, i: number, flip: number): number {
  const isComplete = history.state[i] === STATE_CODE.complete;
  const isWhole = isComplete || (history.state[i] === STATE_CODE.pruned && history.overrun[i] === 0);
  if (!isWhole || history.violation[i]! > 0) return Number.POSITIVE_INFINITY;
  const value = flip * valueOrEstimate(history, i);
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
}
