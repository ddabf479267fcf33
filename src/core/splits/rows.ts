import { BelayError, show } from "../error.ts";
import { type Rng, rng } from "../rng.ts";

/**
 * The number of rows, or an array with one entry per row.
 *
 * @example
 * kFold(150);
 * kFold(data.labels);
 */
export type Rows = number | ArrayLike<unknown>;

/**
 * The class or group of each row.
 *
 * @example
 * stratifiedKFold(["cat", "dog", "cat", "dog"], { folds: 2 });
 * stratifiedKFold(Uint8Array.of(0, 1, 0, 1), { folds: 2 });
 */
export type Labels = ArrayLike<string | number | boolean>;

/** Whether rows are shuffled, and with which seed. */
interface ShuffleOptions {
  readonly shuffle?: boolean;
  readonly seed?: number;
}

/** Row numbers in the order in which a splitter assigns them: shuffled by the seed, or as they are. */
export function rowOrder(
  what: string,
  count: number,
  { shuffle = true, seed = 0 }: ShuffleOptions,
): number[] {
  const order = Array.from({ length: count }, (_, row) => row);
  const source = shuffleSource(what, { shuffle, seed });
  return source ? shuffled(order, source) : order;
}

/** The random stream to shuffle with, or null to keep the order; checks both options. */
export function shuffleSource(what: string, { shuffle = true, seed = 0 }: ShuffleOptions): Rng | null {
  if (typeof shuffle !== "boolean") {
    throw new BelayError("study", `${what}: shuffle: expected true or false, got ${show(shuffle)}`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new BelayError("study", `${what}: seed: expected a whole number, got ${show(seed)}`);
  }
  return shuffle ? rng(seed, -1, what) : null;
}

/** A copy in random order (Fisher-Yates shuffle). */
export function shuffled<Item>(items: readonly Item[], source: Rng): Item[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = source.int(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

/** The number of rows. @throws BelayError `study` for fewer than `least`, or what has no number of rows. */
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

/** Sorts in place. */
export function ascending(rows: number[]): number[] {
  return rows.sort((a, b) => a - b);
}
