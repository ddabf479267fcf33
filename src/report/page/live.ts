import type { RunningRecord, SlotRecord } from "../../store/activity.ts";
import { commandOn } from "../../store/command-line.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { summarize } from "../list.ts";
import type { LiveJson, LiveSlotJson } from "./page.ts";

/** What a study at this moment depends on besides the database. */
export interface LiveContext {
  /** The database's file, for commands in texts. */
  readonly db: string;
  readonly nowMs: number;
  /** The memory of a process of the study's run and of those that it has started; null where it cannot be read. */
  readonly rssOf: (pid: number) => number | null;
  /** The numbers of the trials that wait. */
  readonly waiting: readonly number[];
}

/** Reads what a study does at this moment. */
export function readLive(reader: Reader, study: StudyRow, context: LiveContext): Promise<LiveJson> {
  return reader.snapshot(async (now) => {
    const { state, owner } = await summarize(now, study);
    const metrics = await now.metrics(study.id);
    const slots = owner
      ? slotsOf(study, await now.running(study.id), await now.slots(study.id), context)
      : [];
    const heartbeatAgeMs = owner && Math.max(0, context.nowMs - Date.parse(owner.heartbeatAt));
    const resume = `\`${commandOn(context.db, "resume", study.name)}\``;
    return {
      ...{ atMs: context.nowMs, state, owner, heartbeatAgeMs, slots, metrics },
      waiting: context.waiting.map((number) => ({
        number,
        why: owner ? reasonOf(metrics?.why ?? null, number) : resume,
      })),
    };
  });
}

/** What a trial waits for, in the words of the scheduler. */
function reasonOf(why: string | null, number: number): string {
  const opening = `trial ${number}: `;
  const line = why?.split("\n").find((each) => each.startsWith(opening));
  return line?.slice(opening.length) ?? "a free slot";
}

/**
 * The slots by their numbers. Which trials run is known at once; the rest as the scheduler recorded it last, some seconds
 * ago.
 */
function slotsOf(
  { limits, splitCount }: StudyRow,
  running: readonly RunningRecord[],
  recorded: readonly SlotRecord[],
  { rssOf }: LiveContext,
): LiveSlotJson[] {
  const byTrial = new Map(
    running.flatMap((each) => (each.slot === null ? [] : [[each.slot, each] as const])),
  );
  const bySlot = new Map(recorded.map((each) => [each.slot, each]));
  const numbers = [...new Set([...byTrial.keys(), ...bySlot.keys()])].sort((a, b) => a - b);
  return numbers.map((slot): LiveSlotJson => {
    const [trial, record] = [byTrial.get(slot), bySlot.get(slot)];
    const pid = trial?.hostPid ?? record?.pid ?? null;
    const rssBytes = pid === null ? null : rssOf(pid);
    const isFresh = trial !== undefined && record?.trial === trial.number;
    return {
      ...{ slot, pid, trial: trial?.number ?? null, attempt: trial?.attempt ?? null },
      ...{ finishedSplits: trial?.splits ?? 0, splits: splitCount },
      splitSinceMs: trial ? splitStart(trial, isFresh ? record : undefined) : null,
      trialSinceMs: trial?.startedAtMs ?? null,
      splitTimeoutMs: (isFresh ? record.splitTimeoutMs : null) ?? limits.splitTimeoutMs,
      trialTimeoutMs: limits.trialTimeoutMs,
      rssBytes: rssBytes ?? (record?.pid === pid ? (record?.rssBytes ?? null) : null),
      memoryLimitBytes: record?.limitBytes ?? limits.memoryBytes,
    };
  });
}

/** When the running split began: the scheduler's word if it is about this split, else when the one before was recorded. */
function splitStart(trial: RunningRecord, record: SlotRecord | undefined): number {
  const before = trial.lastSplitAtMs ?? trial.startedAtMs;
  return Math.max(before, record?.splitStartedAtMs ?? before, trial.startedAtMs);
}
