import { type History, STATE_CODE } from "./history.ts";
import { perHistory } from "./per-history.ts";

/** In which order the splits of a trial run: `given` is that of the study, by their numbers. */
export const SPLIT_ORDERS = ["informative", "given"] as const;
export type SplitOrder = (typeof SPLIT_ORDERS)[number];

/**
 * The order is learned from the first 10 complete trials, then anew from the first 20, 40, 80 and 160. Fewer say little;
 * in between it stays, so that most trials can be compared at the same splits; and what a split tells is a matter of the
 * data, of which more trials say nothing new.
 */
const LEAST = 10;
const MOST = 160;

/** How a history's complete trials with all splits lie around their means. */
interface Learned {
  /** How many trials have been looked at. */
  read: number;
  /** The places of those that count, ascending; at most `MOST`. */
  readonly complete: number[];
  /** The deviations of the first so many of them. */
  readonly deviations: Map<number, Deviations>;
}

/** A row for each trial with a number for each split. */
type Deviations = readonly Float64Array[];

const learnedOf = perHistory(() => new Map<number, Learned>());

/**
 * The splits that a trial has still to run, the one that tells most about its final mean first. Each next one is that with
 * which the mean of all splits so far, less how hard they are for all trials, would have been closest to the mean of all
 * splits in the complete trials: so it is as close as it can be whenever a pruner judges. A pure function of history and
 * `done`, so that a trial which goes on after a crash goes on in the order in which it began.
 *
 * @param done - The splits that are recorded.
 */
export function informativeOrder(history: History, splitCount: number, done: readonly number[]): number[] {
  const left = givenOrder(splitCount, done);
  const deviations = deviationsOf(history, splitCount);
  if (deviations === null) return left;
  const sums = deviations.map((row) => done.reduce((sum, split) => sum + row[split]!, 0));
  const order: number[] = [];
  while (left.length > 0) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    left.forEach((split, place) => {
      let squares = 0;
      for (let i = 0; i < sums.length; i++) squares += (sums[i]! + deviations[i]![split]!) ** 2;
      if (squares < least) [best, least] = [place, squares];
    });
    const [next] = left.splice(best, 1);
    for (let i = 0; i < sums.length; i++) sums[i]! += deviations[i]![next!]!;
    order.push(next!);
  }
  return order;
}

/** The splits that a trial has still to run, by their numbers. */
export function givenOrder(splitCount: number, done: readonly number[]): number[] {
  const isDone = new Set(done);
  return Array.from({ length: splitCount }, (_, split) => split).filter((split) => !isDone.has(split));
}

/** What is learned from a history so far; null: too little. */
function deviationsOf(history: History, splitCount: number): Deviations | null {
  const kept = learnedOf(history);
  const learned: Learned = kept.get(splitCount) ?? { read: 0, complete: [], deviations: new Map() };
  kept.set(splitCount, learned);
  for (; learned.read < history.size && learned.complete.length < MOST; learned.read++)
    if (hasAllSplits(history, learned.read, splitCount)) learned.complete.push(learned.read);
  // A history may be the beginning of the one that was read.
  let known = learned.complete.length;
  while (known > 0 && learned.complete[known - 1]! >= history.size) known--;
  if (known < LEAST) return null;
  let size = LEAST;
  while (size * 2 <= known) size *= 2;
  const found = learned.deviations.get(size);
  if (found) return found;
  const deviations = deviate(history, learned.complete.slice(0, size), splitCount);
  learned.deviations.set(size, deviations);
  return deviations;
}

function hasAllSplits(history: History, i: number, splitCount: number): boolean {
  const [start, end] = [history.stepStart[i]!, history.stepStart[i + 1]!];
  if (history.state[i] !== STATE_CODE.complete || end - start !== splitCount) return false;
  return history.stepValue.subarray(start, end).every(Number.isFinite);
}

/**
 * By how much each split of each trial lies above the trial's mean, less how hard the split is: the median of that over
 * the trials. Each trial counts alike, whatever its noise, so that one that has diverged decides nothing.
 */
function deviate(history: History, trials: readonly number[], splitCount: number): Deviations {
  const sizes: number[] = [];
  const rows = trials.map((i) => {
    const row = new Float64Array(splitCount);
    for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++)
      row[history.step[k]!] = history.stepValue[k]!;
    sizes.push(largest(row));
    const mean = row.reduce((sum, value) => sum + value / splitCount, 0);
    return row.map((value) => value - mean);
  });
  for (let split = 0; split < splitCount; split++) {
    const hardness = median(rows.map((row) => row[split]!));
    for (const row of rows) row[split]! -= hardness;
  }
  return rows.flatMap((row, i) => {
    const size = largest(row);
    if (!(size > sizes[i]! * ROUNDING && size < Number.POSITIVE_INFINITY)) return [];
    const scaled = row.map((value) => value / size);
    const length = Math.hypot(...scaled);
    return [scaled.map((value) => value / length)];
  });
}

/** Deviations below this share of the values are what rounding leaves. */
const ROUNDING = 1e-12;

function largest(row: Float64Array): number {
  return row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
