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

/** More new trials than this are sorted at once, not put in their places one by one. */
const FEW = 32;

/** The values at one point, sorted, NaN last, each with its trial's place in the history. */
class Column {
  size = 0;
  #values = new Float64Array(16);
  #trials = new Float64Array(16);
  #numbers = 0;
  #read = 0;
  readonly #point: Point;
  readonly #counts: (history: History, i: number) => boolean;

  constructor(point: Point, counts: (history: History, i: number) => boolean) {
    this.#point = point;
    this.#counts = counts;
  }

  /** Takes in what is new. */
  read(history: History): void {
    const isFew = history.size - this.#read <= FEW;
    for (let i = this.#read; i < history.size; i++) {
      const shown = this.#counts(history, i) ? this.#point.shownBy(history, i) : null;
      if (shown === null) continue;
      this.#reserve();
      this.#put(isFew ? this.#place(shown) : this.size, shown, i);
    }
    if (!isFew) this.#sort();
    this.#read = Math.max(this.#read, history.size);
  }

  /** The ranking of the first so many trials: a history may be the beginning of the one that was read. */
  first(trials: number): Ranking {
    return trials >= this.#read
      ? {
          size: this.size,
          numbers: this.#numbers,
          below: (value) => this.#place(value, false),
          at: (place) => this.#values[place]!,
        }
      : this.#older(trials);
  }

  #older(trials: number): Ranking {
    const values: number[] = [];
    let size = 0;
    for (let k = 0; k < this.size; k++) {
      if (this.#trials[k]! >= trials) continue;
      size++;
      if (k < this.#numbers) values.push(this.#values[k]!);
    }
    return {
      size,
      numbers: values.length,
      below: (value) =>
        Number.isNaN(value) ? values.length : values.filter((other) => other < value).length,
      at: (place) => values[place]!,
    };
  }

  /** How many values are less than this one, or as much too; all numbers are less than NaN. */
  #place(value: number, orEqual = true): number {
    if (Number.isNaN(value)) return this.#numbers;
    let low = 0;
    let high = this.#numbers;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#values[middle]!;
      if (other < value || (orEqual && other === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #put(place: number, value: number, trial: number): void {
    this.#values.copyWithin(place + 1, place, this.size);
    this.#trials.copyWithin(place + 1, place, this.size);
    this.#values[place] = value;
    this.#trials[place] = trial;
    this.size++;
    if (!Number.isNaN(value)) this.#numbers++;
  }

  #sort(): void {
    const values = this.#values.slice(0, this.size);
    const trials = this.#trials.slice(0, this.size);
    const order = Uint32Array.from(values, (_, k) => k);
    const rank = (k: number): number => (Number.isNaN(values[k]!) ? 1 : 0);
    order.sort((a, b) => {
      if (values[a]! === values[b]!) return a - b;
      return values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : rank(a) - rank(b) || a - b;
    });
    order.forEach((from, to) => {
      this.#values[to] = values[from]!;
      this.#trials[to] = trials[from]!;
    });
  }

  #reserve(): void {
    if (this.size < this.#values.length) return;
    this.#values = grow(this.#values, this.size + 1);
    this.#trials = grow(this.#trials, this.size + 1);
  }
}
