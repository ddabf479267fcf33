import type { History } from "../core/search/history.ts";
import type { Told } from "../core/search/told.ts";
import type { Space } from "../core/space/space.ts";
import { type AddedTrial, add } from "./added.ts";
import { type BestTrial, best, type FrontTrial, front } from "./best.ts";
import { type AskTellOptions, readOptions } from "./options.ts";
import { load, type SavedSearch, save } from "./saved.ts";
import { type AskedTrial, ask, enqueue, newSearch, report, shouldPrune, tell } from "./search.ts";

/**
 * A study in memory, driven by a loop of your own.
 *
 * @example
 * const search: AskTell = askTell({ space, direction: "maximize" });
 */
export interface AskTell {
  /**
   * Starts the next trial: with enqueued params, if there are any, else with what the sampler proposes. Several trials
   * may run at once.
   *
   * @returns null when the space is exhausted.
   */
  ask(): AskedTrial | null;
  /**
   * Ends a running trial. A value or constraint that is NaN or infinite prunes it (`not-finite`), as in a study.
   *
   * @param told - The value, an array with one value for each direction, or how the trial ended.
   * @throws BelayError `usage`: no such trial runs, the values do not fit the directions, or a wrong field.
   */
  tell(number: number, told: number | readonly number[] | Told): void;
  /**
   * Records what a running trial has come to: at a step within it, such as an epoch, or with `splits`, on one of them. A
   * split whose value is NaN or infinite prunes the trial, as in a study.
   *
   * @param step - A step, or the number of a split, counted from 0. Each split is reported once, in any order.
   * @throws BelayError `usage`: no such trial runs, or a wrong step or value.
   */
  report(number: number, step: number, value: number): void;
  /**
   * Whether the pruner would stop a running trial after its last report. Ask after each report; then tell the trial
   * `{ state: "pruned" }`. If the pruner has estimated what the trial would have come to, the trial gets this estimate.
   *
   * @throws BelayError `usage`: no such trial runs.
   */
  shouldPrune(number: number): boolean;
  /**
   * Adds params that `ask` returns before it uses the sampler again. Params that are left out are drawn at random.
   *
   * @throws BelayError `usage`: an unknown name, a value that the param cannot take, or a param that is inactive.
   */
  enqueue(params: Readonly<Record<string, unknown>>): void;
  /**
   * Adds finished trials that were run elsewhere, in this order: all of them, or none if one is wrong.
   *
   * @returns the numbers that they get.
   * @throws BelayError `usage`: params that the space does not have or that are missing, or whatever `tell` refuses.
   */
  add(trials: readonly AddedTrial[]): number[];
  /**
   * The complete and feasible trial with the best value; null while there is none.
   *
   * @throws BelayError `usage` with several directions, because then there is no single best trial.
   */
  best(): BestTrial | null;
  /**
   * The Pareto front: the complete and feasible trials that no other one dominates, from the best to the worst in the
   * first objective. With one direction, the trials that share the best value.
   */
  front(): FrontTrial[];
  /**
   * The whole search as plain data: options, finished, running and enqueued trials. JSON holds it exactly, and a search
   * that loads it goes on as this one would have.
   */
  save(): SavedSearch;
  /**
   * Goes on where a saved search was, in a new search with the same options. If something is wrong, nothing is changed.
   *
   * @param saved - What `save` returned, also after a way through JSON.
   * @throws BelayError `usage`: this search has trials already, has other options, or `saved` is not what `save` returned.
   */
  load(saved: SavedSearch): void;
  /** The search space, checked, with parents before their children. */
  readonly space: Space;
  /** The finished trials and those that run now, as the sampler sees them. */
  readonly history: History;
}

/**
 * Ask and tell: uses the samplers and pruners of a study in a loop of your own, in memory and without workers.
 *
 * @example
 * const search = askTell({ space: { x: float(-5, 5) }, direction: "minimize", seed: 1 });
 * for (let trial = search.ask(); trial && trial.number < 100; trial = search.ask()) {
 *   search.tell(trial.number, Number(trial.params.x) ** 2);
 * }
 *
 * @throws BelayError `study` for a bad space, `usage` for any other wrong option.
 */
export function askTell(options: AskTellOptions): AskTell {
  const search = newSearch(readOptions(options));
  return {
    ask: () => ask(search),
    tell: (number, told) => tell(search, number, told),
    report: (number, step, value) => report(search, number, step, value),
    shouldPrune: (number) => shouldPrune(search, number),
    enqueue: (params) => enqueue(search, params),
    add: (trials) => add(search, trials),
    best: () => best(search),
    front: () => front(search),
    save: () => save(search),
    load: (saved) => load(search, saved),
    space: search.space,
    history: search.history,
  };
}
