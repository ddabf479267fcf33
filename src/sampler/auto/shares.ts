import type { Standings } from "./standings.ts";

/** One who may propose, and the improvements that it is credited with before it has shown what it can. */
export interface Member {
  readonly name: string;
  readonly prior: number;
}

/** Each member proposes at least this share of the trials: what is bad now may be good later. */
const LEAST_SHARE = 1 / 8;

/**
 * The share of the next trials that each member proposes. Half of it goes by how many of the latest improvements they
 * have brought, half by how well their latest trials rank among one another.
 */
export function sharesOf(members: readonly Member[], standings: Standings): number[] {
  const brought = members.map(({ name, prior }) => prior + improvementsOf(standings, name));
  const ranks = ranksOf(members, standings).map((rank) => rank * rank);
  const free = Math.max(0, 1 - LEAST_SHARE * members.length);
  return members.map(
    (_, m) => LEAST_SHARE + (free * (brought[m]! / sum(brought) + ranks[m]! / sum(ranks))) / 2,
  );
}

/** How many of the latest improvements a member has brought. */
export function improvementsOf({ improvers }: Standings, name: string): number {
  return improvers.filter((by) => by === name).length;
}

/** The mean rank of each member's latest trials among those of all, from near 0 to near 1, the best; 1/2 without trials. */
function ranksOf(members: readonly Member[], { recent }: Standings): number[] {
  const values = members.map(({ name }) => recent.get(name) ?? []);
  const all = values.flat();
  return values.map((own) => {
    // Half a win against a trial that is as good, one of which is the trial itself.
    const wins = own.map((value) =>
      sum(all.map((other) => (value < other ? 1 : value === other ? 1 / 2 : 0))),
    );
    return own.length === 0 ? 1 / 2 : sum(wins) / (own.length * all.length);
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** The fractional part of the golden ratio: its multiples are spread evenly, so that turns alternate. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The index of the member whose turn a trial is: it follows from the trial's number, also if no running trial is seen. */
export function turnOf(shares: readonly number[], number: number): number {
  let rest = ((number * GOLDEN) % 1) * sum(shares);
  for (const [m, share] of shares.entries()) {
    if (rest < share) return m;
    rest -= share;
  }
  return shares.length - 1;
}
