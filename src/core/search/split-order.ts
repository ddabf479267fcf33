import { median } from "../aggregate.ts";
import { type History, STATE_CODE, splitValues } from "./history.ts";
import { perHistory } from "./per-history.ts";

/** The orders in which the splits of a trial can run; `given` is the order in the study, by split number. */
export const SPLIT_ORDERS = ["informative", "given"] as const;
export type SplitOrder = (typeof SPLIT_ORDERS)[number];

/**
 * The order is learned from the first 10 complete trials, and then again from the first 20, 40, 80 and 160. Fewer than 10
 * are too few to learn from. In between the order stays, so that most trials can be compared at the same splits. More than
 * 160 would change nothing, because how well a split predicts the mean depends on the data alone.
 */
const LEAST = 10;
const MOST = 160;

/** The cache for a history and a number of splits. */
interface Learned {
  /** How many trials of the history have been read. */
  read: number;
  /** Indices of the complete trials with values of all splits, ascending; at most `MOST`. */
  readonly complete: number[];
  /** The deviations of the first n of these trials, by n. */
  readonly deviations: Map<number, Deviations>;
}

/** A row for each trial, with a number for each split; see `deviate`. */
type Deviations = readonly Float64Array[];

const learnedOf = perHistory(() => new Map<number, Learned>());

/**
 * The splits that a trial has still to run, in the order that makes its mean so far a good estimate of its final mean
 * soonest. The next split is always the one with which, in the complete trials, the mean so far would have been closest to
 * the final mean. The hardness of each split, which is common to all trials, is subtracted first. The order is a pure
 * function of `history` and `done`, so that a trial continues after a crash in the order in which it began.
 *
 * @param done - The splits that are recorded already.
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
    left.forEach((split, index) => {
      let squares = 0;
      for (let i = 0; i < sums.length; i++) squares += (sums[i]! + deviations[i]![split]!) ** 2;
      if (squares < least) [best, least] = [index, squares];
    });
    const [next] = left.splice(best, 1);
    for (let i = 0; i < sums.length; i++) sums[i]! += deviations[i]![next!]!;
    order.push(next!);
  }
  return order;
}

/** The splits that a trial has still to run, ascending. */
export function givenOrder(splitCount: number, done: readonly number[]): number[] {
  const isDone = new Set(done);
  return Array.from({ length: splitCount }, (_, split) => split).filter((split) => !isDone.has(split));
}

/** The deviations learned from a history so far; null if it has too few complete trials. */
function deviationsOf(history: History, splitCount: number): Deviations | null {
  const kept = learnedOf(history);
  const learned: Learned = kept.get(splitCount) ?? { read: 0, complete: [], deviations: new Map() };
  kept.set(splitCount, learned);
  for (; learned.read < history.size && learned.complete.length < MOST; learned.read++)
    if (hasAllSplits(history, learned.read, splitCount)) learned.complete.push(learned.read);
  // The cache may have read further than this history, which can be the beginning of a longer one.
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
 * The deviation of each split of each trial: its value minus the trial's mean, minus the hardness of the split, which is
 * the median of this difference over the trials. Each row is scaled to length 1, so that all trials count alike and a
 * diverged one does not dominate. Trials whose splits do not deviate are left out.
 */
function deviate(history: History, trials: readonly number[], splitCount: number): Deviations {
  const sizes: number[] = [];
  const rows = trials.map((i) => {
    const row = splitValues(history, i, splitCount);
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

/** Deviations below this share of the largest value of a trial are rounding errors. */
const ROUNDING = 1e-12;

function largest(row: Float64Array): number {
  return row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
