import type { Database } from "better-sqlite3";
import type { Direction } from "../core/direction.ts";
import { BelayError } from "../core/error.ts";
import type { Limits } from "../core/limits.ts";
import { type Distribution, describe } from "../core/space/distribution.ts";
import type { Detail, Json } from "../core/trial.ts";
import { commandOn } from "../store/command-line.ts";
import type { Setting, StudyRow } from "../store/records.ts";
import { toDetail } from "../store/rows.ts";
import { type ConditionJson, conditionsOf } from "./conditions.ts";
import { type StudyJson, summarize } from "./list.ts";
import { lastMetrics, type ScheduleJson } from "./schedule.ts";
import { inSnapshot, requireStudy, toIso } from "./study.ts";
import { readTrials, type TrialJson } from "./trial.ts";

/** A study, as `show <study> --json` prints it. */
export interface StudyDetailJson extends StudyJson {
  readonly directions: readonly Direction[];
  /** Each param: where its values come from, in words, and the conditions under which it exists. */
  readonly space: Readonly<
    Record<
      string,
      {
        readonly values: string;
        readonly distribution: Distribution;
        readonly when: readonly ConditionJson[];
      }
    >
  >;
  readonly splits: number;
  readonly seed: number;
  readonly sampler: string;
  readonly pruner: string;
  readonly backend: string | null;
  readonly noise: boolean;
  readonly maxAttempts: number;
  readonly codeHash: string;
  /** Each setting with where it came from. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
  /** How many trials ended for each reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Over all finished trials. */
  readonly memory: { readonly largestPeakBytes: number | null; readonly meanPeakBytes: number | null };
  /** What the scheduler last wrote down; null before it has. */
  readonly schedule: ScheduleJson | null;
}

/** An attempt of a trial, as `show <study> <number> --json` prints it. */
export interface AttemptJson {
  readonly attempt: number;
  readonly state: string;
  readonly reason: string | null;
  /** What cut it short. */
  readonly cause: string | null;
  readonly detail: Detail | null;
  readonly splits: readonly number[];
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly codeHash: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
}

/** A trial, as `show <study> <number> --json` prints it: `query`'s object and more. */
export interface TrialDetailJson extends TrialJson {
  /** What a waiting trial waits for, in words; null for others. */
  readonly waitsFor: string | null;
  readonly attemptList: readonly AttemptJson[];
  /** Every memory reading, in order. */
  readonly memoryLog: readonly Readonly<Record<string, Json>>[];
  readonly reports: readonly {
    readonly split: number;
    readonly step: number;
    readonly value: number | null;
  }[];
}

/** @throws BelayError `usage`: an unknown study. */
export function showStudy(db: Database, name: string): StudyDetailJson {
  return inSnapshot(db, () => {
    const study = requireStudy(db, name);
    const reasons = db.prepare<[number], { reason: string; count: number }>(
      "SELECT reason, count(*) AS count FROM trials WHERE study_id = ? AND reason IS NOT NULL GROUP BY reason ORDER BY 2 DESC",
    );
    const memory = db.prepare<[number], StudyDetailJson["memory"]>(
      `SELECT max(peak_bytes) AS largestPeakBytes, avg(peak_bytes) AS meanPeakBytes FROM trials t
       JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final' WHERE t.study_id = ?`,
    );
    const {
      directions,
      space,
      seed,
      sampler,
      pruner,
      backend,
      noise,
      maxAttempts,
      codeHash,
      settings,
      limits,
    } = study;
    const params = space.params.map(({ name: param, distribution, when }) => {
      return [
        param,
        { values: describe(distribution), distribution, when: conditionsOf(space, when) },
      ] as const;
    });
    return {
      ...summarize(db, study),
      ...{
        directions,
        space: Object.fromEntries(params),
        splits: study.splitCount,
        seed,
        sampler,
        pruner,
        backend,
      },
      ...{ noise, maxAttempts, codeHash, settings, limits },
      reasons: Object.fromEntries(reasons.all(study.id).map(({ reason, count }) => [reason, count])),
      memory: memory.get(study.id)!,
      schedule: lastMetrics(db, study.id),
    };
  });
}

/**
 * @param file - The database as commands name it; `db` may be a copy of it.
 * @throws BelayError `usage`: an unknown study, or a number that it does not have.
 */
export function showTrial(db: Database, name: string, number: number, file = db.name): TrialDetailJson {
  return inSnapshot(db, () => {
    const study = requireStudy(db, name);
    const row = db
      .prepare<[number, number], { id: number }>("SELECT id FROM trials WHERE study_id = ? AND number = ?")
      .get(study.id, number);
    if (!row) {
      const last = db.prepare("SELECT max(number) FROM trials WHERE study_id = ?").pluck().get(study.id);
      const has = last === null ? "a study that has trials" : `0 to ${last}`;
      throw new BelayError("usage", `trial: expected ${has}, got ${number}`);
    }
    const [trial] = [...readTrials(db, [row.id])];
    const reports = db.prepare<[number], TrialDetailJson["reports"][number]>(
      "SELECT split, step, value FROM reports WHERE trial_id = ? ORDER BY id",
    );
    return {
      ...trial!,
      waitsFor: trial!.state === "waiting" ? waitsFor(db, file, study, number) : null,
      attemptList: readAttempts(db, row.id),
      memoryLog: readMemory(db, row.id),
      reports: reports.all(row.id),
    };
  });
}

/** As the coordinator last wrote it down, a few seconds ago at most. */
function waitsFor(db: Database, file: string, study: StudyRow, number: number): string {
  if (!summarize(db, study).owner) return `\`${commandOn(file, "resume", study.name)}\``;
  const told = lastMetrics(db, study.id)?.why?.split("\n") ?? [];
  const opening = `trial ${number}: `;
  return told.find((line) => line.startsWith(opening))?.slice(opening.length) ?? "a free slot";
}

function readAttempts(db: Database, trialId: number): AttemptJson[] {
  type Raw = Omit<AttemptJson, "detail" | "splits" | "startedAt" | "endedAt"> & {
    detail: string | null;
    splits: string;
    startedAtMs: number;
    endedAtMs: number | null;
  };
  const attempts = db.prepare<[number], Raw>(
    `SELECT attempt, state, reason, cause, detail, slot, host_pid AS hostPid, code_hash AS codeHash,
       started_at AS startedAtMs, ended_at AS endedAtMs, duration_ms AS durationMs,
       (SELECT json_group_array(split) FROM splits s WHERE s.trial_id = a.trial_id AND s.attempt = a.attempt) AS splits
     FROM attempts a WHERE trial_id = ? ORDER BY attempt`,
  );
  return attempts.all(trialId).map(({ startedAtMs, endedAtMs, detail, splits, ...rest }) => ({
    ...rest,
    detail: toDetail(detail),
    splits: JSON.parse(splits) as number[],
    startedAt: toIso(startedAtMs),
    endedAt: toIso(endedAtMs),
  }));
}

function readMemory(db: Database, trialId: number): Record<string, Json>[] {
  const readings = db.prepare<[number], Record<string, Json> & { split: number; at: number }>(
    `SELECT attempt, phase, split, source, rss_bytes AS rssBytes, baseline_bytes AS baselineBytes,
       peak_bytes AS peakBytes, heap_bytes AS heapBytes, external_bytes AS externalBytes,
       array_buffer_bytes AS arrayBufferBytes, tensors, tensor_bytes AS tensorBytes, gpu_bytes AS gpuBytes,
       logged_at AS at FROM memory_log
     WHERE trial_id = ? ORDER BY attempt, CASE phase WHEN 'start' THEN 0 WHEN 'split' THEN 1 ELSE 2 END, split`,
  );
  return readings
    .all(trialId)
    .map(({ at, split, ...rest }) => ({ ...rest, split: split < 0 ? null : split, at: toIso(at) }));
}
