import { type FinishedTrial, type History, type RunningTrial, TrialHistory } from "../core/search/history.ts";
import type { Space } from "../core/space/space.ts";

/**
 * What a trial's sampler and pruner see of the other trials. In a plain run they see everything so far; in a
 * deterministic run only what is the same in every run, whatever the number of workers.
 */
export interface HistoryView {
  /** Whether everything that trial `number` is to see has been told, so that it may be proposed. */
  ready(number: number): boolean;
  /** Adds a running trial. */
  start(number: number, row: Float64Array, by: string | null): RunningTrial;
  /** Takes a running trial out, because it waits for its next attempt. */
  interrupt(number: number): void;
  /** Adds a finished trial. */
  append(trial: FinishedTrial): void;
  /** The history with which trial `number` is proposed and judged. */
  for(number: number): History;
  /**
   * Says that all trials of earlier runs have been added. Those below `next` that are neither among them nor among the waiting
   * ones are lost: a repair could not save them, and nothing is to wait for them.
   */
  skipLost(next: number, waiting: readonly { readonly number: number }[]): void;
  /** Begins to read all ended trials anew, as they are then in the order of the record. */
  renewal(): Renewal;
  /** All trials that have ended: of a deterministic run those that are told already. */
  all(): History;
}

/** A history that is read anew. It takes the place of the one that the view has only once it is whole. */
export interface Renewal {
  /** Adds a finished trial. */
  append(trial: FinishedTrial): void;
  /** Says that a trial has ended and is not to be seen: nothing waits for it. It comes before those that are added. */
  skip(number: number): void;
  /** From now on the view has this history. Trials that run go on to do so. */
  commit(): void;
}

/** All finished trials so far, and those that run. */
export function liveHistory(space: Space, directions: number): HistoryView {
  let history = new TrialHistory(space, directions);
  return {
    ready: () => true,
    start: (number, row, by) => history.start(number, row, by),
    interrupt: (number) => history.interrupt(number),
    append: (trial) => history.append(trial),
    for: () => history,
    skipLost: () => {},
    renewal() {
      const next = new TrialHistory(space, directions);
      return {
        append: (trial) => next.append(trial),
        skip: () => {},
        commit() {
          for (const [number, trial] of history.running) next.running.set(number, trial);
          history = next;
        },
      };
    },
    all: () => history,
  };
}

/**
 * Trial n sees the outcomes of trials 0 to n - lag, told in the order of their numbers; running trials are invisible.
 * So a run with any number of workers up to `lag` proposes the same trials, if the trials themselves are deterministic.
 */
export function laggedHistory(space: Space, directions: number, lag: number): HistoryView {
  const lost = new Set<number>();
  let told = toldInOrder(space, directions, lost);
  const visible = (number: number): number => Math.max(0, number - lag + 1);
  return {
    ready: (number) => visible(number) < told.sizes.length,
    start: (number, row, by) => ({ number, row, by, steps: [] }),
    interrupt: () => {},
    append: (trial) => told.append(trial),
    for(number) {
      const { history, newest, sizes } = told;
      const size = sizes[visible(number)] ?? history.size;
      if (size < newest.size) return prefix(history, size);
      newest.size = size;
      return newest;
    },
    skipLost(next, waiting) {
      const awaited = new Set(waiting.map(({ number }) => number));
      for (let number = told.sizes.length - 1; number < next; number++)
        if (!told.early.has(number) && !awaited.has(number)) lost.add(number);
      told.tell();
    },
    renewal() {
      const next = toldInOrder(space, directions, lost);
      return {
        append: next.append,
        skip: next.skip,
        commit() {
          next.tell(); // a trial that was skipped may be all that others have waited for
          told = next;
        },
      };
    },
    all: () => prefix(told.history, told.history.size),
  };
}

/** A history to which trials are told in the order of their numbers. @param lost - Numbers that nothing waits for. */
function toldInOrder(space: Space, directions: number, lost: ReadonlySet<number>) {
  const history = new TrialHistory(space, directions);
  const early = new Map<number, FinishedTrial>();
  const skipped = new Set<number>();
  // Entry n is how many of the trials 0 to n - 1 are in the history; the last entry is for the number that is told next.
  const sizes = [0];
  const tell = (): void => {
    for (;;) {
      const number = sizes.length - 1;
      const trial = early.get(number);
      if (trial) history.append(trial);
      else if (!lost.has(number) && !skipped.has(number)) return;
      early.delete(number);
      sizes.push(history.size);
    }
  };
  return {
    ...{ history, early, sizes, tell },
    // New trials are proposed in order and share one growing object, because samplers cache what they have read of a history.
    newest: prefix(history, 0),
    append(trial: FinishedTrial): void {
      early.set(trial.number, trial);
      tell();
    },
    skip: (number: number): void => void skipped.add(number),
  };
}

/** The first `size` trials of a history, without the running ones. */
function prefix(history: TrialHistory, size: number): History & { size: number } {
  return {
    size,
    running: new Map(),
    whole: history,
    space: history.space,
    get number() {
      return history.number;
    },
    get state() {
      return history.state;
    },
    get params() {
      return history.params;
    },
    get values() {
      return history.values;
    },
    get violation() {
      return history.violation;
    },
    get overrun() {
      return history.overrun;
    },
    get estimate() {
      return history.estimate;
    },
    get estimateSd() {
      return history.estimateSd;
    },
    get guarded() {
      return history.guarded;
    },
    get proposer() {
      return history.proposer;
    },
    get proposers() {
      return history.proposers;
    },
    get stepStart() {
      return history.stepStart;
    },
    get step() {
      return history.step;
    },
    get stepValue() {
      return history.stepValue;
    },
  };
}
