import type { Params } from "../core/space/space.ts";
import type { FinalMemory, Outcome, SplitResult } from "../core/trial.ts";
import type { BreakerState } from "../scheduler/breaker.ts";
import type { Metrics } from "../store/records.ts";

/** What the coordinator tells whoever listens (the live block, the log): facts that the store holds already. */
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
  | { readonly kind: "trial-interrupted"; readonly number: number; readonly failed: boolean }
  | {
      readonly kind: "trial-ended";
      readonly number: number;
      readonly outcome: Outcome;
      readonly durationMs: number;
      readonly isBest: boolean;
    }
  | { readonly kind: "memory"; readonly number: number; readonly memory: FinalMemory }
  | {
      readonly kind: "brake";
      readonly on: boolean;
      readonly availableBytes: number;
      readonly reserveBytes: number;
    }
  /** Somebody has acted on the run from another terminal. */
  | { readonly kind: "command"; readonly command: string; readonly ok: boolean; readonly message: string }
  /** Nearly every trial is lost, or one has worked again. */
  | { readonly kind: "breaker"; readonly state: BreakerState; readonly message: string }
  /** The coordinator's own clock work comes late: something keeps it busy. */
  | { readonly kind: "late"; readonly lagMs: number }
  /** What the scheduler sees and decides, every few seconds. */
  | { readonly kind: "metrics"; readonly metrics: Metrics }
  /** The database cannot be written now; the run waits until it can. */
  | { readonly kind: "store-waits"; readonly message: string }
  | { readonly kind: "store-mended" }
  | { readonly kind: "stopping"; readonly now: boolean };

export type Listener = (event: StudyEvent) => void;

/** Whom a run tells what happens: the parts of itself that learn from it, and whoever listens. */
export interface RunEvents {
  /** The run itself learns from it, at once. */
  readonly learn: Listener;
  /** Tells listeners only, once it is recorded: the run itself knows the event already. */
  readonly announce: Listener;
  /** Both. */
  readonly tell: Listener;
  /** Another part of the run learns from what happens from now on. */
  readonly addLearner: (learner: Listener) => void;
}

export function runEvents(announce: Listener): RunEvents {
  const learners: Listener[] = [];
  const learn = (event: StudyEvent): void => {
    for (const learner of learners) learner(event);
  };
  return {
    learn,
    announce,
    tell(event) {
      learn(event);
      announce(event);
    },
    addLearner: (learner) => void learners.push(learner),
  };
}
