import type { Database } from "better-sqlite3";
import type { Detail } from "../../core/trial.ts";
import type { NewStudy, StudyRow, StudyState, StudyUpdate } from "../../store/records.ts";
import { requireIntact } from "../checksum/intact.ts";
import { rowChanger, rowInserter } from "../checksum/row-writer.ts";
import { type RawStudy, rounded, STUDY_BY_NAME, toStudy } from "../rows.ts";

/** The statements on `studies`. */
export function studyTable(db: Database) {
  const insert = rowInserter(db, "studies");
  const byName = db.prepare<[string], RawStudy>(STUDY_BY_NAME);
  const byId = db.prepare<[number], RawStudy>("SELECT * FROM studies WHERE id = ?");
  const update = rowChanger(
    db,
    "studies",
    ["id"],
    [
      ...([
        "state",
        "trials",
        "max_attempts",
        "code_hash",
        "study_file",
        "split_count",
        "split_hash",
      ] as const),
      ...(["space", "settings", "limits", "active_ms"] as const),
    ],
  );
  const changeState = rowChanger(db, "studies", ["id"], ["state", "active_ms", "ended_at", "end_detail"]);
  const find = (name: string): StudyRow | null => {
    const raw = byName.get(name);
    return raw ? toStudy(requireIntact(db, "studies", raw)) : null;
  };
  const get = (id: number): StudyRow => toStudy(requireIntact(db, "studies", byId.get(id)!));

  return {
    find,
    get,
    insert(record: NewStudy, atMs: number): number {
      const { name, splitCount, splitHash, codeHash, studyFile, seed, sampler, pruner, backend } = record;
      const { lastInsertRowid } = insert({
        name,
        state: "running",
        directions: JSON.stringify(record.directions),
        space: JSON.stringify(record.space),
        split_count: splitCount,
        split_hash: splitHash,
        code_hash: codeHash,
        study_file: studyFile,
        seed,
        sampler,
        pruner,
        backend,
        noise: record.noise ? 1 : 0,
        trials: record.trials,
        max_attempts: record.maxAttempts,
        settings: JSON.stringify(record.settings),
        limits: JSON.stringify(record.limits),
        active_ms: 0,
        created_at: atMs,
      });
      return Number(lastInsertRowid);
    },
    update(id: number, changes: StudyUpdate): void {
      const next = { ...get(id), ...changes };
      update([id], () => ({
        state: next.state,
        trials: next.trials,
        max_attempts: next.maxAttempts,
        code_hash: next.codeHash,
        study_file: next.studyFile,
        split_count: next.splitCount,
        split_hash: next.splitHash,
        space: JSON.stringify(next.space),
        settings: JSON.stringify(next.settings),
        limits: JSON.stringify(next.limits),
        active_ms: rounded(next.activeMs),
      }));
    },
    /**
     * Records that a coordinator runs the study.
     *
     * @param unrecordedMs - How long the last owner ran it, if that owner died before it could record the time.
     */
    begin: (id: number, unrecordedMs: number) =>
      changeState([id], (before) => ({
        state: "running",
        active_ms: Number(before("active_ms")) + rounded(unrecordedMs)!,
        ended_at: null,
        end_detail: null,
      })),
    /** Records how a run of the study ended. */
    end: (id: number, state: StudyState, { detail, atMs }: { detail: Detail | null; atMs: number }) =>
      changeState([id], (before) => ({
        state,
        active_ms: before("active_ms"),
        ended_at: atMs,
        end_detail: detail === null ? null : JSON.stringify(detail),
      })),
  };
}
