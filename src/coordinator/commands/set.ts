import type { Limits } from "../../core/limits.ts";
import type { Setting } from "../../core/setting.ts";
import type { Json } from "../../core/trial.ts";
import { formatDuration, formatSize } from "../../core/units.ts";
import { checkReserve, type SettingChanges } from "../../scheduler/changes.ts";
import type { ScheduledLimits } from "../../scheduler/split-timeout.ts";
import type { AuditChange } from "../../store/activity.ts";
import type { StudyUpdate } from "../../store/records.ts";
import type { Capacity } from "../capacity/capacity.ts";
import type { RunningStudy } from "../study.ts";

/** The parts of a run's scheduler that `belay set` steers. */
export interface Steering {
  readonly capacity: Capacity;
  /** Whether the time limit of a split follows from the study's own splits. */
  autoSplitTimeout: boolean;
  /** The limits of a trial with these params, as they are now. */
  limitsOf(row: Float64Array): ScheduledLimits;
}

/** The result of `set`: the new columns of the study's row, a line for people, and what each key was before. */
export interface Applied {
  readonly changes: readonly AuditChange[];
  readonly settings: Readonly<Record<string, Setting>>;
  readonly row: StudyUpdate;
  readonly message: string;
}

const SETTING: { readonly [K in keyof SettingChanges]-?: string } = {
  workers: "workers",
  trials: "trials",
  splitTimeout: "splitTimeoutMs",
  trialTimeout: "trialTimeoutMs",
  memory: "memoryBytes",
  reserve: "reserveBytes",
  stop: "stop",
};

/** The parts of the study that `belay set` changes. */
export type Changed = Pick<
  RunningStudy,
  | ("trials" | "finished" | "limits" | "scheduling" | "attempts" | "engine" | "splitCount")
  | ("stopRules" | "readStopRules")
>;

/** Applies changes: the coordinator's own settings take effect at once, limits from each trial's next split on. */
export function applyChanges(
  study: Changed,
  scheduler: Steering,
  changes: SettingChanges,
  before: Readonly<Record<string, Setting>>,
): Applied {
  const { workers, trials, splitTimeout, trialTimeout, memory, reserve, stop } = changes;
  const said: string[] = [];
  const old = valuesOf(study, scheduler, before);
  const rules = stop === undefined ? null : study.readStopRules([stop]); // before anything is changed
  if (reserve !== undefined) checkReserve("reserve", reserve, scheduler.capacity.largestBytes); // before anything is changed
  if (workers !== undefined) {
    scheduler.capacity.workers = workers;
    said.push(`workers ${workers}`);
  }
  if (trials !== undefined) {
    study.trials = trials;
    const enough = study.finished >= trials ? ` (${study.finished} are finished: the run ends)` : "";
    said.push(`trials ${trials}${enough}`);
  }
  if (reserve !== undefined) {
    scheduler.capacity.reserveBytes = reserve;
    said.push(`reserve ${formatSize(reserve)}`);
  }
  if (splitTimeout !== undefined) {
    scheduler.autoSplitTimeout = splitTimeout === "auto";
    if (splitTimeout !== "auto") study.limits = { ...study.limits, splitTimeoutMs: splitTimeout };
    said.push(
      `splitTimeout ${typeof splitTimeout === "number" ? formatDuration(splitTimeout) : (splitTimeout ?? "none")}`,
    );
  }
  if (trialTimeout !== undefined) {
    study.limits = { ...study.limits, trialTimeoutMs: trialTimeout };
    said.push(`trialTimeout ${trialTimeout === null ? "none" : formatDuration(trialTimeout)}`);
  }
  if (memory !== undefined) {
    study.limits = { ...study.limits, memoryBytes: memory };
    said.push(`memory ${formatSize(memory)}`);
  }
  if (rules) {
    study.stopRules = rules.rules;
    said.push(`stop ${rules.texts.join(", ") || "none"}`);
  }
  const wanted = rules ? { ...changes, stop: rules.texts } : changes;
  const settings = settingsAfter(before, wanted);
  const isLimit = splitTimeout !== undefined || trialTimeout !== undefined || memory !== undefined;
  if (isLimit) said.push(passOn(study, scheduler));
  return {
    settings,
    row: {
      trials: study.trials,
      settings,
      ...(study.scheduling ? { limits: limitsAfter(study, scheduler, study.scheduling.limits) } : {}),
    },
    message: said.join(", "),
    changes: Object.entries(wanted).map(([key, value]) => ({
      key,
      before: old[key as keyof SettingChanges],
      after: (value ?? null) as Json,
    })),
  };
}

/** What `set` can change, as it is now: times in milliseconds, memory in bytes, null for no limit. */
function valuesOf(
  { trials, limits }: Changed,
  { capacity, autoSplitTimeout }: Steering,
  settings: Readonly<Record<string, Setting>>,
): { readonly [K in keyof SettingChanges]-?: Json } {
  return {
    workers: capacity.workers,
    trials,
    splitTimeout: autoSplitTimeout ? "auto" : limits.splitTimeoutMs,
    trialTimeout: limits.trialTimeoutMs,
    memory: limits.memoryBytes,
    reserve: capacity.reserveBytes,
    stop: settings.stop?.value ?? [],
  };
}

/** Gives running trials their new limits. @returns when these take effect, in words. */
function passOn(study: Changed, scheduler: Steering): string {
  for (const attempt of study.attempts.values()) {
    attempt.limits = scheduler.limitsOf(attempt.row);
    study.engine.limit(attempt.number, attempt.limits);
  }
  return study.splitCount > 1
    ? "from each trial's next split on"
    : "from the next trial on (a trial of one split has no next one)";
}

function limitsAfter(
  { limits }: Pick<RunningStudy, "limits">,
  scheduler: Steering,
  launched: Limits,
): Limits {
  const { splitTimeoutMs, trialTimeoutMs, memoryBytes } = limits;
  return {
    ...launched,
    splitTimeoutMs,
    trialTimeoutMs,
    memoryBytes,
    reserveBytes: scheduler.capacity.reserveBytes,
  };
}

function settingsAfter(
  before: Readonly<Record<string, Setting>>,
  changes: { readonly [K in keyof SettingChanges]: unknown },
): Readonly<Record<string, Setting>> {
  const after: Record<string, Setting> = { ...before };
  for (const [key, value] of Object.entries(changes)) {
    after[SETTING[key as keyof SettingChanges]] = { value: (value ?? null) as Json, source: "set" };
  }
  return after;
}
