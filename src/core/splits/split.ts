import { BelayError, show } from "../error.ts";
import { checkOptions, wholeNumber } from "../options.ts";
import { type Rng, rng } from "../rng.ts";

/**
 * A division of the data. Plain arrays of row numbers, ascending, none in two of them. Plain arrays rather than typed
 * ones, because `map` of an Int32Array makes another Int32Array: `split.train.map((row) => prices[row])` would round
 * every price in silence. `tf.gather(images, split.train)` takes them as they are.
 *
 * @example
 * train: async ({ split, data, tf }) => {
 *   const images = tf.gather(data.images, split.train);
 *   // ...
 * }
 */
export interface Split {
  readonly train: number[];
  readonly validation: number[];
  /** Rows for neither: to score the chosen params once, at the end. */
  readonly test?: number[];
}

/**
 * How many rows there are, or anything with one entry a row.
 *
 * @example
 * kFold(150);
 * kFold(data.labels);
 */
export type Rows = number | ArrayLike<unknown>;

/**
 * One class or group for each row.
 *
 * @example
 * stratifiedKFold(["cat", "dog", "cat", "dog"], { folds: 2 });
 * stratifiedKFold(Uint8Array.of(0, 1, 0, 1), { folds: 2 });
 */
export type Labels = ArrayLike<string | number | boolean>;

/**
 * Options of `holdout`.
 *
 * @example
 * holdout(data.labels, { validation: 0.2, test: 500, seed })
 */
export interface HoldoutOptions {
  /** Share of the rows for validation (0.2), or their number (500). @default 0.2 */
  readonly validation?: number;
  /** Share of the rows for `test`, or their number. @default 0 */
  readonly test?: number;
  /** Draw the rows; false takes the last ones for test, those before for validation. @default true */
  readonly shuffle?: boolean;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Options of the k-fold family.
 *
 * @example
 * kFold(data.labels, { folds: 10, shuffle: false })
 */
export interface FoldOptions {
  /** How many folds: each row is in the validation set of exactly one. @default 5 */
  readonly folds?: number;
  /** Draw the rows of each fold; false keeps the order of the data. @default true */
  readonly shuffle?: boolean;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * One division into training and validation rows, and test rows if asked for. For data that is plentiful.
 *
 * @throws BelayError `study`: a share or number that leaves one of the parts empty.
 * @example
 * splits: (data, { seed }) => holdout(data.labels, { validation: 0.2, seed })
 */
export function holdout(rows: Rows, options: HoldoutOptions = {}): Split[] {
  checkOptions("holdout", options, ["validation", "test", "shuffle", "seed"]);
  const count = countRows("holdout", rows, 2);
  const validation = partSize("holdout: validation", options.validation ?? 0.2, count, 1);
  const test = partSize("holdout: test", options.test ?? 0, count, 0);
  const train = count - validation - test;
  if (train < 1) {
    throw new BelayError(
      "study",
      `holdout: expected at least one row for training, got ${count} rows of which ${validation} for validation and ${test} for test`,
    );
  }
  const order = rowOrder("holdout", count, options);
  const split = {
    train: ascending(order.slice(0, train)),
    validation: ascending(order.slice(train, train + validation)),
  };
  return [test > 0 ? { ...split, test: ascending(order.slice(train + validation)) } : split];
}

/**
 * k-fold cross-validation: the rows in `folds` parts of equal size (the first ones a row larger when they do not divide
 * evenly), each of them the validation set once.
 *
 * @throws BelayError `study`: fewer than 2 folds, or fewer rows than folds.
 * @example
 * splits: (data, { seed }) => kFold(data.rows, { folds: 5, seed })
 */
export function kFold(rows: Rows, options: FoldOptions = {}): Split[] {
  const count = countRows("kFold", rows, 2);
  const folds = foldCount("kFold", options, count, "rows");
  const order = rowOrder("kFold", count, options);
  const fold = new Array<number>(count);
  evenParts(count, folds).forEach(([start, end], k) => {
    for (let i = start; i < end; i++) fold[order[i]!] = k;
  });
  return fromFolds(fold, folds);
}

/** The splits in which fold k validates and all others train. `fold` holds the fold of each row. */
export function fromFolds(fold: readonly number[], folds: number): Split[] {
  return Array.from({ length: folds }, (_, k) => {
    const split: Split = { train: [], validation: [] };
    fold.forEach((of, row) => {
      (of === k ? split.validation : split.train).push(row);
    });
    return split;
  });
}

/** `[start, end)` of each of `parts` neighbouring parts of `count` rows; the first ones are a row larger. */
export function evenParts(count: number, parts: number): [number, number][] {
  const size = Math.floor(count / parts);
  const larger = count % parts;
  return Array.from({ length: parts }, (_, k) => {
    const start = k * size + Math.min(k, larger);
    return [start, start + size + (k < larger ? 1 : 0)];
  });
}

/** Row numbers in the order in which they are dealt out: drawn by the seed, or as they are. */
export function rowOrder(what: string, count: number, { shuffle = true, seed = 0 }: FoldOptions): number[] {
  const order = Array.from({ length: count }, (_, row) => row);
  const source = shuffleSource(what, { shuffle, seed });
  return source ? shuffled(order, source) : order;
}

/** The stream to shuffle with, or null if the order is to be kept; checks both options. */
export function shuffleSource(what: string, { shuffle = true, seed = 0 }: FoldOptions): Rng | null {
  if (typeof shuffle !== "boolean") {
    throw new BelayError("study", `${what}: shuffle: expected true or false, got ${show(shuffle)}`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new BelayError("study", `${what}: seed: expected a whole number, got ${show(seed)}`);
  }
  return shuffle ? rng(seed, -1, what) : null;
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], source: Rng): Item[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = source.int(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

/** The number of rows, checked. */
export function countRows(what: string, rows: unknown, least: number): number {
  const isList = rows !== null && typeof rows === "object" && "length" in rows;
  const count = isList ? rows.length : rows;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= least) return count;
  const got = isList ? `an array of ${show(count)}` : show(rows);
  throw new BelayError(
    "study",
    `${what}: expected at least ${least} rows (their number, or an array), got ${got}`,
  );
}

/** The number of folds, checked against what there is to divide; refuses unknown options. */
export function foldCount(what: string, options: FoldOptions, available: number, of: string): number {
  checkOptions(what, options, ["folds", "shuffle", "seed"]);
  if (available < 2) throw new BelayError("study", `${what}: expected at least 2 ${of}, got ${available}`);
  return wholeNumber(`${what}: folds`, options.folds ?? 5, 2, available, `the number of ${of}`);
}

/** In place. */
export function ascending(rows: number[]): number[] {
  return rows.sort((a, b) => a - b);
}

/** A share below 1 of `count`, rounded, or a number of rows. */
function partSize(what: string, value: unknown, count: number, least: number): number {
  if (typeof value === "number" && value >= 0) {
    const size = value < 1 ? Math.round(value * count) : value;
    if (Number.isSafeInteger(size) && size >= least && size < count) return size;
  }
  const expected = `a share below 1 or a number of rows that makes ${least} to ${count - 1} of ${count}`;
  throw new BelayError("study", `${what}: expected ${expected}, got ${show(value)}`);
}
