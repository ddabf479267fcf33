import { finishedOf } from "../../core/trial.ts";
import type { Wait } from "../../store/activity.ts";
import type { Reader } from "../../store/reader.ts";
import type { Metrics, StudyRow } from "../../store/records.ts";
import { type StudyJson, summarize } from "../list.ts";

/** How a study fares, for programs that watch over it. */
export interface StudyHealthJson {
  readonly study: string;
  /** `interrupted`: its coordinator has died. */
  readonly state: StudyJson["state"];
  /** Whether somebody should look: the coordinator has died or is silent, or the breaker has stopped the study. */
  readonly ok: boolean;
  readonly trials: StudyJson["trials"];
  readonly finished: number;
  readonly target: number;
  /** The best value; null with several directions, and before the first complete trial that meets its constraints. */
  readonly best: number | null;
  /** The age of the coordinator's last sign of life; null if none runs the study. */
  readonly heartbeatAgeMs: number | null;
  /** What the scheduler recorded last in this run; null while none runs the study. */
  readonly scheduler: SchedulerHealthJson | null;
  /** The slots as the scheduler recorded them last; empty while none runs the study. */
  readonly slots: readonly {
    readonly slot: number;
    readonly trial: number | null;
    readonly rssBytes: number | null;
    readonly memoryLimitBytes: number | null;
  }[];
}

/** What the scheduler of a run recorded last. */
export interface SchedulerHealthJson
  extends Pick<
    Metrics,
    | "slots"
    | "slotsBusy"
    | "waiting"
    | "trialsPerMinute"
    | "lostMs"
    | "attempts"
    | "breaker"
    | "tickerLagMs"
    | "tickerMisfires"
    | "hostsBytes"
    | "budgetBytes"
    | "memoryAvailable"
  > {
  readonly ageMs: number;
  /** Why each trial waits, a line for each such as `trial 7: ...`. */
  readonly why: readonly string[];
  /** What keeps further trials from starting. */
  readonly waits: readonly Wait[];
}

/** A coordinator gives a sign of life every few seconds. */
const SILENT_MS = 60_000;

/** How all studies of a database fare. */
export function studiesHealth(reader: Reader, nowMs: number): Promise<StudyHealthJson[]> {
  return reader.snapshot(async (now) => {
    const all: StudyHealthJson[] = [];
    for (const study of await now.studies()) all.push(await healthOf(now, study, nowMs));
    return all;
  });
}

async function healthOf(reader: Reader, study: StudyRow, nowMs: number): Promise<StudyHealthJson> {
  const { state, owner, trials, target, best } = await summarize(reader, study);
  const heartbeatAgeMs = owner && Math.max(0, nowMs - Date.parse(owner.heartbeatAt));
  const metrics = owner && (await reader.metrics(study.id));
  // Those of an earlier run say nothing about this one.
  const isNew = metrics !== null && owner !== null && metrics.atMs >= Date.parse(owner.since);
  const slots = owner ? await reader.slots(study.id) : [];
  const isStopped = state === "breaker" || (isNew && metrics.breaker === "dead");
  return {
    ...{ study: study.name, state },
    ok: state !== "interrupted" && !isStopped && (heartbeatAgeMs ?? 0) < SILENT_MS,
    ...{ trials, finished: finishedOf(trials), target, best: best?.value ?? null, heartbeatAgeMs },
    scheduler: isNew ? schedulerOf(metrics, nowMs) : null,
    slots: slots.map(({ slot, trial, rssBytes, limitBytes }) => ({
      ...{ slot, trial, rssBytes, memoryLimitBytes: limitBytes },
    })),
  };
}

function schedulerOf(metrics: Metrics & { readonly atMs: number }, nowMs: number): SchedulerHealthJson {
  const { slots, slotsBusy, waiting, trialsPerMinute, lostMs, attempts, breaker } = metrics;
  const { tickerLagMs, tickerMisfires, hostsBytes, budgetBytes, memoryAvailable, waits } = metrics;
  return {
    ageMs: Math.max(0, nowMs - metrics.atMs),
    ...{ slots, slotsBusy, waiting, trialsPerMinute, lostMs, attempts, breaker },
    ...{ tickerLagMs, tickerMisfires, hostsBytes, budgetBytes, memoryAvailable },
    why: metrics.why?.split("\n") ?? [],
    waits,
  };
}
