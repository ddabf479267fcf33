import { grow, type History } from "../core/search/history.ts";
import { perHistory } from "../core/search/per-history.ts";
import type { Point } from "./point.ts";

/** What finished trials showed at a point, in order. */
export interface Ranking {
  /** How many trials came so far. */
  readonly size: number;
  /** How many of them showed a number; nothing but NaN is worse than any number. */
  readonly numbers: number;
  /** How many showed less than this. */
  below(value: number): number;
  /** The value at a place from 0 up to `numbers`. */
  at(place: number): number;
}

/**
 * Rankings of the trials that count. Each grows with its history: a finished trial is put in its place once, and a
 * question takes a binary search. Beside a history there is never kept more than it holds itself, a number for each
 * step: of points that nobody asks for any more the ranking goes, and is made again when somebody does.
 *
 * @param counts - Which trials are in it.
 */
export function rankings(
  counts: (history: History, i: number) => boolean,
): (history: History, point: Point) => Ranking {
  const columnsOf = perHistory(() => new Map<string, Column>());
  return (history, point) => {
    const columns = columnsOf(history);
    const column = columns.get(point.key) ?? new Column(point, counts);
    columns.delete(point.key);
    columns.set(point.key, column); // the last is the one that was asked for last
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

/** The values at one point, sorted, NaN last; and in the order in which their trials were read. */
class Column {
  size = 0;
  #sorted = new Float64Array(16);
  #read = new Float64Array(16);
  /** The place of each trial in the history. */
  #trials = new Float64Array(16);
  #numbers = 0;
  #next = 0;
  readonly #point: Point;
  readonly #counts: (history: History, i: number) => boolean;

  constructor(point: Point, counts: (history: History, i: number) => boolean) {
    this.#point = point;
    this.#counts = counts;
  }

  /** Takes in what is new. */
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

  /** The ranking of the first so many trials: a history may be the beginning of the one that was read. */
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

  /** The place of the place-th value if the later ones are left out. */
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

  /** Sorts the values from this one on into those before: what lies between two of them moves once. */
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

/** How many of the first `count` sorted numbers are less than a value; all numbers are less than NaN. */
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
