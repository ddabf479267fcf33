import type { Database } from "better-sqlite3";
import { violationOf } from "../../core/search/constraints.ts";
import { UNKNOWN_MEMORY } from "../../core/trial.ts";
import type { ImportedTrial } from "../../store/imported.ts";
import type { AttemptRecord, MemoryRecord } from "../../store/records.ts";
import { NO_TRACE, type Trace } from "../../store/trace.ts";
import { rowInserter } from "../checksum/row-writer.ts";
import { fromList, fromValues, rounded } from "../rows.ts";

/** The study to which imported trials belong. */
interface Home {
  readonly studyId: number;
  readonly epoch: number;
  readonly codeHash: string;
  readonly atMs: number;
}

/**
 * Makes a function that adds a trial that has run elsewhere, with all that is known of it. Where its attempts are not, it
 * has one: that which ended as the trial did.
 */
export function importedTrials(db: Database) {
  const insert = {
    trial: rowInserter(db, "trials"),
    attempt: rowInserter(db, "attempts"),
    split: rowInserter(db, "splits"),
    report: rowInserter(db, "reports"),
    memory: rowInserter(db, "memory_log"),
  };
  const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));

  return (trial: ImportedTrial, home: Home): void => {
    const { number, state, reason, told } = trial;
    const waits = state === "waiting";
    const known = knownOf(trial, home);
    const startedAtMs = known.attempts.length === 0 ? null : known.startedAtMs;
    const { value, allValues } = fromValues(trial.values);
    const { lastInsertRowid } = insert.trial({
      ...{ study_id: home.studyId, number, state, reason, value, all_values: allValues, told },
      ...{ detail: json(trial.detail), params: JSON.stringify(trial.params), error: json(trial.error) },
      ...{ enqueued: waits ? 1 : 0, proposer: trial.proposer, why: trial.why },
      invalid: json(trial.invalid ?? null),
      attempts: known.attempts.length,
      constraints: fromList(trial.constraints),
      violation: state === "complete" ? violationOf(trial.constraints) : null,
      created_at: startedAtMs ?? home.atMs,
      started_at: startedAtMs,
      finished_at: waits ? null : known.endedAtMs,
      duration_ms: rounded(trial.durationMs),
    });
    const trial_id = Number(lastInsertRowid);
    for (const attempt of known.attempts)
      insert.attempt({
        ...{ trial_id, attempt: attempt.attempt, epoch: home.epoch, code_hash: attempt.codeHash },
        ...{
          state: attempt.state,
          reason: attempt.reason,
          cause: attempt.cause,
          detail: json(attempt.detail),
        },
        ...{ slot: attempt.slot, host_pid: attempt.hostPid },
        ...{ started_at: attempt.startedAtMs, ended_at: attempt.endedAtMs },
        duration_ms: rounded(attempt.durationMs),
      });
    for (const { attempt, split, values, constraints, durationMs, rssBytes, atMs } of known.splits) {
      const each = fromValues(values);
      insert.split({
        ...{ trial_id, attempt, split, value: each.value, all_values: each.allValues },
        ...{
          constraints: fromList(constraints),
          duration_ms: rounded(durationMs),
          rss_bytes: rounded(rssBytes),
        },
        recorded_at: atMs,
      });
    }
    for (const { attempt, split, step, value: reported, atMs } of known.reports)
      insert.report({ trial_id, attempt, split, step, value: reported, reported_at: atMs });
    for (const reading of known.memory)
      insert.memory({
        ...{ trial_id, attempt: reading.attempt, phase: reading.phase, split: reading.split ?? -1 },
        ...{ source: reading.source, rss_bytes: reading.rssBytes, baseline_bytes: reading.baselineBytes },
        ...{
          peak_bytes: reading.peakBytes,
          heap_bytes: reading.heapBytes,
          external_bytes: reading.externalBytes,
        },
        ...{ array_buffer_bytes: reading.arrayBufferBytes, tensors: reading.tensors },
        ...{ tensor_bytes: reading.tensorBytes, gpu_bytes: reading.gpuBytes, logged_at: reading.atMs },
      });
  };
}

/** The trace of a trial, and when it began and ended. */
interface Known extends Trace {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

function knownOf(trial: ImportedTrial, home: Home): Known {
  const startedAtMs = trial.startedAtMs ?? trial.finishedAtMs ?? home.atMs;
  const endedAtMs = trial.finishedAtMs ?? startedAtMs;
  const times = { startedAtMs, endedAtMs };
  return "attempts" in trial.ran
    ? { ...ended(trial.ran, endedAtMs), ...times }
    : { ...oneAttempt(trial, trial.ran, { ...times, codeHash: home.codeHash }), ...times };
}

/** A trace in which nothing runs any more: an attempt that had not ended is one that was stopped. */
function ended(trace: Trace, atMs: number): Trace {
  const last = Math.max(
    atMs,
    ...trace.splits.map((each) => each.atMs),
    ...trace.reports.map((each) => each.atMs),
  );
  const attempts = trace.attempts.map((attempt): AttemptRecord => {
    if (attempt.state !== "running") return attempt;
    const endedAtMs = Math.max(last, attempt.startedAtMs);
    return {
      ...{ ...attempt, state: "interrupted", cause: "stop", endedAtMs },
      durationMs: endedAtMs - attempt.startedAtMs,
    };
  });
  return { ...trace, attempts };
}

/** What is known, as the trace of one attempt; a trial that waits and has no splits has not begun. */
function oneAttempt(
  { state, reason, durationMs }: ImportedTrial,
  { splits, reports, memory }: Exclude<ImportedTrial["ran"], Trace>,
  {
    startedAtMs,
    endedAtMs,
    codeHash,
  }: Pick<Known, "startedAtMs" | "endedAtMs"> & { readonly codeHash: string },
): Trace {
  const waits = state === "waiting";
  if (waits && splits.length === 0) return NO_TRACE;
  const attempt: AttemptRecord = {
    ...{ attempt: 1, state: waits ? "interrupted" : state, cause: waits ? "stop" : null, reason },
    ...{ detail: null, splits: splits.map(({ split }) => split), slot: null, hostPid: null, codeHash },
    ...{ startedAtMs, endedAtMs, durationMs: durationMs ?? Math.max(0, endedAtMs - startedAtMs) },
  };
  const final: MemoryRecord = {
    ...{ ...UNKNOWN_MEMORY, ...memory, attempt: 1, phase: "final", split: null },
    ...{ source: memory?.source ?? "guard", atMs: endedAtMs },
  };
  return {
    attempts: [attempt],
    // Times that grow, as those of splits do.
    splits: splits.map((each, i) => ({ ...each, attempt: 1, constraints: [], atMs: startedAtMs + i })),
    reports: reports.map((each) => ({ ...each, attempt: 1, atMs: endedAtMs })),
    memory: waits ? [] : [final],
  };
}
