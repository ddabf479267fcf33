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

function compareCosts(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < a.length; k++) {
    if (a[k] !== b[k]) return a[k]! - b[k]!;
  }
  return 0;
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((cost, k) => cost <= b[k]!) && a.some((cost, k) => cost < b[k]!);
}
