import { BelayError, show } from "../error.ts";
import { type Rng, rng } from "../rng.ts";

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

/** Whether rows are drawn, and from which seed. */
interface ShuffleOptions {
  readonly shuffle?: boolean;
  readonly seed?: number;
}

/** Row numbers in the order in which they are dealt out: drawn by the seed, or as they are. */
export function rowOrder(
  what: string,
  count: number,
  { shuffle = true, seed = 0 }: ShuffleOptions,
): number[] {
  const order = Array.from({ length: count }, (_, row) => row);
  const source = shuffleSource(what, { shuffle, seed });
  return source ? shuffled(order, source) : order;
}

/** The stream to shuffle with, or null if the order is to be kept; checks both options. */
export function shuffleSource(what: string, { shuffle = true, seed = 0 }: ShuffleOptions): Rng | null {
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

/** In place. */
export function ascending(rows: number[]): number[] {
  return rows.sort((a, b) => a - b);
}
