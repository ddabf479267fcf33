import { type Direction, sign } from "../../../../core/search/direction.ts";
import { RANKS } from "../surface/theme.ts";

/** The rows of a column from the worst value to the best. */
export interface Ranking {
  /** The class of each row's rank: 0 for the best sixteenth and so on; 255 without a value. */
  readonly classes: Uint8Array;
  /** The rows with a value, class by class, the worst first, so that the best are drawn last. */
  readonly order: Int32Array;
  /** Where the rows of each class begin in `order`, the worst class first, and its end. */
  readonly starts: Int32Array;
  /** The worst value of the best so large a share, at least one; NaN without any. */
  readonly valueAtShare: (share: number) => number;
}

const known = new WeakMap<ArrayLike<number> & object, Map<Direction, Ranking>>();

/** Ranks the finite values of a column. The same column is ranked once. */
export function rankingOf(values: ArrayLike<number> & object, direction: Direction): Ranking {
  let rankings = known.get(values);
  if (!rankings) {
    rankings = new Map();
    known.set(values, rankings);
  }
  let ranking = rankings.get(direction);
  if (!ranking) {
    ranking = rank(values, sign(direction));
    rankings.set(direction, ranking);
  }
  return ranking;
}

function rank(values: ArrayLike<number>, flip: 1 | -1): Ranking {
  const { length } = values;
  const costs = new Float64Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) {
    const value = values[row]!;
    if (value - value === 0) costs[count++] = value * flip;
  }
  const sorted = costs.subarray(0, count).sort();
  const classes = new Uint8Array(length).fill(255);
  const starts = new Int32Array(RANKS + 1);
  for (let row = 0; row < length; row++) {
    const value = values[row]!;
    if (value - value !== 0) continue;
    const own = Math.min(RANKS - 1, Math.floor((firstAtLeast(sorted, value * flip) / count) * RANKS));
    classes[row] = own;
    starts[RANKS - own]!++;
  }
  for (let k = 1; k <= RANKS; k++) starts[k]! += starts[k - 1]!;
  const next = starts.slice(0, RANKS);
  const order = new Int32Array(count);
  for (let row = 0; row < length; row++) {
    if (classes[row] !== 255) order[next[RANKS - 1 - classes[row]!]!++] = row;
  }
  const valueAtShare = (share: number): number =>
    (sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? Number.NaN) * flip;
  return { classes, order, starts, valueAtShare };
}

/** The place of the first number that is not below `bound`, in ascending numbers. */
function firstAtLeast(sorted: ArrayLike<number>, bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
