import type { History } from "../core/search/history.ts";
import type { AskContext } from "../core/search/sampler.ts";
import { isActive, rowKey, type Space } from "../core/space/space.ts";
import { cellCount, cellIndex, cellValue } from "../core/space/unit-cube.ts";
import { memo } from "./memo.ts";

/** Whether a sampler must avoid duplicates: all params have finitely many values, and the study has no noise. */
export function mustBeDistinct(context: AskContext): boolean {
  return !context.noise && isDiscrete(context.space);
}

const isDiscrete = memo((space: Space) =>
  space.params.every(({ distribution }) => cellCount(distribution) > 0),
);

/** Keys of the finished trials' rows, cached for each history and extended as it grows. */
const finished = memo((_: History) => ({ size: 0, keys: new Set<string>() }));

function finishedKeys(history: History): Set<string> {
  const seen = finished(history);
  const row = new Float64Array(history.params.length);
  for (; seen.size < history.size; seen.size++) {
    for (let p = 0; p < row.length; p++) row[p] = history.params[p]![seen.size]!;
    seen.keys.add(rowKey(row));
  }
  return seen.keys;
}

/** Returns a function that says whether a finished or running trial has a row already. */
export function seenBefore(history: History): (row: Float64Array) => boolean {
  const past = finishedKeys(history);
  const running = new Set<string>();
  for (const trial of history.running.values()) running.add(rowKey(trial.row));
  return (row) => {
    const key = rowKey(row);
    return past.has(key) || running.has(key);
  };
}

/** How many proposals that were seen before are thrown away before an unseen point is searched for. */
const TRIES = 16;

/**
 * The first proposal that was not seen before, where duplicates must be avoided; elsewhere the first one. When
 * proposals keep repeating, an unseen point near the last one is taken.
 *
 * @returns null when every point of the space was seen.
 */
export function distinct(context: AskContext, propose: () => Float64Array): Float64Array | null {
  if (!mustBeDistinct(context)) return propose();
  const seen = seenBefore(context.history);
  let row = propose();
  for (let i = 0; i < TRIES && seen(row); i++) row = propose();
  return seen(row) ? unseenNear(context.space, row, seen) : row;
}

/** An unseen point that has as many of its first params as possible in common with `target`; null if there is none. */
export function unseenNear(
  space: Space,
  target: Float64Array,
  seen: (row: Float64Array) => boolean,
): Float64Array | null {
  // The walk visits each point only once, so it ends after at most one point more than were seen.
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  const walk = (i: number): boolean => {
    if (i === row.length) return !seen(row);
    row[i] = Number.NaN;
    if (!isActive(space, row, i)) return walk(i + 1);
    const { distribution } = space.params[i]!;
    const count = cellCount(distribution);
    const home = Number.isNaN(target[i]!) ? Math.floor(count / 2) : cellIndex(distribution, target[i]!);
    for (let distance = 0; distance < count; distance++) {
      for (const cell of distance === 0 ? [home] : [home - distance, home + distance]) {
        if (cell < 0 || cell >= count) continue;
        row[i] = cellValue(distribution, cell);
        if (walk(i + 1)) return true;
      }
    }
    row[i] = Number.NaN;
    return false;
  };
  return walk(0) ? row : null;
}
