import { askContext, type Suggestion, toSuggestion } from "../core/search/sampler.ts";
import type { RunControl } from "./control.ts";
import type { RunningStudy } from "./study.ts";

/** The parts of the study that an ask needs. */
export type Asked = Pick<
  RunningStudy,
  "sampler" | "space" | "directions" | "history" | "noise" | "seed" | "trials" | "learned"
>;

/** Asks the sampler for one trial at a time. */
export interface Asking {
  /**
   * The suggestion for a trial; null: the space is exhausted. `later`: it is awaited, and once the loop is woken the same
   * call returns it.
   *
   * @throws what the sampler throws.
   */
  ask(number: number): Suggestion | null | "later";
  /** Forgets the suggestion that is awaited, because its trial may not start now. Its number is free for the next ask. */
  drop(): void;
}

/** A suggestion that is awaited, or has come. */
interface Pending {
  readonly number: number;
  /** The growing history that the sampler has seen: when it is read anew, the suggestion is out of date. */
  readonly whole: object;
  /** Returns the suggestion, or throws the sampler's error; null before either is there. */
  result: (() => Suggestion | null) | null;
}

export function openAsking(study: Asked, control: Pick<RunControl, "wake">): Asking {
  let pending: Pending | null = null;

  function begin(number: number): Suggestion | null | "later" {
    const { sampler, trials } = study;
    const history = study.history.for(number);
    const answer = sampler.ask(askContext(study, { history, number, trials }));
    if (!(answer instanceof Promise)) return toSuggestion(sampler, answer);
    const begun: Pending = { number, whole: history.whole, result: null };
    pending = begun;
    const settle = (result: () => Suggestion | null): void => {
      begun.result = result;
      control.wake();
    };
    answer.then(
      (suggestion) => settle(() => suggestion),
      (error: unknown) =>
        settle(() => {
          throw error;
        }),
    );
    return "later";
  }

  return {
    ask(number) {
      if (pending?.number !== number || pending.whole !== study.history.for(number).whole)
        return begin(number);
      const { result } = pending;
      if (result === null) return "later";
      pending = null;
      return result();
    },
    drop() {
      pending = null;
    },
  };
}
