import { existsSync, statSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { BUSY_TIMEOUT_MS } from "./open.ts";
import { fileNumber } from "./place.ts";

/** A log (the -wal file) longer than this is written back as soon as the readers of the moment have finished. */
const LOG_LIMIT_BYTES = 16 * 2 ** 20;

/** How long writing back waits for readers: the coordinator does nothing else meanwhile. */
const CHECKPOINT_WAIT_MS = 200;

/** An integrity check that has taken longer than this stops after the table that it is at. */
const CHECK_LIMIT_MS = 5_000;

/** Looks after the file of an open database. */
export interface Keeper {
  /**
   * @throws BelayError `store`: the file was deleted, or another one lies in its place. What the open database holds is
   *   saved beside it first, where that is possible.
   */
  checkPlace(): void;
  /** Keeps the log short: readers that overlap without end would make it grow without end. */
  trimLog(): void;
  /** @throws BelayError `store`: the database is damaged. */
  checkIntegrity(): void;
}

/** The keeper of a database that was just opened. */
export function fileKeeper(db: Database, file: string): Keeper {
  const opened = fileNumber(file);
  let isLost = false;

  return {
    checkPlace() {
      const found = fileNumber(file);
      if (isLost || found === opened) return;
      isLost = true; // Said once: what follows is an orderly end.
      const got = found === null ? "got none: it was deleted" : "got another file in its place";
      const saved = rescue(db, file);
      const advice = saved
        ? `all that was recorded is saved in ${saved}: move it to ${file}, then belay resume`
        : "what was recorded since could not be saved";
      throw new BelayError("store", `${file}: expected the file that this run has opened, ${got}; ${advice}`);
    },
    trimLog() {
      const log = `${file}-wal`;
      if (!existsSync(log) || statSync(log).size < LOG_LIMIT_BYTES) return;
      db.pragma(`busy_timeout = ${CHECKPOINT_WAIT_MS}`);
      try {
        db.pragma("wal_checkpoint(TRUNCATE)"); // Tells by its result, not by an error, that a reader was in the way.
      } finally {
        db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      }
    },
    checkIntegrity: () => checkIntegrity(db, file),
  };
}

function checkIntegrity(db: Database, file: string): void {
  const began = performance.now();
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
    .pluck()
    .all() as string[];
  for (const table of tables) {
    if (performance.now() - began > CHECK_LIMIT_MS) return;
    const found = db.pragma(`quick_check('${table}')`, { simple: true }) as string;
    if (found === "ok") continue;
    const line = `${file}: expected an intact database, got damage in ${table} (${found.split("\n")[0]})`;
    throw new BelayError("store", `${line}; belay repair saves what can be read`);
  }
}

/** Writes what an open database holds to a new file; it is whole even when the name of the old one is gone. */
function rescue(db: Database, file: string): string | null {
  const target = `${file}.rescued-${process.pid}`;
  try {
    db.prepare("VACUUM INTO ?").run(target);
    return target;
  } catch {
    return null;
  }
}
