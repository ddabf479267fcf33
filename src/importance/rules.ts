import type { Space } from "../core/space/space.ts";
import { conditionsOf, type RangeCondition, type Split } from "./conditions.ts";

/** A rule over params that separates some trials from the others. */
export interface Rule {
  /** One or two, of which both must hold. */
  readonly conditions: readonly RangeCondition[];
  /** How many of the trials that are to be separated it holds for. */
  readonly support: number;
  /** How many trials it holds for. */
  readonly trials: number;
  /** How many times as frequent they are where it holds as among all trials. */
  readonly lift: number;
  /** Probability that chance alone brings any rule this far, corrected for all rules that were looked at. */
  readonly p: number;
}

/** The mark of a trial that belongs neither to the marked ones nor to the others. */
export const UNKNOWN = 2;

const LEAST_SUPPORT = 3;
/** A rule with a smaller lift separates nothing, however many trials prove it. */
const LEAST_LIFT = 1.2;
const SIGNIFICANT = 0.05;
/** A second condition must make the square of the correlation larger by this factor. */
const LEAST_GAIN = 1.1;

interface Found {
  readonly places: readonly (readonly [split: Split, at: number])[];
  readonly support: number;
  readonly trials: number;
  /** Square of the correlation between the rule and the marks (phi coefficient). */
  readonly score: number;
}

/**
 * The shortest rule that separates marked trials from the others; null where chance explains every rule. The rules are all
 * single conditions and all pairs of conditions on two params, with at most 31 thresholds a param, which do not depend on
 * the marks. The rule with the largest correlation is taken, a pair only if each of its conditions adds to the other. Its
 * p value is Fisher's exact one, times the number of rules looked at (Bonferroni's correction).
 *
 * @param columns - The values of each param, as the numbers of rows; NaN where it is inactive.
 * @param splits - What `splitParams` made of them; several searches share it.
 * @param marks - 1 for each trial that is to be separated, 0 for each other, `UNKNOWN` for one that is left out.
 * @param searches - How many such searches are made of one study, for which p is corrected too.
 */
export function findRule(
  space: Space,
  columns: readonly Float64Array[],
  splits: readonly Split[],
  marks: Uint8Array,
  searches: number,
): Rule | null {
  let [trials, marked] = [0, 0];
  for (const mark of marks) {
    if (mark !== UNKNOWN) trials++;
    if (mark === 1) marked++;
  }
  if (marked < LEAST_SUPPORT || marked === trials) return null;
  const logs = logFactorials(trials);
  const score = (support: number, inside: number): number => {
    const excess = support * trials - inside * marked;
    return support < LEAST_SUPPORT || support * trials < LEAST_LIFT * inside * marked
      ? 0
      : excess ** 2 / (inside * (trials - inside) * marked * (trials - marked) || Number.POSITIVE_INFINITY);
  };
  const singles = splits.reduce((sum, split) => sum + split.ranges.length, 0);
  const pairs = splits.reduce(
    (sum, a, i) => sum + splits.slice(i + 1).reduce((n, b) => n + a.ranges.length * b.ranges.length, 0),
    0,
  );
  const single = bestSingle(splits, marks, score);
  const pair = bestPair(splits, marks, score);
  const correct = (found: Found | null, rules: number): number =>
    found === null
      ? 1
      : Math.min(1, 2 * rules * searches * tail(logs, trials, marked, found.trials, found.support));
  const [p, pPair] = [correct(single, singles), correct(pair, pairs)];
  const gains =
    pair !== null &&
    pPair < SIGNIFICANT &&
    (p >= SIGNIFICANT || pair.score > LEAST_GAIN * single!.score) &&
    pair.places.every(([split, at]) => {
      const [n, k] = counter(split, marks)(at);
      return singles * tail(logs, n, k, pair.trials, pair.support) < SIGNIFICANT;
    });
  const chosen = gains ? pair : p < SIGNIFICANT ? single : null;
  if (!chosen) return null;
  return {
    conditions: chosen.places.map(([split, at]) => conditionsOf(space, columns, split, at)),
    support: chosen.support,
    trials: chosen.trials,
    lift: chosen.support / chosen.trials / (marked / trials),
    p: gains ? pPair : p,
  };
}

type Score = (support: number, inside: number) => number;

function bestSingle(splits: readonly Split[], marks: Uint8Array, score: Score): Found | null {
  let best: Found | null = null;
  for (const split of splits) {
    const count = counter(split, marks);
    split.ranges.forEach((_, at) => {
      const [trials, support] = count(at);
      const found = score(support, trials);
      if (found > (best?.score ?? 0)) best = { places: [[split, at]], support, trials, score: found };
    });
  }
  return best;
}

/** Counts the trials in a range, and the marked ones. */
function counter({ bins, count, ranges }: Split, marks: Uint8Array): (at: number) => [number, number] {
  const all = new Float64Array(count + 2);
  const marked = new Float64Array(count + 2);
  for (let i = 0; i < bins.length; i++) {
    const mark = marks[i]!;
    if (mark === UNKNOWN) continue;
    all[bins[i]! + 1]!++;
    marked[bins[i]! + 1]! += mark;
  }
  for (let bin = 1; bin < all.length; bin++) {
    all[bin]! += all[bin - 1]!;
    marked[bin]! += marked[bin - 1]!;
  }
  return (at) => {
    const { from, to } = ranges[at]!;
    return [all[to]! - all[from]!, marked[to]! - marked[from]!];
  };
}

function bestPair(splits: readonly Split[], marks: Uint8Array, score: Score): Found | null {
  let best: Found | null = null;
  splits.forEach((a, i) => {
    for (const b of splits.slice(i + 1)) {
      const [all, marked] = tables(a, b, marks);
      const width = b.count + 2;
      a.ranges.forEach((rows, atA) => {
        b.ranges.forEach((columns, atB) => {
          const sum = (table: Float64Array): number =>
            table[rows.to * width + columns.to]! -
            table[rows.from * width + columns.to]! -
            table[rows.to * width + columns.from]! +
            table[rows.from * width + columns.from]!;
          const support = sum(marked);
          if (support < LEAST_SUPPORT) return;
          const trials = sum(all);
          const found = score(support, trials);
          if (found > (best?.score ?? 0))
            best = {
              places: [
                [a, atA],
                [b, atB],
              ],
              support,
              trials,
              score: found,
            };
        });
      });
    }
  });
  return best;
}

/** Numbers of trials, and of marked ones, below each pair of bins: sums over a table of both params. */
function tables(a: Split, b: Split, marks: Uint8Array): readonly [Float64Array, Float64Array] {
  const width = b.count + 2;
  const all = new Float64Array((a.count + 2) * width);
  const marked = new Float64Array(all.length);
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!;
    if (mark === UNKNOWN) continue;
    const at = (a.bins[i]! + 1) * width + b.bins[i]! + 1;
    all[at]!++;
    marked[at]! += mark;
  }
  for (const table of [all, marked])
    for (let row = 1; row <= a.count + 1; row++)
      for (let at = row * width + 1; at < (row + 1) * width; at++)
        table[at]! += table[at - 1]! + table[at - width]! - table[at - width - 1]!;
  return [all, marked];
}

function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  for (let i = 2; i <= n; i++) logs[i] = logs[i - 1]! + Math.log(i);
  return logs;
}

/** Fisher's exact test: the probability that of `marked` among `trials` at least `support` are in a part of `inside`. */
function tail(logs: Float64Array, trials: number, marked: number, inside: number, support: number): number {
  const choose = (n: number, k: number): number => logs[n]! - logs[k]! - logs[n - k]!;
  const whole = choose(trials, inside);
  let sum = 0;
  for (let k = Math.max(support, inside + marked - trials); k <= Math.min(marked, inside); k++) {
    const term = Math.exp(choose(marked, k) + choose(trials - marked, inside - k) - whole);
    sum += term;
    if (k * trials > inside * marked && term < sum * 1e-12) break;
  }
  return Math.min(1, sum);
}
