import { constants, copyFileSync, rmSync } from "node:fs";
import { openDatabase } from "../database.ts";
import { inspect } from "./inspect.ts";

/**
 * Whether the log beside a file belongs to another file, or to another state of this one: a log left behind when the
 * file was deleted, moved or restored. It does if the file is intact without the log, and with the log is either
 * damaged or lacks trials that had ended.
 *
 * @param found - What is wrong with the file and its log together; empty if nothing.
 */
export function isForeignLog(file: string, found: readonly string[]): boolean {
  const alone = `${file}.repairing-${process.pid}-alone`;
  try {
    copyFileSync(file, alone, constants.COPYFILE_FICLONE);
    if (inspect(alone).length > 0) return false;
    if (found.length > 0) return true;
    const together = endedTrials(file);
    return [...endedTrials(alone)].some(([id, text]) => together.get(id) !== text);
  } catch {
    return false;
  } finally {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(alone + suffix, { force: true });
  }
}

/** The columns of ended trials that never change again, as JSON by trial id. */
function endedTrials(file: string): Map<number, string> {
  const db = openDatabase(file, { readonly: true });
  try {
    const rows = db.prepare(
      "SELECT id, json_array(study_id, number, state, params, value, finished_at) FROM trials WHERE told IS NOT NULL",
    );
    return new Map(rows.raw().all() as (readonly [number, string])[]);
  } finally {
    db.close();
  }
}
