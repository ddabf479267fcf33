/** Points of a space, row-major: numbers in the unit interval, categoricals by index. */
export interface Points {
  readonly dims: number;
  /** How many choices each dimension has; 0 for a number. */
  readonly choices: ArrayLike<number>;
  readonly points: Float64Array;
}

/** A number that a point has: the position of a number param, or whether a categorical has one of its choices. */
interface Base {
  readonly dim: number;
  /** The choice; -1: the dimension is a number. */
  readonly choice: number;
}

/** The terms of a model that is quadratic in what a point has: each is a base, or the product of two. */
export interface Terms {
  readonly bases: readonly Base[];
  /** How many terms there are, with the constant one, which is the first. */
  readonly size: number;
  /** The two bases of each term; -1 for none. */
  readonly first: Int32Array;
  readonly second: Int32Array;
}

/** At most so many terms, so that a fit takes some ms. It is enough for all pairs of ten numbers. */
const MOST_TERMS = 66;

/** All bases of a space. */
export function basesOf({ dims, choices }: Points): Base[] {
  const bases: Base[] = [];
  for (let dim = 0; dim < dims; dim++) {
    if (choices[dim] === 0) bases.push({ dim, choice: -1 });
    for (let choice = 0; choice < choices[dim]!; choice++) bases.push({ dim, choice });
  }
  return bases;
}

/** The value of a base at a point: from -1 to 1 for a number, else 0 or 1. */
export function baseAt({ dim, choice }: Base, points: Float64Array, at: number): number {
  const value = points[at + dim]!;
  if (choice >= 0) return value === choice ? 1 : 0;
  return 2 * value - 1;
}

/**
 * Chooses the terms: each base in the order of its weight, with its products with those before, as long as there is room.
 *
 * @param weights - How much each base seems to matter.
 */
export function termsOf(bases: readonly Base[], weights: ArrayLike<number>): Terms {
  const order = bases.map((_, j) => j).sort((a, b) => weights[b]! - weights[a]! || a - b);
  const [first, second] = [[-1], [-1]];
  const chosen: number[] = [];
  for (const j of order) {
    const partners = chosen.filter((k) => bases[k]!.dim !== bases[j]!.dim);
    if (bases[j]!.choice < 0) partners.push(j);
    if (first.length + 1 + partners.length > MOST_TERMS) break;
    for (const k of [-1, ...partners]) {
      first.push(j);
      second.push(k);
    }
    chosen.push(j);
  }
  return { bases, size: first.length, first: Int32Array.from(first), second: Int32Array.from(second) };
}

/** Writes the terms of the point that begins at `at` to `out`, from `to` on. */
export function writeTerms(
  { bases, size, first, second }: Terms,
  points: Float64Array,
  at: number,
  out: Float64Array,
  to = 0,
): void {
  out[to] = 1;
  const value = (j: number): number => baseAt(bases[j]!, points, at);
  for (let k = 1; k < size; k++) out[to + k] = value(first[k]!) * (second[k]! < 0 ? 1 : value(second[k]!));
}

/** Writes the slopes of a weighted sum of the terms by the positions of the first dimensions, all numbers, to `out`. */
export function writeSlopes(
  { bases, size, first, second }: Terms,
  points: Float64Array,
  at: number,
  weights: Float64Array,
  out: Float64Array,
): void {
  out.fill(0);
  const add = (j: number, slope: number): void => {
    const { dim, choice } = bases[j]!;
    if (choice < 0 && dim < out.length) out[dim]! += 2 * slope;
  };
  const value = (j: number): number => (j < 0 ? 1 : baseAt(bases[j]!, points, at));
  for (let k = 1; k < size; k++) {
    add(first[k]!, weights[k]! * value(second[k]!));
    if (second[k]! >= 0) add(second[k]!, weights[k]! * value(first[k]!));
  }
}
