import { BelayError, show } from "../error.ts";
import { checkOptions } from "../options.ts";
import { ascending, countRows, type Rows, rowOrder } from "./rows.ts";

/**
 * A division of the data: ascending row numbers, of which none is in two of the arrays. The arrays are plain, because
 * `map` of an Int32Array makes another Int32Array: `split.train.map((row) => prices[row])` would round every price in
 * silence. `tf.gather(images, split.train)` takes them as they are.
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
  /** Rows that neither trains nor validates on: for scoring the chosen params once, at the end. */
  readonly test?: number[];
}

/**
 * Options of `holdout`.
 *
 * @example
 * holdout(data.labels, { validation: 0.2, test: 500, seed })
 */
export interface HoldoutOptions {
  /** Share of the rows for validation if below 1, else their number. @default 0.2 */
  readonly validation?: number;
  /** Share of the rows for `test` if below 1, else their number. @default 0: no test rows */
  readonly test?: number;
  /**
   * Whether rows are drawn at random; false takes the last ones for test, those before for validation.
   *
   * @default true
   */
  readonly shuffle?: boolean;
  /** Seed of the shuffle, a whole number. @default 0 */
  readonly seed?: number;
}

/**
 * One division into training and validation rows, and test rows if asked for; for plentiful data.
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

/** The number of rows of a part, given as a share below 1 of `count` (which is rounded) or as that number. */
function partSize(what: string, value: unknown, count: number, least: number): number {
  if (typeof value === "number" && value >= 0) {
    const size = value < 1 ? Math.round(value * count) : value;
    if (Number.isSafeInteger(size) && size >= least && size < count) return size;
  }
  const expected = `a share below 1 or a number of rows that makes ${least} to ${count - 1} of ${count}`;
  throw new BelayError("study", `${what}: expected ${expected}, got ${show(value)}`);
}
