import { BelayError, show } from "../error.ts";
import { checkOptions, wholeNumber } from "../options.ts";
import { deriveSeed } from "../rng.ts";
import type { Split } from "./split.ts";

/**
 * Options of `repeated`.
 *
 * @example
 * repeated((seed) => kFold(40, { folds: 4, seed }), { repeats: 10, seed })
 */
export interface RepeatedOptions {
  /** How many times the splitter runs, 1 to 1000. @default 3 */
  readonly repeats?: number;
  /** A whole number, from which each repeat gets a seed of its own. @default 0 */
  readonly seed?: number;
}

/**
 * Runs the same splitter several times with different seeds; for small data, where the score of one division depends on
 * luck. Each split carries the number of its `repeat`, from 0.
 *
 * @param make - Makes the splits of one repeat from that repeat's seed.
 * @throws BelayError `study`: a number of repeats that is not 1 to 1000, or a seed that is no whole number.
 * @example
 * splits: (data, { seed }) => repeated((seed) => stratifiedKFold(data.labels, { folds: 5, seed }), { repeats: 3, seed })
 */
export function repeated<Made extends Split>(
  make: (seed: number) => readonly Made[],
  options: RepeatedOptions = {},
): (Made & { readonly repeat: number })[] {
  checkOptions("repeated", options, ["repeats", "seed"]);
  const repeats = wholeNumber("repeated: repeats", options.repeats ?? 3, 1, 1000);
  const { seed = 0 } = options;
  if (!Number.isSafeInteger(seed)) {
    throw new BelayError("study", `repeated: seed: expected a whole number, got ${show(seed)}`);
  }
  if (typeof make !== "function") {
    throw new BelayError("study", `repeated: expected a function from a seed to splits, got ${show(make)}`);
  }
  return Array.from({ length: repeats }, (_, repeat) =>
    make(deriveSeed(seed, repeat, "repeated")).map((split) => ({ ...split, repeat })),
  ).flat();
}

/**
 * A split of `nested`: `train` and `validation` divide the training rows of an outer split.
 *
 * @example
 * train: ({ split, log }) => {
 *   log(`outer split ${split.outer}, inner ${split.inner}: ${split.test.length} rows are kept for the end`);
 *   // ...
 * }
 */
export interface NestedSplit extends Split {
  /** The validation rows of the outer split. */
  readonly test: number[];
  /** Index of the outer split. */
  readonly outer: number;
  /** Index among the inner splits of that outer split. */
  readonly inner: number;
}

/**
 * Nested cross-validation: the validation rows of each outer split become `test`, and its training rows are divided
 * again. Params are chosen on `validation` and scored on `test`, which took no part in the choice.
 *
 * @param outer - The splits whose validation sets become `test`.
 * @param inner - Divides the training rows of an outer split. It gets these rows and the index of that split, and
 * returns splits of the positions 0 ... rows.length - 1, as every splitter does that is given an array of that length.
 * @throws BelayError `study`: an inner split with positions beyond these rows.
 * @example
 * splits: (data, { seed }) =>
 *   nested(kFold(data.rows, { folds: 5, seed }), (rows) => kFold(rows, { folds: 4, seed }))
 */
export function nested(
  outer: readonly Split[],
  inner: (rows: readonly number[], outer: number) => readonly Split[],
): NestedSplit[] {
  if (!Array.isArray(outer) || outer.length === 0) {
    throw new BelayError("study", `nested: outer: expected a non-empty array of splits, got ${show(outer)}`);
  }
  if (typeof inner !== "function") {
    throw new BelayError(
      "study",
      `nested: inner: expected a function from rows to splits, got ${show(inner)}`,
    );
  }
  return outer.flatMap((split, i) => {
    const original = (positions: readonly number[]): number[] =>
      positions.map((position) => {
        const row = split.train[position];
        if (row !== undefined) return row;
        const expected = `positions 0 to ${split.train.length - 1} of the rows it was given`;
        throw new BelayError("study", `nested: inner: expected ${expected}, got ${show(position)}`);
      });
    return inner(split.train, i).map(({ train, validation }, k) => ({
      train: original(train),
      validation: original(validation),
      test: split.validation,
      outer: i,
      inner: k,
    }));
  });
}
