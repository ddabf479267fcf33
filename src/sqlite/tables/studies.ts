import type { Database } from "better-sqlite3";
import type { NewStudy, StudyRow, StudyState, StudyUpdate } from "../../store/records.ts";
import { type RawStudy, rounded, STUDY_BY_NAME, toStudy } from "../rows.ts";
import { prepareNamed } from "./named.ts";

/** The statements on `studies`. */
export function studyTable(db: Database) {
  const insert = prepareNamed(
    db,
    `INSERT INTO studies (name, state, directions, space, split_count, split_hash, code_hash, study_file, seed, sampler,
       pruner, backend, noise, trials, max_attempts, settings, limits, created_at)
     VALUES (@name, 'running', @directions, @space, @splitCount, @splitHash, @codeHash, @studyFile, @seed, @sampler,
       @pruner, @backend, @noise, @trials, @maxAttempts, @settings, @limits, @atMs)`,
  );
  const byName = db.prepare<[string], RawStudy>(STUDY_BY_NAME);
  const byId = db.prepare<[number], RawStudy>("SELECT * FROM studies WHERE id = ?");
  const update = prepareNamed(
    db,
    `UPDATE studies SET state = @state, trials = @trials, max_attempts = @maxAttempts, code_hash = @codeHash,
       study_file = @studyFile, split_count = @splitCount, split_hash = @splitHash, space = @space,
       settings = @settings, limits = @limits, active_ms = @activeMs
     WHERE id = @id`,
  );
  const begin = db.prepare("UPDATE studies SET state = 'running', ended_at = NULL WHERE id = ?");
  const end = prepareNamed(db, "UPDATE studies SET state = @state, ended_at = @atMs WHERE id = @id");
  const find = (name: string): StudyRow | null => {
    const raw = byName.get(name);
    return raw ? toStudy(raw) : null;
  };
  const get = (id: number): StudyRow => toStudy(byId.get(id)!);

  return {
    find,
    get,
    insert(record: NewStudy, atMs: number): number {
      const row = { ...record, ...jsonOf(record), noise: record.noise ? 1 : 0, atMs };
      return Number(insert.run(row).lastInsertRowid);
    },
    update(id: number, changes: StudyUpdate): void {
      const next = { ...get(id), ...changes };
      update.run({ ...next, ...jsonOf(next), activeMs: rounded(next.activeMs) });
    },
    /** Says that a coordinator runs it. */
    begin: (id: number) => void begin.run(id),
    /** Says how its run ended. */
    end: (id: number, state: StudyState, atMs: number) => void end.run({ id, state, atMs }),
  };
}

/** The parts of a study that are stored as JSON. */
function jsonOf({ directions, space, settings, limits }: NewStudy) {
  return {
    directions: JSON.stringify(directions),
    space: JSON.stringify(space),
    settings: JSON.stringify(settings),
    limits: JSON.stringify(limits),
  };
}
