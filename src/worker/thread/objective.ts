import type { TrialLimits } from "../../core/engine.ts";
import type { TrainContext } from "../../core/study.ts";
import type { Outcome } from "../../core/trial.ts";
import type { LoadedStudy } from "../../study/load.ts";

/** What trains the splits of a trial: the study's `train`, or a program. */
export interface Objective {
  /** What it is called in messages about what it returned. */
  readonly name: string;
  /** Trains one split under these limits. @returns what `readResult` reads. */
  train(context: TrainContext<unknown, unknown, unknown, unknown>, limits: TrialLimits): unknown;
  /** How a trial has ended in which `train` has thrown this; null: as one whose objective has thrown an error. */
  endOf(thrown: unknown): Outcome | null;
  /** Ends what still runs for the trial, whose outcome is sent already. */
  close(): Promise<void>;
}

/** The study's own `train`. */
export function functionObjective({ definition }: LoadedStudy): Objective {
  return {
    name: "train",
    train: (context) => definition.train!(context),
    endOf: () => null,
    close: async () => {},
  };
}
