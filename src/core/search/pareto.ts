/**
 * The places of the points that no other point beats: none is at least as good in every cost and better in one. Sorted by
 * the first cost, then the next ones, then the place.
 *
 * @param points - The costs of each point: smaller is better.
 */
export function nonDominated(points: readonly (readonly number[])[]): number[] {
  const places = points.map((_, place) => place);
  // In this order a point can only be beaten by one before it, and all that beat it stand on the front or are beaten by
  // one that does.
  places.sort((a, b) => compareCosts(points[a]!, points[b]!) || a - b);
  const front: number[] = [];
  for (const place of places) {
    if (!front.some((other) => dominates(points[other]!, points[place]!))) front.push(place);
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
