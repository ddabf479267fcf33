import { BelayError } from "../core/error.ts";
import { sign } from "../core/search/direction.ts";
import { rowAt } from "../core/search/history.ts";
import { nonDominated } from "../core/search/pareto.ts";
import { toParams } from "../core/space/space.ts";
import type { AskedTrial, Search } from "./search.ts";

/**
 * The best trial so far.
 *
 * @example
 * console.log(search.best()?.params);
 */
export interface BestTrial extends AskedTrial {
  /** The value that `tell` was given. */
  readonly value: number;
}

/**
 * A trial of the Pareto front: no other trial is at least as good in every objective and better in one.
 *
 * @example
 * for (const { params, values } of search.front()) console.log(values, params);
 */
export interface FrontTrial extends AskedTrial {
  /** The values that `tell` was given, one for each direction. */
  readonly values: readonly number[];
}

export function best(search: Search): BestTrial | null {
  const { history, directions } = search;
  if (directions.length > 1) {
    const advice = "front() has the trials that no other trial dominates";
    throw new BelayError("usage", `best: expected one direction, got ${directions.length}: ${advice}`);
  }
  const flip = sign(directions[0]!);
  const values = history.values[0]!;
  let first = -1;
  for (let i = 0; i < history.size; i++) {
    if (!isEligible(search, i)) continue;
    if (first < 0 || values[i]! * flip < values[first]! * flip) first = i;
  }
  return first < 0 ? null : { ...trialAt(search, first), value: values[first]! };
}

export function front(search: Search): FrontTrial[] {
  const { history, directions } = search;
  const eligible: number[] = [];
  for (let i = 0; i < history.size; i++) if (isEligible(search, i)) eligible.push(i);
  const valuesAt = (i: number): number[] => history.values.map((column) => column[i]!);
  const signs = directions.map(sign);
  const costs = eligible.map((i) => valuesAt(i).map((value, k) => value * signs[k]!));
  return nonDominated(costs).map((place) => {
    const i = eligible[place]!;
    return { ...trialAt(search, i), values: valuesAt(i) };
  });
}

/** Whether a finished trial can be the best: it is complete, and feasible. */
function isEligible({ history }: Search, i: number): boolean {
  return !Number.isNaN(history.values[0]![i]!) && history.violation[i] === 0;
}

function trialAt({ history, space }: Search, i: number): AskedTrial {
  return { number: history.number[i]!, params: toParams(space, rowAt(history, i)) };
}
