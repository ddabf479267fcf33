// Plays one study of a cross-validated problem, without workers or a database, to compare sampler and pruner alone.

import { mean, meanMinusStd, median, worst } from "../../../src/core/aggregate.ts";
import { rng } from "../../../src/core/rng.ts";
import { type Progress, TrialHistory } from "../../../src/core/search/history.ts";
import type { Pruner } from "../../../src/core/search/pruner.ts";
import { type Sampler, suggest } from "../../../src/core/search/sampler.ts";
import { givenOrder, informativeOrder, type SplitOrder } from "../../../src/core/search/split-order.ts";
import { compileSpace, type Params, toParams } from "../../../src/core/space/space.ts";
import type { startPeer } from "../peer.ts";
import type { SplitProblem } from "./problem.ts";

/** The result of a study. */
export interface Played {
  /** For each budget, the true value of the best complete trial when this many splits had been spent. */
  readonly truth: readonly number[];
  readonly trials: number;
  readonly pruned: number;
  /** Trials that would have become the best if all trials had run to their end; the first ten are left out. */
  readonly chances: number;
  /** The number of these that were stopped. */
  readonly lost: number;
}

type MaybePromise<T> = T | Promise<T>;

/** The aggregates of splits. The true values of problems are means without noise or effects of folds. */
export const AGGREGATES = {
  mean,
  median,
  worst: (values: readonly number[]) => worst(values, { direction: "minimize" }),
  spread: (values: readonly number[]) => meanMinusStd(0.5)(values, { direction: "minimize", objective: 0 }),
};

/** Proposes and judges trials. */
interface Player {
  /** Returns null if there is nothing left to try. */
  ask(number: number): MaybePromise<Params | null>;
  /** Returns the splits of the trial that was proposed last, in the order in which they run. */
  order(): readonly number[];
  /** Returns whether the trial stops after these splits. */
  judge(steps: readonly Progress[]): MaybePromise<boolean>;
  tell(steps: readonly Progress[], value: number, isPruned: boolean): unknown;
}

/**
 * Runs trials until the largest budget of splits is spent. The trial in which that happens does not count.
 *
 * @param parts - Its budgets are numbers of splits, ascending.
 */
async function play(
  problem: SplitProblem,
  player: Player,
  { seed, budgets, aggregate }: Parts,
): Promise<Played> {
  const most = budgets.at(-1)!;
  const truth: number[] = [];
  let best: { readonly value: number; readonly params: Params } | null = null;
  let [spent, trials, pruned, lost, chances] = [0, 0, 0, 0, 0];
  const note = (until: number): void => {
    while (truth.length < budgets.length && budgets[truth.length]! < until)
      truth.push(best === null ? Number.NaN : problem.truth(best.params));
  };
  while (spent < most) {
    const params = await player.ask(trials);
    if (params === null) break;
    const number = trials++;
    const steps: Progress[] = [];
    const scoreOf = (split: number): number => problem.score(params, { seed, number, split });
    let isPruned = false;
    for (const split of player.order()) {
      steps.push({ step: split, value: scoreOf(split) });
      isPruned = steps.length < problem.splitCount && (await player.judge(steps));
      if (isPruned) break;
    }
    note(spent + steps.length);
    spent += steps.length;
    const all = Array.from({ length: problem.splitCount }, (_, split) => scoreOf(split));
    const value = AGGREGATES[aggregate](all);
    const isBetter = best === null || value < best.value;
    if (isBetter && number >= 10) chances++;
    if (isBetter && isPruned) lost++;
    if (isPruned) pruned++;
    else if (isBetter) best = { value, params };
    await player.tell(steps, value, isPruned);
  }
  note(Number.POSITIVE_INFINITY);
  return { truth, trials, pruned, chances, lost };
}

/** Plays a study of Belay. */
export function playOwn(
  problem: SplitProblem,
  { sampler, pruner, order, ...parts }: OwnParts,
): Promise<Played> {
  const { seed } = parts;
  const space = compileSpace(problem.space);
  const history = new TrialHistory(space, 1);
  const directions = ["minimize"] as const;
  const { splitCount, noise } = problem;
  let trial = history.start(0, new Float64Array());
  let estimate: ReturnType<Pruner["judge"]> | null = null;
  return play(
    problem,
    {
      ask(number) {
        history.interrupt(number);
        const of = (n: number) => (purpose: string) => rng(seed, n, purpose);
        const streams = { rng: of(number), studyRng: of(-1) };
        const context = { space, directions, history, number, noise, trials: null, ...streams };
        const suggested = suggest(sampler, context);
        if (!suggested) return null;
        trial = history.start(number, suggested.row, suggested.by);
        return toParams(space, suggested.row);
      },
      order: () => (order === "informative" ? informativeOrder : inOrder)(history, splitCount, []),
      judge(steps) {
        const judged = { ...trial, steps: [...steps] };
        estimate = pruner.judge({ history, directions, trial: judged, totalSteps: splitCount });
        return estimate.prune;
      },
      tell(told, value, isPruned) {
        const steps = [...told].sort((a, b) => a.step - b.step);
        const base = {
          number: trial.number,
          row: trial.row,
          by: trial.by ?? null,
          constraints: [],
          overrun: 0,
          steps,
        };
        if (!isPruned) history.append({ ...base, state: "complete", reason: null, values: [value] });
        else {
          const known = estimate?.prune ? (estimate.estimate ?? null) : null;
          history.append({ ...base, state: "pruned", reason: "pruner", values: [], estimate: known });
        }
      },
    },
    parts,
  );
}

/** The settings of a study of either program. */
interface Parts {
  readonly seed: number;
  readonly budgets: readonly number[];
  readonly aggregate: keyof typeof AGGREGATES;
}

/** Further settings of a study of Belay. */
interface OwnParts extends Parts {
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly order: SplitOrder;
}

function inOrder(_: unknown, splitCount: number): number[] {
  return givenOrder(splitCount, []);
}

/** Plays a study of Optuna, with the multivariate version of its sampler. */
export async function playPeer(
  problem: SplitProblem,
  {
    peer,
    pruner,
    ...parts
  }: Parts & { readonly peer: ReturnType<typeof startPeer>; readonly pruner: string },
): Promise<Played> {
  const { seed } = parts;
  const space = compileSpace(problem.space).params;
  await peer.call({
    op: "study",
    space,
    sampler: "tpe-multivariate",
    seed,
    pruner,
    splits: problem.splitCount,
  });
  let number = 0;
  return play(
    problem,
    {
      async ask() {
        const asked = await peer.call<{ number: number; params: Params }>({ op: "ask" });
        number = asked.number;
        return asked.params;
      },
      order: () => givenOrder(problem.splitCount, []),
      async judge(steps) {
        const splits = steps.map(({ value }) => value);
        // As Optuna's documentation suggests: Wilcoxon's test gets the splits themselves, other pruners the mean so
        // far.
        const mean = splits.reduce((sum, each) => sum + each, 0) / splits.length;
        const value = pruner === "wilcoxon" ? splits.at(-1)! : mean;
        const step = splits.length - 1;
        return (await peer.call<{ prune: boolean }>({ op: "report", number, step, value })).prune;
      },
      tell: (_, value, isPruned) =>
        peer.call({ op: "tell", number, ...(isPruned ? { pruned: true } : { value }) }),
    },
    parts,
  );
}
