import { grow, type History } from "../core/search/history.ts";
import { perHistory } from "../core/search/per-history.ts";
import type { Point } from "./point.ts";

/** The scores of the finished trials at a point, in ascending order. */
export interface Ranking {
  /** How many trials reached the point. */
  readonly size: number;
  /** How many of them have a score that is a number. NaN ranks behind every number. */
  readonly numbers: number;
  /** How many scores are less than `value`. */
  below(value: number): number;
  /** The score at a place, from 0 to `numbers` - 1. */
  at(place: number): number;
}

/**
 * Makes rankings of finished trials. Each ranking grows with its history: a trial is inserted once, and a query is a binary
 * search. The rankings of a history together hold no more numbers than the history has steps, unless there is only one. The
 * ranking that was used least recently is dropped first, and is computed again if it is needed.
 *
 * @param counts - Whether a trial is included.
 */
export function rankings(
  counts: (history: History, i: number) => boolean,
): (history: History, point: Point) => Ranking {
  const columnsOf = perHistory(() => new Map<string, Column>());
  return (history, point) => {
    const columns = columnsOf(history);
    const column = columns.get(point.key) ?? new Column(point, counts);
    columns.delete(point.key);
    columns.set(point.key, column); // a Map keeps its order of insertion: the last was used last
    column.read(history);
    forget(columns, history.stepStart[history.size]!);
    return column.first(history.size);
  };
}

function forget(columns: Map<string, Column>, most: number): void {
  let total = 0;
  for (const { size } of columns.values()) total += size;
  for (const [key, { size }] of columns) {
    if (total <= most || columns.size === 1) return;
    columns.delete(key);
    total -= size;
  }
}

/** The scores at one point. */
class Column {
  size = 0;
  /** The scores in ascending order, NaN last. */
  #sorted = new Float64Array(16);
  /** The scores in the order in which their trials were read. */
  #read = new Float64Array(16);
  /** The index of each of these trials in the history. */
  #trials = new Float64Array(16);
  /** How many scores are not NaN. */
  #numbers = 0;
  /** The index in the history of the next trial to read. */
  #next = 0;
  readonly #point: Point;
  readonly #counts: (history: History, i: number) => boolean;

  constructor(point: Point, counts: (history: History, i: number) => boolean) {
    this.#point = point;
    this.#counts = counts;
  }

  /** Adds the trials that the history has gained. */
  read(history: History): void {
    const before = this.size;
    for (; this.#next < history.size; this.#next++) {
      const i = this.#next;
      const shown = this.#counts(history, i) ? this.#point.shownBy(history, i) : null;
      if (shown === null) continue;
      this.#reserve();
      this.#read[this.size] = shown;
      this.#trials[this.size++] = i;
    }
    if (this.size > before) this.#merge(before);
  }

  /** The ranking of the first `trials` trials: a history may be the beginning of the one that was read. */
  first(trials: number): Ranking {
    let size = this.size;
    while (size > 0 && this.#trials[size - 1]! >= trials) size--;
    const later = this.#read.slice(size, this.size).sort(); // NaN last
    let numbers = later.length;
    while (numbers > 0 && Number.isNaN(later[numbers - 1]!)) numbers--;
    return {
      size,
      numbers: this.#numbers - numbers,
      below: (value) => this.#below(value) - countBelow(later, numbers, value),
      at: (place) => this.#sorted[this.#skip(place, later.subarray(0, numbers))]!,
    };
  }

  /** The index in `#sorted` of the score at `place` of a ranking without the scores `later`, which are ascending. */
  #skip(place: number, later: Float64Array): number {
    let found = place;
    let [equal, last] = [0, Number.NaN];
    for (const value of later) {
      equal = value === last ? equal + 1 : 0;
      last = value;
      if (this.#below(value) + equal > found) break;
      found++;
    }
    return found;
  }

  #below(value: number): number {
    return countBelow(this.#sorted, this.#numbers, value);
  }

  /** Merges the scores read from `start` on into the sorted ones. Each older score moves at most once. */
  #merge(start: number): void {
    const fresh = this.#read.slice(start, this.size).sort(); // NaN last
    let end = start;
    for (let k = fresh.length - 1; k >= 0; k--) {
      const value = fresh[k]!;
      const place = countBelow(this.#sorted, Math.min(end, this.#numbers), value);
      this.#sorted.copyWithin(place + k + 1, place, end);
      this.#sorted[place + k] = value;
      end = place;
    }
    for (const value of fresh) if (!Number.isNaN(value)) this.#numbers++;
  }

  #reserve(): void {
    if (this.size < this.#sorted.length) return;
    this.#sorted = grow(this.#sorted, this.size + 1);
    this.#read = grow(this.#read, this.size + 1);
    this.#trials = grow(this.#trials, this.size + 1);
  }
}

/** How many of the first `count` sorted numbers are less than `value`; NaN counts as greater than all numbers. */
function countBelow(sorted: Float64Array, count: number, value: number): number {
  if (Number.isNaN(value)) return count;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
