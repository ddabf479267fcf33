import { constants, copyFileSync, rmSync } from "node:fs";
import { openDatabase } from "../database.ts";
import { inspect } from "./inspect.ts";

/**
 * Whether the log beside a file is that of another one, or of another state of it: one that was left when the file was
 * deleted, moved or restored. The file is whole without it, and with it is not, or has lost trials that had ended.
 *
 * @param found - What is wrong with the file and its log together.
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

/** What never changes again, by id. */
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
