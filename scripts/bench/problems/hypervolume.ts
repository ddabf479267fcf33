// The size of what a set of points dominates, for the benchmarks' problems of two and three objectives.

import type { Vector } from "./problem.ts";

/**
 * The volume of the region that is worse than one of the points and better than the reference, when less is better.
 * Exact: for three objectives the sum of slices between the points' third coordinates. O(n log n) in two dimensions,
 * O(n^2 log n) in three.
 */
export function hypervolume(points: readonly Vector[], reference: Vector): number {
  const inside = points.filter((point) => point.every((value, i) => value < reference[i]!));
  if (reference.length === 2) return area(inside, reference);
  const order = [...inside].sort((a, b) => a[2]! - b[2]!);
  let volume = 0;
  let front: readonly Vector[] = [];
  order.forEach((point, i) => {
    front = staircase([...front, point]);
    const next = order[i + 1]?.[2] ?? reference[2]!;
    if (next > point[2]!) volume += (next - point[2]!) * area(front, reference);
  });
  return volume;
}

/** The points that no other beats in the first two coordinates, by the first. */
function staircase(points: readonly Vector[]): readonly Vector[] {
  let lowest = Number.POSITIVE_INFINITY;
  return [...points]
    .sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)
    .filter((point) => {
      if (point[1]! >= lowest) return false;
      lowest = point[1]!;
      return true;
    });
}

function area(points: readonly Vector[], reference: Vector): number {
  let total = 0;
  let above = reference[1]!;
  for (const point of staircase(points)) {
    total += (reference[0]! - point[0]!) * (above - point[1]!);
    above = point[1]!;
  }
  return total;
}
