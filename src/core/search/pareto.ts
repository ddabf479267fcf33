/**
 * The indices of the points on the Pareto front: no other point dominates them, that is, is at least as good in every
 * cost and better in one. Sorted by the first cost, then by the next ones, then by index.
 *
 * @param points - The costs of each point: smaller is better.
 */
export function nonDominated(points: readonly (readonly number[])[]): number[] {
  const indices = points.map((_, index) => index);
  // In this order only an earlier point can dominate a point. If one does, it is on the front itself, or a point on the
  // front dominates both. So each point need only be compared with the front so far.
  indices.sort((a, b) => compareCosts(points[a]!, points[b]!) || a - b);
  const front: number[] = [];
  for (const index of indices) {
    if (!front.some((other) => dominates(points[other]!, points[index]!))) front.push(index);
  }
  return front;
}

/**
 * The front of each point: 0 for the Pareto front, 1 for the front of the points without it, and so on. Equal points are on
 * one front. O(n log n) with two costs; with more, points are put in one after the other, and a binary search finds the
 * first front that has none which dominates them (Zhang, Tian, Cheng and Jin, "An Efficient Approach to Nondominated
 * Sorting for Evolutionary Multiobjective Optimization", IEEE Trans. Evolutionary Computation 19, 2015).
 *
 * @param points - The costs of each point, without NaN: smaller is better.
 * @param wanted - How many points have to be in the fronts that are told apart; those behind are all of one last front.
 */
export function nonDominationRanks(points: readonly (readonly number[])[], wanted: number): Int32Array {
  const ranks = new Int32Array(points.length);
  const order = points.map((_, index) => index);
  order.sort((a, b) => compareCosts(points[a]!, points[b]!) || a - b);
  const fronts: (readonly number[])[][] = [];
  let last = Number.POSITIVE_INFINITY;
  order.forEach((index, place) => {
    const point = points[index]!;
    const before = order[place - 1];
    if (before !== undefined && compareCosts(points[before]!, point) === 0) {
      ranks[index] = ranks[before]!;
      return;
    }
    let low = 0;
    let high = Math.min(fronts.length, last);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBelow(fronts[middle]!, point)) low = middle + 1;
      else high = middle;
    }
    ranks[index] = low;
    if (low >= last) return;
    if (low === fronts.length) fronts.push([]);
    fronts[low]!.push(point);
    last = Math.min(last, enough(fronts, wanted));
  });
  return ranks.map((rank) => Math.min(rank, last));
}

/** How many of the fronts, the first ones, have as many points as are wanted. */
function enough(fronts: readonly (readonly unknown[])[], wanted: number): number {
  let sum = 0;
  for (let rank = 0; rank < fronts.length; rank++) {
    sum += fronts[rank]!.length;
    if (sum >= wanted) return rank + 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** Whether a point of a front dominates a point that comes after all of it in the order of their costs. */
function isBelow(front: readonly (readonly number[])[], point: readonly number[]): boolean {
  // With two costs the point that came last has the least second one.
  if (point.length === 2) return front.at(-1)![1]! <= point[1]!;
  for (let k = front.length - 1; k >= 0; k--) if (dominates(front[k]!, point)) return true;
  return false;
}

/** A point of which the costs are known: smaller is better. */
export interface Costed {
  readonly costs: readonly number[];
}

/**
 * Adds a point to fronts: the Pareto front, then the front of the points without it, and so on. The ranks are those that
 * sorting all points anew would give; only points that the new one pushes down are moved (Li, Deb, Zhang and Zhang,
 * "Efficient Nondomination Level Update Method for Steady-State Evolutionary Multiobjective Optimization", IEEE Trans.
 * Cybernetics 47, 2017). O(points) comparisons at worst.
 */
export function addToFronts<Point extends Costed>(fronts: Point[][], point: Point): void {
  // A point of a front is dominated by one of the front before, so all fronts up to the point's own dominate it.
  let low = 0;
  let high = fronts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fronts[middle]!.some((other) => dominates(other.costs, point.costs))) low = middle + 1;
    else high = middle;
  }
  let coming = [point];
  for (let rank = low; coming.length > 0; rank++) {
    const front = fronts[rank] ?? [];
    const isPushed = (other: Point): boolean => coming.some((each) => dominates(each.costs, other.costs));
    const pushed = front.filter(isPushed);
    const stays = pushed.length === 0 ? front : front.filter((other) => !pushed.includes(other));
    fronts[rank] = [...stays, ...coming];
    coming = pushed;
  }
}

/** How many points of a front are at least as good as a point in every cost. */
export function countAtLeastAsGood(front: readonly (readonly number[])[], costs: readonly number[]): number {
  return front.filter((other) => isAtLeastAsGood(other, costs)).length;
}

/** A front with a point that none of it is at least as good as in every cost, without those of which that one is. */
export function withPoint(
  front: readonly (readonly number[])[],
  costs: readonly number[],
): (readonly number[])[] {
  return [...front.filter((other) => !isAtLeastAsGood(costs, other)), costs];
}

function isAtLeastAsGood(a: readonly number[], b: readonly number[]): boolean {
  return a.every((cost, k) => cost <= b[k]!);
}

function compareCosts(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) {
    if (a[k] !== b[k]) return a[k]! - b[k]!;
  }
  return 0;
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  let isBetter = false;
  for (let k = 0; k < a.length; k++) {
    if (!(a[k]! <= b[k]!)) return false;
    isBetter ||= a[k]! < b[k]!;
  }
  return isBetter;
}
