import { type History, STATE_CODE } from "../core/search/history.ts";
import { perHistory } from "../core/search/per-history.ts";

/** The trial that the others are compared with. */
export interface Incumbent {
  readonly number: number;
  /** Its value at each split that it finished. */
  readonly splits: ReadonlyMap<number, number>;
}

/** A trial that was the best when it ended. */
interface Leader {
  /** Its index in the history. */
  readonly i: number;
  /** What trials are ranked by, the first difference decides; smaller is better. */
  readonly merit: readonly number[];
}

/** The best trials of a history so far. In both lists each entry is better than the one before it. */
interface Leaders {
  /** How many trials of the history have been read. */
  read: number;
  readonly complete: Leader[];
  /** Trials that a limit of time or memory ended. */
  readonly guarded: Leader[];
  /** The incumbent that was returned last, and its index in the history. */
  last: { readonly i: number; readonly incumbent: Incumbent } | null;
}

/**
 * Finds the best feasible complete trial. As long as there is none, it finds the trial that finished most splits before a
 * limit of time or memory ended it, and among equals the one with the best mean. Each finished trial is read once.
 */
export function incumbents(): (history: History, flip: 1 | -1) => Incumbent | null {
  const leadersOf = { 1: perHistory(noLeaders), [-1]: perHistory(noLeaders) };
  return (history, flip) => {
    const leaders = leadersOf[flip](history);
    for (; leaders.read < history.size; leaders.read++) take(leaders, history, leaders.read, flip);
    const isKnown = ({ i }: Leader): boolean => i < history.size;
    const leader = leaders.complete.findLast(isKnown) ?? leaders.guarded.findLast(isKnown);
    if (!leader) return null;
    const { i } = leader;
    if (leaders.last?.i !== i) leaders.last = { i, incumbent: incumbentOf(history, i) };
    return leaders.last.incumbent;
  };
}

function noLeaders(): Leaders {
  return { read: 0, complete: [], guarded: [], last: null };
}

function take(leaders: Leaders, history: History, i: number, flip: 1 | -1): void {
  const number = history.number[i]!;
  if (history.state[i] === STATE_CODE.complete) {
    const value = history.values[0]![i]! * flip;
    if (history.violation[i] === 0 && !Number.isNaN(value))
      lead(leaders.complete, { i, merit: [value, number] });
  } else if (history.guarded[i] === 1) {
    let sum = 0;
    let count = 0;
    for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++) {
      if (Number.isNaN(history.stepValue[k]!)) continue;
      sum += history.stepValue[k]! * flip;
      count++;
    }
    if (count > 0) lead(leaders.guarded, { i, merit: [-count, sum / count, number] });
  }
}

function lead(leaders: Leader[], leader: Leader): void {
  const best = leaders.at(-1);
  if (!best || isBetter(leader.merit, best.merit)) leaders.push(leader);
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  const k = a.findIndex((value, at) => value !== b[at]);
  return k >= 0 && a[k]! < b[k]!;
}

function incumbentOf(history: History, i: number): Incumbent {
  const splits = new Map<number, number>();
  for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++)
    splits.set(history.step[k]!, history.stepValue[k]!);
  return { number: history.number[i]!, splits };
}
