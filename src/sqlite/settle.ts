import type { InterruptCause, Outcome } from "../core/trial.ts";
import { sameBoot } from "../machine/identity.ts";
import type { Settled, WaitingTrial } from "../store/records.ts";
import type { Tables } from "./tables/tables.ts";
import type { TrialHead } from "./tables/trials.ts";

/** Ends the running attempt of a trial. @returns whether the trial waits for its next attempt or has none left. */
export function interruptAttempt(
  tables: Tables,
  trial: TrialHead,
  cause: InterruptCause,
  time: { readonly atMs: number; readonly durationMs: number },
): "waiting" | "fail" {
  const { id } = trial;
  const key = { trialId: id, attempt: trial.attempts };
  tables.attempts.end(key, { state: "interrupted", by: cause }, time);
  const { maxAttempts } = tables.studies.get(trial.studyId);
  const wasted = tables.attempts.wasted(id);
  const isLimited = cause === "coordinator" || cause === "host";
  if (!isLimited || wasted < maxAttempts) {
    tables.trials.wait(id);
    return "waiting";
  }
  const detail = { attempts: wasted, maxAttempts, by: cause };
  const outcome: Outcome = { state: "fail", reason: "interrupted", detail, error: null };
  tables.memory.finalFromLast(key, time.atMs);
  tables.trials.finish(id, outcome, time.atMs);
  return "fail";
}

/** Records in the audit trail that an attempt was interrupted. */
export function recordInterrupt(
  { events }: Tables,
  { id, studyId, attempts: attempt }: TrialHead,
  {
    atMs,
    ...how
  }: {
    readonly by: InterruptCause;
    readonly state: "waiting" | "fail";
    readonly atMs: number;
    /** The name of the machine that was lost. */
    readonly machine?: string;
  },
): void {
  events.insert({ kind: "interrupt", studyId, trialId: id, data: { attempt, ...how }, atMs });
}

/** Ends the attempts that earlier owners than `epoch` left running; those owners are dead or can no longer write. */
export function settleStudy(tables: Tables, studyId: number, epoch: number, nowMs: number): Settled {
  const settled = { waiting: [] as number[], failed: [] as number[] };
  const me = tables.owners.get({ studyId, epoch })!;
  for (const trial of tables.trials.inState(studyId, "running")) {
    const { epoch: by, startedAtMs } = tables.attempts.get({
      trialId: trial.id,
      attempt: trial.attempts,
    })!;
    if (by === epoch) continue;
    const owner = tables.owners.get({ studyId, epoch: by });
    const cause = owner && !sameBoot(owner.bootId, me.bootId) ? "reboot" : "coordinator";
    // Nobody saw when the owner died, so the attempt ends at its last sign of life.
    const seenMs = Math.max(
      startedAtMs,
      owner?.heartbeatAtMs ?? 0,
      tables.splits.lastRecordedMs(trial.id) ?? 0,
    );
    const atMs = Math.min(seenMs, nowMs);
    const state = interruptAttempt(tables, trial, cause, {
      atMs,
      durationMs: Math.max(0, atMs - startedAtMs),
    });
    recordInterrupt(tables, trial, { by: cause, state, atMs: nowMs });
    settled[state === "waiting" ? "waiting" : "failed"].push(trial.number);
  }
  return settled;
}

/** The waiting trials of a study with the splits and reports of their earlier attempts. */
export function waitingTrials(tables: Tables, studyId: number): WaitingTrial[] {
  return tables.trials
    .inState(studyId, "waiting")
    .map(({ id, number, params, enqueued, origin, attempts, unparked }) => {
      const splits = tables.splits.ofTrial(id);
      const first = splits.find(({ split }) => split === 0);
      return {
        id,
        number,
        params,
        enqueued,
        ...(origin && { origin }),
        attempts,
        splits,
        ...(unparked && { unparked }),
        reports: first ? tables.splits.reports({ trialId: id, attempt: first.attempt }) : [],
      };
    });
}
