import type { CmaConstants, CmaState } from "./state.ts";

/** One search for an optimum: a normal distribution, and how it has fared. */
export interface Search {
  state: CmaState;
  constants: CmaConstants;
  /** The best value of each of its generations, by which convergence is seen. */
  recent: number[];
  /** The best of them; Infinity before the first generation. */
  best: number;
}

/** A search and those that were left before it. */
export interface Searches extends Search {
  readonly left: Search[];
  /** Whether the best of all searches goes on until the end of the study. */
  isLast: boolean;
}

/** The widest standard deviation of a param, as a share of its range. */
function widthOf({ n, sigma, covariance }: CmaState): number {
  let widest = 0;
  for (let a = 0; a < n; a++) widest = Math.max(widest, covariance[a * (n + 1)]!);
  return sigma * Math.sqrt(widest);
}

/** Whether the steps are tiny, or the best values have been equal for many generations. */
export function hasConverged({ state, constants, recent }: Search): boolean {
  if (!(widthOf(state) > 1e-9)) return true;
  const span = 10 + Math.ceil((30 * state.n) / constants.population);
  if (recent.length < span) return false;
  const last = recent.slice(-span);
  return (
    Math.max(...last) - Math.min(...last) <= 1e-14 * Math.abs(last[0]!) ||
    last.every((value) => value === last[0])
  );
}

/** With steps this short in every param a search is in a valley that it will not leave. */
const SETTLED = 5e-4;
/** The last share of the planned trials, in which the best of all searches goes on. */
const LAST = 0.15;

/**
 * Changes the search after a generation, in a study whose end is known. One that has settled is left as it is, and another
 * begins elsewhere, since there may be a deeper valley; near the end the best of them goes on.
 *
 * @param begin - Begins another search.
 * @param done - The number of finished trials.
 * @param trials - How many trials are planned; null if that is not known, when a search goes on until it has converged.
 */
export function changeSearch(
  searches: Searches,
  begin: () => void,
  done: number,
  trials: number | null,
): void {
  const isEnd = trials !== null && done >= (1 - LAST) * trials;
  if (isEnd && !searches.isLast) {
    searches.isLast = true;
    const all = [...searches.left, searchOf(searches)].sort((a, b) => a.best - b.best);
    Object.assign(searches, all[0]!);
  }
  const isOver = hasConverged(searches);
  if (!isOver && (isEnd || trials === null || widthOf(searches.state) > SETTLED)) return;
  searches.left.push(searchOf(searches));
  begin();
}

const searchOf = ({ state, constants, recent, best }: Search): Search => ({ state, constants, recent, best });
