import type { Database } from "better-sqlite3";
import type { NewStudy, StudyRow, StudyState, StudyUpdate } from "../../store/records.ts";
import type { RawStudy } from "../rows.ts";
import { toStudy } from "../rows.ts";

/** The statements on `studies`. */
export function studyTable(db: Database) {
  const insert = db.prepare(
    `INSERT INTO studies (name, state, directions, space, split_count, split_hash, code_hash, study_file, seed, sampler,
       pruner, backend, noise, trials, max_attempts, settings, limits, created_at)
     VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byName = db.prepare<[string], RawStudy>("SELECT * FROM studies WHERE name = ?");
  const byId = db.prepare<[number], RawStudy>("SELECT * FROM studies WHERE id = ?");
  const update = db.prepare(
    `UPDATE studies SET state = ?, trials = ?, max_attempts = ?, code_hash = ?, study_file = ?, split_count = ?,
       split_hash = ?, space = ?, settings = ?, limits = ?, active_ms = ? WHERE id = ?`,
  );
  const begin = db.prepare("UPDATE studies SET state = 'running', ended_at = NULL WHERE id = ?");
  const end = db.prepare("UPDATE studies SET state = ?, ended_at = ? WHERE id = ?");
  const find = (name: string): StudyRow | null => {
    const raw = byName.get(name);
    return raw ? toStudy(raw) : null;
  };
  const get = (id: number): StudyRow => toStudy(byId.get(id)!);

  return {
    find,
    get,
    insert(record: NewStudy, atMs: number): number {
      const {
        name,
        splitCount,
        splitHash,
        codeHash,
        studyFile,
        seed,
        sampler,
        pruner,
        backend,
        noise,
        trials,
      } = record;
      const [directions, space, settings, limits] = [
        record.directions,
        record.space,
        record.settings,
        record.limits,
      ].map((part) => JSON.stringify(part));
      const manifest = [
        name,
        directions,
        space,
        splitCount,
        splitHash,
        codeHash,
        studyFile,
        seed,
        sampler,
        pruner,
      ];
      const run = [backend, noise ? 1 : 0, trials, record.maxAttempts, settings, limits, atMs];
      return Number(insert.run(...manifest, ...run).lastInsertRowid);
    },
    update(id: number, changes: StudyUpdate): void {
      const next = { ...get(id), ...changes };
      const { state, trials, maxAttempts, codeHash, studyFile, splitCount, splitHash, activeMs } = next;
      const [space, settings, limits] = [next.space, next.settings, next.limits].map((part) =>
        JSON.stringify(part),
      );
      const plain = [state, trials, maxAttempts, codeHash, studyFile, splitCount, splitHash];
      update.run(...plain, space, settings, limits, Math.round(activeMs), id);
    },
    /** Says that a coordinator runs it. */
    begin: (id: number) => void begin.run(id),
    /** Says how its run ended. */
    end: (id: number, state: StudyState, atMs: number) => void end.run(state, atMs, id),
  };
}
