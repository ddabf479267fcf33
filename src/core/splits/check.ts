import { createHash, type Hash } from "node:crypto";
import { BelayError, show } from "../error.ts";
import type { SplitShape } from "../study.ts";

/**
 * Checks what `splits` returned: a non-empty array of divisions, each with `train` and `validation` (and maybe `test`)
 * as non-empty arrays of row numbers. Rows in two parts are not refused: `reportSplits` counts them.
 *
 * @throws BelayError `study`, which names the split, the part and what is wrong.
 */
export function checkSplits(splits: unknown): asserts splits is readonly SplitShape[] {
  if (!Array.isArray(splits)) {
    throw new BelayError("study", `splits: expected an array of { train, validation }, got ${show(splits)}`);
  }
  if (splits.length === 0) throw new BelayError("study", "splits: expected at least one split, got none");
  splits.forEach((split: unknown, i) => {
    if (split === null || typeof split !== "object") {
      throw new BelayError("study", `splits[${i}]: expected { train, validation }, got ${show(split)}`);
    }
    const parts = split as Readonly<Record<string, unknown>>;
    checkRows(`splits[${i}].train`, parts.train);
    checkRows(`splits[${i}].validation`, parts.validation);
    if (parts.test !== undefined) checkRows(`splits[${i}].test`, parts.test);
  });
}

function checkRows(what: string, rows: unknown): void {
  if (!isList(rows))
    throw new BelayError("study", `${what}: expected an array of row numbers, got ${show(rows)}`);
  if (rows.length === 0) throw new BelayError("study", `${what}: expected at least one row, got none`);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (typeof row === "number" && Number.isSafeInteger(row) && row >= 0) continue;
    throw new BelayError(
      "study",
      `${what}: expected row numbers (whole, 0 or more), got ${show(row)} at place ${i}`,
    );
  }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

/**
 * A hash by which workers check that they made the same splits. It depends on the content alone, not on the order of
 * keys, nor on whether numbers are in a plain or a typed array. Functions count as absent.
 *
 * @returns sha256 as 64 hexadecimal digits.
 */
export function hashSplits(splits: unknown): string {
  const hash = createHash("sha256");
  feed(hash, splits, []);
  return hash.digest("hex");
}

/** Adds a value to the hash, its kind and size first, so that different values never add the same bytes. */
function feed(hash: Hash, value: unknown, path: readonly unknown[]): void {
  if (value === null || typeof value !== "object") {
    const shown = typeof value === "function" ? "undefined" : String(value);
    hash.update(`${typeof value === "function" ? "undefined" : typeof value} ${shown.length} ${shown};`);
  } else if (path.includes(value)) {
    hash.update(`cycle ${path.indexOf(value)};`);
  } else if (isList(value)) {
    feedList(hash, value, [...path, value]);
  } else if (value instanceof Date) {
    hash.update(`date ${value.getTime()};`);
  } else if (value instanceof Map || value instanceof Set) {
    hash.update(value instanceof Map ? "map " : "set ");
    feedList(hash, [...value], [...path, value]);
  } else {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined && typeof entry !== "function")
      .sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`object ${entries.length};`);
    for (const [key, entry] of entries) {
      hash.update(`${key.length} ${key};`);
      feed(hash, entry, [...path, value]);
    }
  }
}

function feedList(hash: Hash, list: ArrayLike<unknown>, path: readonly unknown[]): void {
  const items = Array.from(list);
  if (items.every((item) => typeof item === "number")) {
    hash.update(`numbers ${items.length};`);
    hash.update(Float64Array.from(items));
  } else {
    hash.update(`list ${items.length};`);
    for (const item of items) feed(hash, item, path);
  }
}
