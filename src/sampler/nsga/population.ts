import { type Direction, sign } from "../../core/search/direction.ts";
import { type History, rowAt, STATE_CODE } from "../../core/search/history.ts";
import { nonDominated } from "../../core/search/pareto.ts";

/** A trial that can be a parent. */
export interface Member {
  readonly row: Float64Array;
  /** Its values, the smaller the better; empty for a trial that is over a limit. */
  readonly costs: readonly number[];
  /** How far it is over its constraints or a limit; 0 for a feasible trial. */
  readonly over: number;
}

/** Puts feasible members into one order, the fittest first: those of each front before those of the next. */
export type Arrange = (fronts: readonly (readonly Member[])[]) => Member[];

/** The fittest of the trials so far, the best first. */
export interface Population {
  readonly limit: number;
  readonly arrange: Arrange;
  /** How many finished trials of the history have been looked at. */
  read: number;
  members: Member[];
}

export function emptyPopulation(limit: number, arrange: Arrange): Population {
  return { limit, arrange, read: 0, members: [] };
}

/**
 * Lets the trials that have finished since the last call compete for a place, one after the other in the order in which
 * they were told. So the population is the same whenever it is computed.
 */
export function addFinished(
  population: Population,
  history: History,
  directions: readonly Direction[],
): void {
  const signs = directions.map(sign);
  for (; population.read < history.size; population.read++) {
    const member = memberAt(history, population.read, signs);
    if (!member) continue;
    const { members, arrange, limit } = population;
    population.members = sorted([...members, member], arrange).slice(0, limit);
  }
}

/** The trial as a parent; null if it is neither complete nor known to be over a limit. */
function memberAt(history: History, i: number, signs: readonly number[]): Member | null {
  const over = history.violation[i]! + history.overrun[i]!;
  if (over > 0) return { row: rowAt(history, i), costs: [], over };
  const costs = history.values.map((column, k) => column[i]! * signs[k]!);
  const isUsable = history.state[i] === STATE_CODE.complete && !costs.some(Number.isNaN);
  return isUsable ? { row: rowAt(history, i), costs, over: 0 } : null;
}

/**
 * Sorts by constrained domination: feasible members by their front, and within a front as `arrange` does; then the others by
 * how far they are over. Of equals the older one is first.
 */
function sorted(members: readonly Member[], arrange: Arrange): Member[] {
  let left = members.filter(({ over }) => over === 0);
  const fronts: Member[][] = [];
  while (left.length > 0) {
    const front = new Set(nonDominated(left.map(({ costs }) => costs)));
    fronts.push(left.filter((_, i) => front.has(i)));
    left = left.filter((_, i) => !front.has(i));
  }
  return [
    ...arrange(fronts),
    ...members
      .filter(({ over }) => over > 0)
      .sort((a, b) => (a.over < b.over ? -1 : Number(a.over > b.over))),
  ];
}

/** Sorts a front by crowding distance, the loneliest first. */
export function bySpread(front: readonly Member[]): Member[] {
  const distance = new Map<Member, number>(front.map((member) => [member, 0]));
  for (let k = 0; k < front[0]!.costs.length; k++) {
    const line = [...front].sort((a, b) => a.costs[k]! - b.costs[k]! || 0);
    const range = line.at(-1)!.costs[k]! - line[0]!.costs[k]!;
    line.forEach((member, i) => {
      const [before, after] = [line[i - 1], line[i + 1]];
      const gap =
        before && after ? (after.costs[k]! - before.costs[k]!) / range || 0 : Number.POSITIVE_INFINITY;
      distance.set(member, distance.get(member)! + gap);
    });
  }
  return [...front].sort((a, b) => {
    const [left, right] = [distance.get(a)!, distance.get(b)!];
    return left > right ? -1 : Number(left < right);
  });
}
