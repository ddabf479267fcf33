import type { RuleFigure } from "../core/search/stop-rule.ts";
import type { Params } from "../core/space/space.ts";
import type { FinalMemory, Outcome, SplitResult } from "../core/trial.ts";
import type { BreakerState } from "../scheduler/breaker.ts";
import type { Metrics } from "../store/records.ts";

/** What happens in a run. Listeners (the live block, the log) get an event once the store has what it is about. */
export type StudyEvent =
  | {
      readonly kind: "trial-started";
      readonly number: number;
      readonly attempt: number;
      readonly params: Params;
    }
  | { readonly kind: "trial-running"; readonly number: number; readonly slot: number; readonly pid: number }
  | { readonly kind: "split-began"; readonly number: number; readonly split: number }
  | { readonly kind: "split"; readonly number: number; readonly result: SplitResult }
  | {
      readonly kind: "trial-interrupted";
      readonly number: number;
      /** The machine that is gone, so that the trial starts again in this run; null: it waits for a resume. */
      readonly lostOn: string | null;
    }
  | {
      readonly kind: "trial-ended";
      readonly number: number;
      readonly outcome: Outcome;
      readonly durationMs: number;
      readonly isBest: boolean;
    }
  /** Parked trials are taken up again, since their race would not stop them now; none, where a person has asked in vain. */
  | { readonly kind: "unparked"; readonly numbers: readonly number[] }
  | { readonly kind: "memory"; readonly number: number; readonly memory: FinalMemory }
  | {
      readonly kind: "brake";
      readonly on: boolean;
      readonly availableBytes: number;
      readonly reserveBytes: number;
    }
  /** A command from another terminal has been carried out, or refused. */
  | { readonly kind: "command"; readonly command: string; readonly ok: boolean; readonly message: string }
  /** The breaker has changed its state: nearly every trial is lost, or one has worked again. */
  | { readonly kind: "breaker"; readonly state: BreakerState; readonly message: string }
  /** The coordinator's periodic work is late: something keeps its process busy. */
  | { readonly kind: "late"; readonly lagMs: number }
  /** What the scheduler sees and decides, every few seconds. */
  | { readonly kind: "metrics"; readonly metrics: Metrics }
  /** The database cannot be written; the run waits until it can. */
  | { readonly kind: "store-waits"; readonly message: string }
  | { readonly kind: "store-mended" }
  /** The stop rules are these from now on; `figures` are what they see at the moment in which it is called. */
  | { readonly kind: "stop-rules"; readonly figures: () => readonly RuleFigure[] }
  /** A stop rule holds: no new trial starts, and once those that run have ended the rule is asked again. */
  | ({ readonly kind: "stop-rule"; readonly running: number } & RuleFigure)
  | { readonly kind: "stopping"; readonly now: boolean };

export type Listener = (event: StudyEvent) => void;

/** Passes events on to the parts of a run, which learn from them, and to the listener outside. */
export interface RunEvents {
  /** Passes an event to the parts of the run, at once. */
  readonly learn: Listener;
  /** Passes an event that is recorded now to the listener only: the parts of the run have learned it already. */
  readonly announce: Listener;
  /** Passes an event to both, when nothing has to be recorded first. */
  readonly emit: Listener;
}

/**
 * The events of one run.
 *
 * @param learners - The parts that learn, in their order. They also emit events, so they are opened after this call and
 *   added to the array then.
 */
export function runEvents(learners: readonly Listener[], announce: Listener): RunEvents {
  const learn = (event: StudyEvent): void => {
    for (const learner of learners) learner(event);
  };
  return {
    learn,
    announce,
    emit(event) {
      learn(event);
      announce(event);
    },
  };
}
