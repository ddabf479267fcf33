import { type Detail, finishedOf, type TrialState } from "../../core/trial.ts";
import { liveness } from "../../machine/identity.ts";
import type { Owner } from "../../store/ownership.ts";
import type { StudyRow, StudyState } from "../../store/records.ts";
import { toIso } from "../study.ts";
import { paceOf } from "./course.ts";

/** What a study does now, and how long it has to go. Times are milliseconds. */
export interface StatePart {
  /** `interrupted` if the recorded state is running or paused but the process that ran it has died. */
  readonly state: StudyState | "interrupted";
  readonly trials: Readonly<Record<TrialState, number>>;
  readonly finished: number;
  /** How many trials the study is to have in all. */
  readonly target: number;
  /** The process that runs the study now; null if none does. */
  readonly owner: { readonly pid: number; readonly hostname: string; readonly silentMs: number } | null;
  /** How long ago the last process that ran the study gave its last sign of life; null if it has never run. */
  readonly lastSignMs: number | null;
  /** When the last run ended; null while it runs, and for an interrupted study. */
  readonly endedAt: string | null;
  /** How long ago that was. */
  readonly endedMs: number | null;
  readonly activeMs: number;
  /** Finished trials in an hour, by the last ones; null where no run is under way, or before its second trial. */
  readonly perHour: number | null;
  /** How long the run will take until its last trial or its `--study-timeout`; null where `perHour` is null. */
  readonly leftMs: number | null;
  /** When the run will be done. */
  readonly doneAt: string | null;
  /** Of a study that a stop rule ended: which one, and its figures. */
  readonly endDetail: Detail | null;
}

/** The state of a study, as far as its row, its owner and the ends of its last trials tell. */
export function stateOf(
  study: StudyRow,
  {
    owner,
    trials: counts,
    endsMs,
    nowMs,
    isEnding = false,
  }: {
    readonly owner: Owner | null;
    readonly trials: Readonly<Record<TrialState, number>>;
    readonly endsMs: ArrayLike<number>;
    readonly nowMs: number;
    readonly isEnding?: boolean;
  },
): StatePart {
  const holds = owner !== null && owner.releasedAtMs === null && liveness(owner) !== "dead";
  const live = holds && !isEnding ? owner : null;
  const runs = study.state === "running" || study.state === "paused";
  const { complete, pruned, fail, waiting, running } = counts;
  const trials = { complete, pruned, fail, waiting, running };
  const finished = finishedOf(trials);
  const left = study.trials - finished;
  const isRunning = live !== null && study.state === "running";
  const pace = isRunning ? paceOf(endsMs, { sinceMs: live.claimedAtMs, nowMs, left }) : null;
  const timeoutMs = study.settings.studyTimeoutMs?.value;
  const untilTimeout =
    live && typeof timeoutMs === "number" ? Math.max(0, live.claimedAtMs + timeoutMs - nowMs) : null;
  const leftMs = pace && Math.min(pace.leftMs, untilTimeout ?? Number.POSITIVE_INFINITY);
  return {
    state: runs && !live ? "interrupted" : study.state,
    ...{ trials, finished, target: study.trials },
    owner: live && {
      pid: live.pid,
      hostname: live.hostname,
      silentMs: Math.max(0, nowMs - live.heartbeatAtMs),
    },
    lastSignMs: owner && Math.max(0, nowMs - owner.heartbeatAtMs),
    endedAt: runs ? null : toIso(study.endedAtMs),
    endedMs: runs || study.endedAtMs === null ? null : Math.max(0, nowMs - study.endedAtMs),
    activeMs: study.activeMs + (live ? Math.max(0, nowMs - live.claimedAtMs) : 0),
    perHour: pace?.perHour ?? null,
    leftMs,
    doneAt: toIso(leftMs && nowMs + leftMs),
    endDetail: study.endDetail,
  };
}
