import { BelayError, show } from "../error.ts";
import { checkOptions, wholeNumber } from "../options.ts";
import { evenParts } from "./k-fold.ts";
import { countRows, type Rows } from "./rows.ts";
import type { Split } from "./split.ts";

/**
 * Options of `purgedCombinatorial`.
 *
 * @example
 * purgedCombinatorial(prices, { groups: 10, testGroups: 2, evaluationTimes: exits, embargo: 5 })
 */
export interface PurgedCombinatorialOptions {
  /** Number of groups of consecutive rows into which the data is cut. @default 6 */
  readonly groups?: number;
  /** Number of groups that validate in each split. @default 2 */
  readonly testGroups?: number;
  /** When the features of each row were known: ascending numbers, in a unit of your own. @default the row's number */
  readonly predictionTimes?: ArrayLike<number>;
  /**
   * When the label of each row was known, not before its prediction time, in that unit.
   *
   * @default the prediction time
   */
  readonly evaluationTimes?: ArrayLike<number>;
  /**
   * Time that must lie between a training row and a validation group, on both sides; 0 only excludes overlap.
   *
   * @default 0
   */
  readonly purge?: number;
  /** Further time after each validation group in which no row trains, against slow correlation. @default 0 */
  readonly embargo?: number;
}

/**
 * A split of `purgedCombinatorial`.
 *
 * @example
 * // The part of each validation set that belongs to backtest path 0.
 * splits.flatMap(({ testGroups, paths }) => testGroups.filter((_, i) => paths[i] === 0))
 */
export interface CombinatorialSplit extends Split {
  /** Indices of the groups that make up `validation`, ascending. */
  readonly testGroups: readonly number[];
  /** For each of `testGroups`, the backtest path to which its part of the validation belongs. */
  readonly paths: readonly number[];
}

/**
 * Combinatorial purged cross-validation (Lopez de Prado, Advances in Financial Machine Learning, 2018, ch. 7 and 12).
 * The rows, in the order of time, are cut into `groups`. Every choice of `testGroups` of them is the validation set of
 * one split, and the other groups train. A training row is left out (purged) when the time from its prediction to its
 * evaluation overlaps with that of a validation group (ends included), comes nearer to it than `purge`, or begins
 * within `embargo` after it.
 *
 * There are C(groups, testGroups) splits and `combinatorialPaths(groups, testGroups)` backtest paths. A path takes each
 * group's validation from one split, so that it covers all rows once.
 *
 * @throws BelayError `study`: times that do not ascend, a label known before its features, or a split in which purging
 * leaves nothing to train on.
 * @example
 * splits: (data) => purgedCombinatorial(data.days, { groups: 6, testGroups: 2, evaluationTimes: data.exits, embargo: 5 })
 */
export function purgedCombinatorial(
  rows: Rows,
  options: PurgedCombinatorialOptions = {},
): CombinatorialSplit[] {
  const what = "purgedCombinatorial";
  checkOptions(what, options, [
    "groups",
    "testGroups",
    "predictionTimes",
    "evaluationTimes",
    "purge",
    "embargo",
  ]);
  const count = countRows(what, rows, 3);
  const groups = wholeNumber(`${what}: groups`, options.groups ?? 6, 2, count, "the rows");
  const testGroups = wholeNumber(
    `${what}: testGroups`,
    options.testGroups ?? 2,
    1,
    groups - 1,
    "groups without one",
  );
  const purge = amount(`${what}: purge`, options.purge ?? 0);
  const embargo = amount(`${what}: embargo`, options.embargo ?? 0);
  const { begins, ends } = readTimes(what, count, options);

  const spans = evenParts(count, groups).map(([start, end]) => {
    let last = Number.NEGATIVE_INFINITY;
    for (let row = start; row < end; row++) last = Math.max(last, ends[row]!);
    return { start, end, from: begins[start]! - purge, to: last + purge + embargo, reach: last + purge };
  });
  const used = new Array<number>(groups).fill(0);
  return combinations(groups, testGroups).map((chosen) => {
    const tested = chosen.map((group) => spans[group]!);
    const split: CombinatorialSplit = {
      train: [],
      validation: [],
      testGroups: chosen,
      // A group's part belongs to path n if the group has validated n times before.
      paths: chosen.map((group) => used[group]!++),
    };
    for (let row = 0; row < count; row++) {
      if (tested.some(({ start, end }) => row >= start && row < end)) split.validation.push(row);
      else if (!tested.some(({ from, to }) => begins[row]! <= to && ends[row]! >= from))
        split.train.push(row);
    }
    if (split.train.length > 0) return split;
    const left = `nothing to train on with the groups ${chosen.join(", ")} of ${groups} in validation`;
    throw new BelayError("study", `${what}: expected purge and embargo to leave training rows, got ${left}`);
  });
}

/**
 * How many backtest paths `purgedCombinatorial` makes: C(groups, testGroups) * testGroups / groups.
 *
 * @param groups - Number of groups into which the rows are cut.
 * @param testGroups - Number of groups that validate in each split.
 * @example
 * combinatorialPaths(6, 2); // 5, from 15 splits
 */
export function combinatorialPaths(groups: number, testGroups: number): number {
  return combinations(groups - 1, testGroups - 1).length;
}

/** Every choice of `size` numbers of `from` ... n - 1, in lexicographic order. */
function combinations(n: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  const found: number[][] = [];
  for (let first = from; first <= n - size; first++) {
    for (const rest of combinations(n, size - 1, first + 1)) found.push([first, ...rest]);
  }
  return found;
}

function readTimes(
  what: string,
  count: number,
  options: PurgedCombinatorialOptions,
): { begins: ArrayLike<number>; ends: ArrayLike<number> } {
  const begins = options.predictionTimes ?? Array.from({ length: count }, (_, row) => row);
  const ends = options.evaluationTimes ?? begins;
  for (const [field, times] of [
    ["predictionTimes", begins],
    ["evaluationTimes", ends],
  ] as const) {
    if (times?.length !== count) {
      const got = times?.length === undefined ? show(times) : `${times.length}`;
      throw new BelayError("study", `${what}: ${field}: expected ${count} times, one a row, got ${got}`);
    }
  }
  for (let row = 0; row < count; row++) {
    const [begin, end] = [begins[row]!, ends[row]!];
    if (!Number.isFinite(begin) || (row > 0 && begin < begins[row - 1]!)) {
      const got = `${show(begin)} at row ${row}${row > 0 ? ` after ${show(begins[row - 1])}` : ""}`;
      throw new BelayError(
        "study",
        `${what}: predictionTimes: expected ascending finite numbers, got ${got}`,
      );
    }
    if (!(Number.isFinite(end) && end >= begin)) {
      const expected = `finite numbers no earlier than the prediction time ${begin}`;
      throw new BelayError(
        "study",
        `${what}: evaluationTimes: expected ${expected}, got ${show(end)} at row ${row}`,
      );
    }
  }
  return { begins, ends };
}

function amount(what: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new BelayError("study", `${what}: expected a number, 0 or more, got ${show(value)}`);
}
