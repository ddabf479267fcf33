import { nonDominated } from "./pareto.ts";

/** The costs of a point: smaller is better. */
type Costs = readonly number[];

/**
 * The hypervolume of a set of points: the volume of the region in which each place is dominated by a point, up to the
 * reference point. It grows whenever a point is found that no other dominates. Zitzler and Thiele, "Multiobjective
 * Evolutionary Algorithms", IEEE Trans. Evolutionary Computation 3, 1999.
 *
 * The result is exact but for rounding. One to three dimensions are swept in O(n log n) comparisons; more are cut down
 * to three by the WFG algorithm (While, Bradstreet and Barone, "A Fast Way of Calculating Exact Hypervolumes", IEEE
 * Trans. Evolutionary Computation 16, 2012), whose time grows exponentially with the dimensions.
 *
 * @param points - A point that is not better than the reference in every dimension counts for nothing, as does one with
 *   a NaN. They may dominate each other.
 * @param reference - A cost for each dimension.
 */
export function hypervolume(points: readonly Costs[], reference: Costs): number {
  const inside = points.filter((point) => isInside(point, reference));
  if (inside.some((point) => point.includes(Number.NEGATIVE_INFINITY))) return Number.POSITIVE_INFINITY;
  return volume(inside, reference, reference.length);
}

function isInside(point: Costs, reference: Costs): boolean {
  return reference.every((bound, k) => point[k]! < bound);
}

/** What a point would add to the hypervolume of others inside the reference; 0 where infinities make that unknown. */
function contribution(point: Costs, others: readonly Costs[], reference: Costs): number {
  if (!isInside(point, reference)) return 0;
  const dims = reference.length;
  return Math.max(0, box(point, reference, dims) - volume(limited(others, point), reference, dims) || 0);
}

/**
 * Chooses points that have a large hypervolume together: each time the one that adds most to those chosen before; of
 * equals the first. The greedy choice has at least 63 % of the largest possible hypervolume of as many points, because
 * hypervolume is submodular (Guerreiro, Fonseca and Paquete, "Greedy Hypervolume Subset Selection in Low Dimensions",
 * Evolutionary Computation 24, 2016).
 *
 * @returns the indices of `count` points, or of all if there are fewer, in the order in which they were chosen.
 */
export function largestSubset(points: readonly Costs[], count: number, reference: Costs): number[] {
  const chosen: number[] = [];
  // What a point adds can only shrink while others are chosen. So what it added when it was last computed is an upper
  // bound, and only the point with the largest bound has to be computed anew.
  const bounds = points.map((point) => contribution(point, [], reference));
  const upToDate = new Int32Array(points.length);
  const others: Costs[] = [];
  while (chosen.length < Math.min(count, points.length)) {
    const lead = largest(bounds);
    if (upToDate[lead] === chosen.length) {
      chosen.push(lead);
      bounds[lead] = Number.NEGATIVE_INFINITY;
      if (isInside(points[lead]!, reference)) others.push(points[lead]!);
      continue;
    }
    bounds[lead] = contribution(points[lead]!, others, reference);
    upToDate[lead] = chosen.length;
  }
  return chosen;
}

function largest(numbers: readonly number[]): number {
  let at = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! > numbers[at]!) at = i;
  return at;
}

/** The hypervolume in the first `dims` dimensions, of points that are all inside the reference. */
function volume(points: readonly Costs[], reference: Costs, dims: number): number {
  if (points.length === 0) return 0;
  if (dims === 1) return reference[0]! - Math.min(...points.map(([cost]) => cost!));
  if (dims === 2) return areaBelow(points, reference);
  return dims === 3 ? sweep(points, reference) : wfg(points, reference, dims);
}

function areaBelow(points: readonly Costs[], reference: Costs): number {
  const stairs = emptyStairs(reference);
  for (const point of points) climb(stairs, point);
  return stairs.area;
}

/** Adds up slices between the points' third costs; each has the area that the points with smaller ones dominate. */
function sweep(points: readonly Costs[], reference: Costs): number {
  const order = [...points].sort((a, b) => a[2]! - b[2]!);
  const stairs = emptyStairs(reference);
  let sum = 0;
  order.forEach((point, i) => {
    climb(stairs, point);
    sum += ((order[i + 1]?.[2] ?? reference[2]!) - point[2]!) * stairs.area;
  });
  return sum;
}

/** The front of two dimensions: x ascending, y descending; and the area that it dominates. */
interface Stairs {
  readonly xs: number[];
  readonly ys: number[];
  readonly reference: Costs;
  area: number;
}

function emptyStairs(reference: Costs): Stairs {
  return { xs: [], ys: [], reference, area: 0 };
}

/** Adds a point to the front, unless it is dominated, and removes those that it dominates. */
function climb(stairs: Stairs, [x, y]: Costs): void {
  const { xs, ys, reference } = stairs;
  const first = firstAtLeast(xs, x!);
  const above = ys[first - 1] ?? reference[1]!;
  if (above <= y! || (xs[first] === x && ys[first]! <= y!)) return;
  // The gain is a sum of rectangles, one between any two steps, so that no digits cancel out.
  let end = first;
  let left = x!;
  let top = above;
  for (; end < xs.length && ys[end]! >= y!; end++) {
    stairs.area += (xs[end]! - left) * (top - y!);
    left = xs[end]!;
    top = ys[end]!;
  }
  stairs.area += ((xs[end] ?? reference[0]!) - left) * (top - y!);
  xs.splice(first, end - first, x!);
  ys.splice(first, end - first, y!);
}

/** The position of the first number that is not below `bound`, in ascending numbers. */
function firstAtLeast(numbers: readonly number[], bound: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The sum of what each point adds to those after it. The points are sorted by the last cost, the largest first: then the
 * part of a point's box that later ones dominate reaches through all of its last dimension, which can be left out.
 */
function wfg(points: readonly Costs[], reference: Costs, dims: number): number {
  const last = dims - 1;
  const order = [...points].sort((a, b) => b[last]! - a[last]!);
  let sum = 0;
  order.forEach((point, i) => {
    const covered = volume(front(limited(order.slice(i + 1), point), last), reference, last);
    sum += (reference[last]! - point[last]!) * Math.max(0, box(point, reference, last) - covered);
  });
  return sum;
}

/** The parts of the points' boxes that lie in the box of `point`. */
function limited(points: readonly Costs[], point: Costs): Costs[] {
  return points.map((other) => other.map((cost, k) => Math.max(cost, point[k]!)));
}

function front(points: readonly Costs[], dims: number): Costs[] {
  const shorter = points.map((point) => point.slice(0, dims));
  return nonDominated(shorter).map((index) => shorter[index]!);
}

function box(point: Costs, reference: Costs, dims: number): number {
  let product = 1;
  for (let k = 0; k < dims; k++) product *= reference[k]! - point[k]!;
  return product;
}
