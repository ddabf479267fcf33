import type { Member } from "./population.ts";

type Vector = readonly number[];

/** The place of a member among the directions. */
export interface Niche {
  readonly member: Member;
  /** Index of the direction that is nearest to the member. */
  readonly direction: number;
  /** How far the member is from the line through the ideal point along that direction. */
  readonly distance: number;
}

/**
 * Directions that are spread evenly over all trade-offs between objectives, at most `count`: Das and Dennis,
 * "Normal-Boundary Intersection", SIAM J. Optimization 8, 1998. Where they are so few that all lie on the border, those
 * of an inner layer are added, as Deb and Jain do.
 */
export function directionsFor(objectives: number, count: number): Vector[] {
  const divisions = divisionsFor(objectives, count);
  const outer = layer(objectives, divisions);
  const inner = divisions < objectives ? divisionsFor(objectives, count - outer.length) : 0;
  if (inner === 0) return outer;
  const shrunk = layer(objectives, inner).map((direction) =>
    direction.map((part) => part / 2 + 1 / (2 * objectives)),
  );
  return [...outer, ...shrunk];
}

/** The largest number of parts into which each objective's share can be divided for at most `count` directions. */
function divisionsFor(objectives: number, count: number): number {
  if (objectives === 1) return 1;
  let divisions = 0;
  let size = 1;
  // There are (divisions + objectives - 1 choose divisions) directions.
  for (;;) {
    size = (size * (divisions + objectives)) / (divisions + 1);
    if (size > count) return divisions;
    divisions++;
  }
}

function layer(objectives: number, divisions: number): Vector[] {
  if (divisions === 0) return [new Array<number>(objectives).fill(1 / objectives)];
  const found: Vector[] = [];
  const extend = (shares: Vector, left: number): void => {
    if (shares.length === objectives - 1) found.push([...shares, left].map((share) => share / divisions));
    else for (let share = 0; share <= left; share++) extend([...shares, share], left - share);
  };
  extend([], divisions);
  return found;
}

/**
 * Sorts fronts by the niches of their members: each time the one comes next whose direction has the fewest members so
 * far, of those the one that is nearest to it, of equals the first. So what stays of the last front are those that
 * NSGA-III takes.
 */
export function byNiches(fronts: readonly (readonly Member[])[], directions: readonly Vector[]): Member[] {
  const order: Member[] = [];
  const counts = new Int32Array(directions.length);
  for (const front of nichesOf(fronts, directions)) {
    // Within a niche the nearest comes first, so only the first of each niche has to be looked at.
    const queues = directions.map((): Niche[] => []);
    for (const niche of front) queues[niche.direction]!.push(niche);
    for (const queue of queues) queue.sort((a, b) => a.distance - b.distance || 0);
    for (let left = front.length; left > 0; left--) {
      let next: Niche | undefined;
      for (const [rival] of queues) if (rival && (!next || isBefore(rival, next, counts))) next = rival;
      queues[next!.direction]!.shift();
      counts[next!.direction]!++;
      order.push(next!.member);
    }
  }
  return order;
}

function isBefore(one: Niche, other: Niche, counts: Int32Array): boolean {
  const more = counts[one.direction]! - counts[other.direction]!;
  return more < 0 || (more === 0 && one.distance < other.distance);
}

/**
 * The niche of each member, by front. Costs are scaled so that the best of each objective on the first front is 0, and
 * the worst 1.
 */
export function nichesOf(
  fronts: readonly (readonly Member[])[],
  directions: readonly Vector[],
): readonly (readonly Niche[])[] {
  const [first = []] = fronts;
  const scales = (first[0]?.costs ?? []).map((_, k) => {
    const costs = first.map((member) => member.costs[k]!);
    const best = Math.min(...costs);
    // Each term is halved, because the difference of two floats may overflow.
    return { best, range: Math.max(...costs) / 2 - best / 2 || 1 };
  });
  const scaled = ({ costs }: Member): number[] =>
    costs.map((cost, k) => (cost / 2 - scales[k]!.best / 2) / scales[k]!.range || 0);
  return fronts.map((front) => front.map((member) => nearest(member, scaled(member), directions)));
}

function nearest(member: Member, point: Vector, directions: readonly Vector[]): Niche {
  let found: Niche = { member, direction: 0, distance: Number.POSITIVE_INFINITY };
  directions.forEach((line, direction) => {
    const distance = distanceFrom(point, line);
    if (distance < found.distance) found = { member, direction, distance };
  });
  return found;
}

function distanceFrom(point: Vector, line: Vector): number {
  let [along, length] = [0, 0];
  for (let k = 0; k < line.length; k++) {
    along += point[k]! * line[k]!;
    length += line[k]! * line[k]!;
  }
  let sum = 0;
  for (let k = 0; k < line.length; k++) sum += (point[k]! - (along / length) * line[k]!) ** 2;
  return Math.sqrt(sum);
}
