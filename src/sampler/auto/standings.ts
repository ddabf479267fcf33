import { type Direction, sign } from "../../core/search/direction.ts";
import { type History, proposerOf, STATE_CODE } from "../../core/search/history.ts";
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
  /** Who proposed the latest trials that were better than all before, the oldest first. */
  readonly improvers: string[];
  /** The values of the latest trials of each proposer, the smaller the better; Infinity for one that has none. */
  readonly recent: Map<string, number[]>;
  /** The best trials, as indices in the history, and their values, the best first. */
  readonly top: { readonly index: number; readonly value: number }[];
}

const standingsFor = memo(
  (_: History): Standings => ({
    size: 0,
    best: Number.POSITIVE_INFINITY,
    improvers: [],
    recent: new Map(),
    top: [],
  }),
);

/** The standings of all finished trials of the history. */
export function standingsOf(history: History, directions: readonly Direction[]): Standings {
  const standings = standingsFor(history);
  const flip = sign(directions[0] ?? "minimize");
  for (; standings.size < history.size; standings.size++) read(standings, history, standings.size, flip);
  return standings;
}

function read(standings: Standings, history: History, i: number, flip: number): void {
  const by = proposerOf(history, i) ?? "";
  const value = scoreOf(history, i, flip);
  const recent = standings.recent.get(by) ?? [];
  if (recent.length === 0) standings.recent.set(by, recent);
  recent.push(value);
  if (recent.length > RECENT) recent.shift();
  if (value < standings.best) {
    // The first value is better than none, which is nobody's merit.
    if (standings.top.length > 0) standings.improvers.push(by);
    if (standings.improvers.length > RECENT) standings.improvers.shift();
    standings.best = value;
  }
  const place = standings.top.findIndex((each) => value < each.value);
  if (value === Number.POSITIVE_INFINITY || (place < 0 && standings.top.length >= BEST)) return;
  standings.top.splice(place < 0 ? standings.top.length : place, 0, { index: i, value });
  if (standings.top.length > BEST) standings.top.pop();
}

/** The value or estimate of a trial that lived, the smaller the better; Infinity for any other. */
function scoreOf(history: History, i: number, flip: number): number {
  const isComplete = history.state[i] === STATE_CODE.complete;
  const isWhole = isComplete || (history.state[i] === STATE_CODE.pruned && history.overrun[i] === 0);
  if (!isWhole || history.violation[i]! > 0) return Number.POSITIVE_INFINITY;
  const value = flip * (isComplete ? history.values[0]![i]! : history.estimate[i]!);
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
}
