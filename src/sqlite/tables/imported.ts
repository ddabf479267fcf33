import type { Database } from "better-sqlite3";
import { violationOf } from "../../core/search/constraints.ts";
import type { ImportedTrial } from "../../store/imported.ts";
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
 * Makes a function that adds a trial that has run elsewhere, with all that is known of it. However often it was begun there,
 * it has one attempt here: the one that ended as the trial did.
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

  return (trial: ImportedTrial, { studyId, epoch, codeHash, atMs }: Home): void => {
    const { number, state, reason, splits, reports, memory } = trial;
    const waits = state === "waiting";
    const attempts = waits && splits.length === 0 ? 0 : 1;
    const startedAtMs = attempts === 0 ? null : (trial.startedAtMs ?? trial.finishedAtMs ?? atMs);
    const endedAtMs = trial.finishedAtMs ?? startedAtMs ?? atMs;
    const { value, allValues } = fromValues(trial.values);
    const { lastInsertRowid } = insert.trial({
      ...{ study_id: studyId, number, state, reason, value, all_values: allValues, attempts },
      ...{ detail: json(trial.detail), params: JSON.stringify(trial.params), error: json(trial.error) },
      ...{ enqueued: waits ? 1 : 0, proposer: trial.proposer, why: trial.why, told: trial.told },
      constraints: fromList(trial.constraints),
      violation: state === "complete" ? violationOf(trial.constraints) : null,
      created_at: startedAtMs ?? atMs,
      started_at: startedAtMs,
      finished_at: waits ? null : endedAtMs,
      duration_ms: rounded(trial.durationMs),
    });
    if (attempts === 0) return;
    const key = { trial_id: Number(lastInsertRowid), attempt: 1 };
    insert.attempt({
      ...{ ...key, epoch, code_hash: codeHash, started_at: startedAtMs, ended_at: endedAtMs },
      ...{ state: waits ? "interrupted" : state, cause: waits ? "stop" : null, reason },
      duration_ms: rounded(trial.durationMs) ?? Math.max(0, endedAtMs - startedAtMs!),
    });
    splits.forEach((split, i) => {
      const each = fromValues(split.values);
      insert.split({
        ...{ ...key, split: split.split, value: each.value, all_values: each.allValues },
        ...{ duration_ms: rounded(split.durationMs), rss_bytes: rounded(split.rssBytes) },
        recorded_at: startedAtMs! + i, // times that grow, as those of splits do
      });
    });
    for (const { split, step, value: reported } of reports)
      insert.report({ ...key, split, step, value: reported, reported_at: endedAtMs });
    if (waits) return;
    insert.memory({
      ...{ ...key, phase: "final", split: -1, source: memory?.source ?? "guard", logged_at: endedAtMs },
      ...{ rss_bytes: memory?.rssBytes ?? null, baseline_bytes: memory?.baselineBytes ?? null },
      ...{ peak_bytes: memory?.peakBytes ?? null, tensors: memory?.tensors ?? null },
    });
  };
}
