import type { Clock } from "../core/clock.ts";
import type { Engine, TrialLimits } from "../core/engine.ts";
import { isFeasible } from "../core/search/constraints.ts";
import type { Direction } from "../core/search/direction.ts";
import { sign } from "../core/search/direction.ts";
import type { FinishedTrial, History } from "../core/search/history.ts";
import type { Pruner } from "../core/search/pruner.ts";
import type { Asker } from "../core/search/sampler.ts";
import type { SplitOrder } from "../core/search/split-order.ts";
import type { StopRule } from "../core/search/stop-rule.ts";
import type { Space } from "../core/space/space.ts";
import type { SchedulerOptions } from "../scheduler/options.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import type { WaitingTrial } from "../store/records.ts";
import type { RunControl } from "./control.ts";
import type { Listener, RunEvents } from "./events.ts";
import { type HistoryView, laggedHistory, liveHistory } from "./history-view.ts";
import type { Proposal } from "./proposal.ts";
import { type RunningAttempts, runningAttempts } from "./running-attempts.ts";

/** Everything that a run needs: the study, its settings, and the engine, sampler and pruner that it uses. */
export interface RunPlan {
  readonly owned: OwnedStudy;
  readonly engine: Engine;
  readonly sampler: Asker;
  readonly pruner: Pruner;
  readonly space: Space;
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  /** In which order the splits of a trial run. @default given */
  readonly splitOrder?: SplitOrder;
  /** Takes parked trials up again before anything else. @default only when the trials are used up */
  readonly unpark?: boolean;
  readonly seed: number;
  readonly noise: boolean;
  /** What the study learns from (see `AskContext`). @default nothing */
  readonly learned?: History | null;
  readonly limits: TrialLimits;
  /** How many trials the study has when it is finished. */
  readonly trials: number;
  /** Ends the run this long after its start; null = never. */
  readonly studyTimeoutMs: number | null;
  /** Ends the run when a complete trial is at least this good; null = never. */
  readonly target: number | null;
  /** In a deterministic run trial n sees the outcomes of trials up to n - lag; null: it sees all outcomes so far. */
  readonly lag: number | null;
  /** What ends the study when nothing more is to be expected. @default none */
  readonly stopRules?: readonly StopRule[];
  /** Reads stop rules that `belay set` asks for: their texts as they are recorded, and the rules. @default none can be set */
  readonly readStopRules?: (texts: readonly string[]) => {
    readonly texts: readonly string[];
    readonly rules: readonly StopRule[];
  };
  /** How long earlier runs of the study have lasted. @default 0 */
  readonly activeMs?: number;
  readonly clock: Clock;
  readonly listen: Listener;
  /** How many trials run at a time, and what may hold them back. Absent: as many run as the engine has slots. */
  readonly scheduling?: SchedulerOptions;
}

/** Trials that are taken up again together. While a round is open no other trial starts. */
export interface Round {
  /** The numbers of its trials. */
  readonly members: ReadonlySet<number>;
  /**
   * What its trials are judged by: the trials that are neither parked nor of this round. It is the same however many of the
   * round have ended, so that crashes and the number of workers change nothing.
   */
  readonly history: History;
}

/**
 * The state of a run, which its parts share; each part declares the fields that it uses. `belay set` may change its
 * limits, its total and its stop rules.
 */
export interface RunningStudy
  extends Omit<RunPlan, "limits" | "trials" | "listen" | "stopRules" | "readStopRules" | "activeMs"> {
  readonly history: HistoryView;
  readonly attempts: RunningAttempts;
  /** Proposals that wait for memory. */
  readonly held: Proposal[];
  readonly events: RunEvents;
  limits: TrialLimits;
  trials: number;
  stopRules: readonly StopRule[];
  readonly readStopRules: NonNullable<RunPlan["readStopRules"]>;
  readonly activeMs: number;
  /** The parked trials that are being taken up again; null: none. */
  round: Round | null;
  /** Whether the pruner has stopped any trial with an estimate. */
  isParking: boolean;
  /** How many trials have ended; those that are invalid count. */
  finished: number;
  /** Trials whose end is told and not recorded yet, by number. */
  readonly unrecorded: Map<number, FinishedTrial>;
  /** The trials that end while the history is read anew; null: it is not. */
  meanwhile: FinishedTrial[] | null;
  nextNumber: number;
  /** The best value so far of a study with one direction; null before there is one. */
  best: number | null;
}

/** Reads from the store what earlier runs have left: the history of finished trials, and the number of the next one. */
export async function openRun(
  plan: RunPlan,
  control: Pick<RunControl, "now">,
  events: RunEvents,
  waiting: readonly WaitingTrial[],
): Promise<RunningStudy> {
  const study: RunningStudy = {
    ...plan,
    stopRules: plan.stopRules ?? [],
    readStopRules: plan.readStopRules ?? (() => ({ texts: [], rules: [] })),
    activeMs: plan.activeMs ?? 0,
    events,
    history:
      plan.lag === null
        ? liveHistory(plan.space, plan.directions.length)
        : laggedHistory(plan.space, plan.directions.length, plan.lag),
    attempts: runningAttempts(control),
    held: [],
    round: null,
    isParking: false,
    finished: 0,
    unrecorded: new Map(),
    meanwhile: null,
    nextNumber: await plan.owned.reads.nextNumber(),
    best: null,
  };
  await readFinished(study);
  study.history.skipLost(study.nextNumber, waiting);
  return study;
}

/**
 * Reads all finished trials from the database, in place of those that the run knows. Trials may end meanwhile; those whose
 * end is not recorded yet come last, as they will in the record.
 */
export async function readFinished(study: RunningStudy): Promise<void> {
  const { reads } = study.owned;
  const invalid = await reads.invalid();
  const history = study.history.renewal();
  const renewed = {
    ...{ history, directions: study.directions, finished: invalid.length, isParking: false },
    best: null as number | null,
  };
  const seen = new Set(invalid);
  for (const number of invalid) history.skip(number);
  const meanwhile = [...study.unrecorded.values()];
  study.meanwhile = meanwhile;
  try {
    for await (const trial of reads.history()) {
      seen.add(trial.number);
      addFinished(renewed, trial);
    }
  } finally {
    study.meanwhile = null;
  }
  for (const trial of meanwhile) if (!seen.has(trial.number)) addFinished(renewed, trial);
  history.commit();
  const { finished, isParking, best } = renewed;
  Object.assign(study, { finished, isParking, best });
}

/** Adds a trial that has just ended to what the run knows. @returns whether it is the best so far. */
export function noteFinished(
  study: Parameters<typeof addFinished>[0] & Pick<RunningStudy, "unrecorded" | "meanwhile">,
  trial: FinishedTrial,
): boolean {
  study.unrecorded.set(trial.number, trial);
  study.meanwhile?.push(trial);
  return addFinished(study, trial);
}

function addFinished(
  study: Pick<RunningStudy, "finished" | "isParking" | "directions" | "best"> & {
    readonly history: Pick<HistoryView, "append">;
  },
  trial: FinishedTrial,
): boolean {
  study.history.append(trial);
  study.finished++;
  study.isParking ||= (trial.estimate ?? null) !== null;
  return trial.state === "complete" && isFeasible(trial.constraints) && noteValue(study, trial.values);
}

/** Keeps the best value. @returns whether these values are the best so far; false with several directions. */
export function noteValue(
  study: Pick<RunningStudy, "directions" | "best">,
  values: readonly number[],
): boolean {
  const value = values[0];
  if (study.directions.length !== 1 || value === undefined) return false;
  const factor = sign(study.directions[0]!);
  if (study.best !== null && value * factor >= study.best * factor) return false;
  study.best = value;
  return true;
}

/** Whether the best value has reached the target. */
export function reachedTarget({
  best,
  target,
  directions,
}: Pick<RunningStudy, "best" | "target" | "directions">): boolean {
  if (best === null || target === null) return false;
  const factor = sign(directions[0]!);
  return best * factor <= target * factor;
}
