type Costs = readonly number[];

/**
 * The region that no point of a front dominates, up to a reference point, cut into boxes that do not overlap. The sides
 * of boxes lie at few places, so a box is given by their numbers.
 */
export interface Boxes {
  /** For each dimension the places of the sides: -Infinity, the costs of the front, and last the reference. */
  readonly cuts: readonly Float64Array[];
  /** Number of boxes. */
  readonly count: number;
  /** For each box, for each dimension, the lower and the upper side as indices in `cuts`. */
  readonly sides: Int32Array;
}

/**
 * Cuts the region that is not dominated into boxes: n + 1 for a front of n points in two dimensions, at most 2 n + 1 in
 * three. With three dimensions the third is swept, and a box ends where a point of the front makes it narrower or lower
 * (Yang, Emmerich, Deutz and Back, "Efficient Computation of Expected Hypervolume Improvement Using Box Decomposition
 * Algorithms", J. Global Optimization 75, 2019; as few as with the local upper bounds of Lacour, Klamroth and Fonseca, "A
 * Box Decomposition Algorithm to Compute the Hypervolume Indicator", Computers & Operations Research 79, 2017). O(n^2) at
 * worst.
 *
 * @param points - Costs, in two or three dimensions: smaller is better. Points that are not better than the reference in
 *   every dimension, or that others dominate, make no difference.
 * @param reference - A finite cost for each dimension.
 */
export function nonDominatedBoxes(points: readonly Costs[], reference: Costs): Boxes {
  const dims = reference.length;
  const inside = points.filter((point) => reference.every((bound, k) => point[k]! < bound));
  const cuts = reference.map((bound, k) => cutsOf(inside, k, bound));
  const placed = inside.map((point) => point.map((cost, k) => cuts[k]!.indexOf(cost)));
  const last = cuts.map((places) => places.length - 1);
  const strips: Strip[] = [{ left: 0, right: last[0]!, top: last[1]!, since: 0 }];
  const sides: number[] = [];
  const emit = ({ left, right, top, since }: Strip, until: number): void => {
    if (since === until) return;
    sides.push(left, right, 0, top);
    if (dims === 3) sides.push(since, until);
  };
  // In two dimensions all points are at one level.
  const level = (place: readonly number[]): number => (dims === 3 ? place[2]! : 0);
  for (const place of placed.sort((a, b) => level(a) - level(b) || a[0]! - b[0]! || a[1]! - b[1]!))
    lower(strips, place[0]!, place[1]!, level(place), emit);
  for (const strip of strips) emit(strip, dims === 3 ? last[2]! : 1);
  return { cuts, count: sides.length / (2 * dims), sides: Int32Array.from(sides) };
}

/** The different costs of a dimension, ascending, between -Infinity and the reference. */
function cutsOf(points: readonly Costs[], k: number, bound: number): Float64Array {
  const costs = new Set(points.map((point) => point[k]!));
  costs.delete(Number.NEGATIVE_INFINITY);
  return Float64Array.from([Number.NEGATIVE_INFINITY, ...[...costs].sort((a, b) => a - b), bound]);
}

/** A part of the first dimension, with the place in the second up to which it is not dominated at the current level. */
interface Strip {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  /** The place in the third dimension from which on the strip is like that. */
  readonly since: number;
}

/**
 * Takes what a point dominates out of the strips, which lie side by side, the one to the left with the highest top.
 *
 * @param emit - Is called with each strip that ends.
 */
function lower(
  strips: Strip[],
  x: number,
  y: number,
  level: number,
  emit: (strip: Strip, until: number) => void,
): void {
  const first = strips.findIndex(({ right }) => right > x);
  const { left, top } = strips[first]!;
  if (top <= y) return;
  let end = first;
  while (end < strips.length && strips[end]!.top > y) emit(strips[end++]!, level);
  const { right } = strips[end - 1]!;
  const rest = left < x ? [{ left, right: x, top, since: level }] : [];
  strips.splice(first, end - first, ...rest, { left: x, right, top: y, since: level });
}
