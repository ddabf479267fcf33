import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { commandOn } from "../store/command-line.ts";
import { damageLine } from "./errors.ts";
import { fileNumber, freeName } from "./file-system.ts";
import { BUSY_TIMEOUT_MS } from "./open.ts";
import { heldStudies } from "./tables/owners.ts";

/** A log (the -wal file) longer than this is written back to the database and emptied. */
const LOG_LIMIT_BYTES = 16 * 2 ** 20;

/** How long writing back waits for readers. It must be short, because the coordinator is blocked meanwhile. */
const CHECKPOINT_WAIT_MS = 200;

/** An integrity check starts with no further table once it has taken longer than this. */
const CHECK_LIMIT_MS = 5_000;

/** Maintains the file of an open database. */
export interface Upkeep {
  /**
   * Checks that the open files are still those at the database's path.
   *
   * @param study - The name of the study that this process runs.
   * @throws BelayError `store`: the file or its log was deleted or replaced. The content of the open database is saved
   *   to another file first, where that is possible.
   */
  checkFiles(study: string): void;
  /** Writes back a long log; readers that always overlap would otherwise make it grow without bound. */
  trimLog(): void;
  /** @throws BelayError `store`: the database is damaged. */
  checkIntegrity(): void;
  /** Saves again what `checkFiles` saved, with later writes. It must be called before the database is closed. */
  close(): void;
}

/** The files that SQLite keeps beside a database: the log, and the memory that its connections share. */
const COMPANIONS = ["-wal", "-shm"] as const;

/**
 * Maintains a database that was just opened.
 *
 * @param file - The path with symbolic links resolved.
 */
export function fileUpkeep(db: Database, file: string): Upkeep {
  const opened = fileNumber(file);
  const own = new Map<string, string | null>();
  const rememberCompanions = (): void => {
    for (const suffix of COMPANIONS) own.set(suffix, own.get(suffix) ?? fileNumber(file + suffix));
  };
  rememberCompanions();
  const isOwn = (suffix: string): boolean => fileNumber(file + suffix) === own.get(suffix);
  let isLost = false;
  let saved: string | null = null;

  return {
    checkFiles(study) {
      if (isLost) return;
      const found = fileNumber(file);
      if (found === opened && COMPANIONS.every((suffix) => own.get(suffix) === null || isOwn(suffix)))
        return rememberCompanions();
      isLost = true; // The error is thrown only once, so that later writes can end the run in order.
      const name = `${basename(file)}.rescued-${process.pid}`;
      for (const folder of [dirname(file), tmpdir()]) saved ??= rescue(db, freeName(join(folder, name)));
      const foreign = COMPANIONS.filter((suffix) => existsSync(file + suffix) && !isOwn(suffix));
      // SQLite would replay this run's log into the next database that is opened at this path.
      for (const suffix of COMPANIONS) if (isOwn(suffix)) removeOrRename(file, suffix, saved !== null);
      const isTaken = (found !== null && found !== opened) || !existsSync(dirname(file));
      throw new BelayError(
        "store",
        `${file}: ${whatHappened(file, found, opened)}; ${
          saved
            ? `all that was recorded is saved in ${saved}: ${adviceFor(db, { file, saved, study, isTaken, foreign })}`
            : "what was recorded since could not be saved"
        }`,
      );
    },
    trimLog() {
      const log = `${file}-wal`;
      if (!existsSync(log) || statSync(log).size < LOG_LIMIT_BYTES) return;
      db.pragma(`busy_timeout = ${CHECKPOINT_WAIT_MS}`);
      try {
        db.pragma("wal_checkpoint(TRUNCATE)"); // A reader in the way is no error; the next call tries again.
      } finally {
        db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      }
    },
    checkIntegrity: () => checkIntegrity(db, file),
    close() {
      if (saved === null || !existsSync(saved)) return;
      const whole = rescue(db, freeName(`${saved}-whole`));
      if (whole) renameSync(whole, saved);
    },
  };
}

function whatHappened(file: string, found: string | null, opened: string | null): string {
  if (found === null) return "the file was deleted under this run";
  if (found !== opened) return "another file has taken the place of the one that this run has opened";
  return `${basename(file)}-wal or ${basename(file)}-shm was deleted or replaced under this run`;
}

interface Rescued {
  readonly file: string;
  readonly saved: string;
  readonly study: string;
  /** Whether the path cannot be used: another file was put there on purpose, or its folder is gone. */
  readonly isTaken: boolean;
  /** The suffixes of files beside the database that do not belong to this run. */
  readonly foreign: readonly string[];
}

/** Advice that names the command which continues with the saved file. */
function adviceFor(db: Database, { file, saved, study, isTaken, foreign }: Rescued): string {
  // Runs of other studies save the file too, and only one of the saved files could be moved to the path.
  if (isTaken || heldStudies(db).some((held) => held.study !== study))
    return `\`${commandOn(saved, "resume", study)}\` goes on with it`;
  const first = foreign.length > 0 ? `remove ${foreign.map((suffix) => file + suffix).join(" and ")}, ` : "";
  return `${first}move it to ${file}, then \`${commandOn(file, "resume", study)}\``;
}

/** Removes a companion file of this run; a log whose writes could not be saved is renamed, because it may be needed. */
function removeOrRename(file: string, suffix: string, isSaved: boolean): void {
  try {
    if (isSaved || suffix === "-shm") rmSync(file + suffix, { force: true });
    else renameSync(file + suffix, freeName(`${file}.lost-${process.pid}${suffix}`));
  } catch {
    // In a folder that is gone or cannot be written, nobody can open another database at this path.
  }
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
    throw new BelayError("store", damageLine(file, `${table}: ${found.split("\n")[0]}`));
  }
}

/** Copies an open database, even a deleted one, to a new file. @returns the new file's name; null on failure. */
function rescue(db: Database, target: string): string | null {
  try {
    db.prepare("VACUUM INTO ?").run(target);
    return target;
  } catch {
    rmSync(target, { force: true });
    return null;
  }
}
