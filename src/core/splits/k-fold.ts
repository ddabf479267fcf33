import { BelayError } from "../error.ts";
import { checkOptions, wholeNumber } from "../options.ts";
import { countRows, type Rows, rowOrder } from "./rows.ts";
import type { Split } from "./split.ts";

/**
 * Options of `kFold`, `stratifiedKFold`, `groupKFold` and `stratifiedGroupKFold`.
 *
 * @example
 * kFold(data.labels, { folds: 10, shuffle: false })
 */
export interface FoldOptions {
  /** Number of folds, at least 2: each row is in the validation set of exactly one. @default 5 */
  readonly folds?: number;
  /** Whether rows are assigned to folds at random; false keeps the order of the data. @default true */
  readonly shuffle?: boolean;
  /** Seed of the shuffle, a whole number: equal seeds give equal folds. @default 0 */
  readonly seed?: number;
}

/**
 * k-fold cross-validation: the rows are divided into `folds` parts of equal size (the first ones are one row larger if
 * they do not divide evenly), and each part is the validation set of one split.
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

/** The splits in which fold k validates and all other folds train. `fold` holds the fold of each row. */
export function fromFolds(fold: readonly number[], folds: number): Split[] {
  return Array.from({ length: folds }, (_, k) => {
    const split: Split = { train: [], validation: [] };
    fold.forEach((of, row) => {
      (of === k ? split.validation : split.train).push(row);
    });
    return split;
  });
}

/** `[start, end)` of `parts` consecutive parts of `count` rows; the first ones are one row larger if need be. */
export function evenParts(count: number, parts: number): [number, number][] {
  const size = Math.floor(count / parts);
  const larger = count % parts;
  return Array.from({ length: parts }, (_, k) => {
    const start = k * size + Math.min(k, larger);
    return [start, start + size + (k < larger ? 1 : 0)];
  });
}

/** The number of folds, checked against the number of rows, groups ... that are divided; refuses unknown options. */
export function foldCount(what: string, options: FoldOptions, available: number, of: string): number {
  checkOptions(what, options, ["folds", "shuffle", "seed"]);
  if (available < 2) throw new BelayError("study", `${what}: expected at least 2 ${of}, got ${available}`);
  return wholeNumber(`${what}: folds`, options.folds ?? 5, 2, available, `the number of ${of}`);
}
