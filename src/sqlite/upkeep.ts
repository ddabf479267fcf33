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

/** A log (the -wal file) longer than this is written back as soon as the readers of the moment have finished. */
const LOG_LIMIT_BYTES = 16 * 2 ** 20;

/** How long writing back waits for readers: the coordinator does nothing else meanwhile. */
const CHECKPOINT_WAIT_MS = 200;

/** An integrity check that has taken longer than this stops after the table that it is at. */
const CHECK_LIMIT_MS = 5_000;

/** Looks after the file of an open database. */
export interface Upkeep {
  /**
   * @param study - The name of the study that this process runs.
   * @throws BelayError `store`: the file or its log was deleted, or another one lies in its place. What the open database
   *   holds is saved beside it first, where that is possible.
   */
  checkPlace(study: string): void;
  /** Keeps the log short: readers that overlap without end would make it grow without end. */
  trimLog(): void;
  /** @throws BelayError `store`: the database is damaged. */
  checkIntegrity(): void;
  /** To be called before the database is closed: what was recorded since it was saved is saved as well. */
  close(): void;
}

/** What SQLite keeps beside a database: the log, and the memory that its users share. */
const BESIDE = ["-wal", "-shm"] as const;

/**
 * The upkeep of a database that was just opened.
 *
 * @param file - Without symbolic links.
 */
export function fileUpkeep(db: Database, file: string): Upkeep {
  const opened = fileNumber(file);
  const own = new Map<string, string | null>();
  const learn = (): void => {
    for (const suffix of BESIDE) own.set(suffix, own.get(suffix) ?? fileNumber(file + suffix));
  };
  learn();
  const isOwn = (suffix: string): boolean => fileNumber(file + suffix) === own.get(suffix);
  let isLost = false;
  let saved: string | null = null;

  return {
    checkPlace(study) {
      if (isLost) return;
      const found = fileNumber(file);
      if (found === opened && BESIDE.every((suffix) => own.get(suffix) === null || isOwn(suffix)))
        return learn();
      isLost = true; // Said once: what follows is an orderly end.
      const name = `${basename(file)}.rescued-${process.pid}`;
      for (const folder of [dirname(file), tmpdir()]) saved ??= rescue(db, freeName(join(folder, name)));
      // SQLite would replay the log of this run into whatever is opened under the name next.
      const foreign = BESIDE.filter((suffix) => existsSync(file + suffix) && !isOwn(suffix));
      for (const suffix of BESIDE) if (isOwn(suffix)) setAside(file, suffix, saved !== null);
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
        db.pragma("wal_checkpoint(TRUNCATE)"); // Tells by its result, not by an error, that a reader was in the way.
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
  /** Somebody has put another file in the place of the database, and wants it there; or its folder is gone. */
  readonly isTaken: boolean;
  /** The files beside the database that are not this run's. */
  readonly foreign: readonly string[];
}

/** Advice that names the command which continues with the saved file, ready to be typed. */
function adviceFor(db: Database, { file, saved, study, isTaken, foreign }: Rescued): string {
  // The runs of other studies save the file too: only one of these may be moved to the place.
  if (isTaken || heldStudies(db).some((held) => held.study !== study))
    return `\`${commandOn(saved, "resume", study)}\` goes on with it`;
  const first = foreign.length > 0 ? `remove ${foreign.map((suffix) => file + suffix).join(" and ")}, ` : "";
  return `${first}move it to ${file}, then \`${commandOn(file, "resume", study)}\``;
}

/** The shared memory is of no use to anybody; a log that could not be saved may be, beside the file that it belongs to. */
function setAside(file: string, suffix: string, isSaved: boolean): void {
  try {
    if (isSaved || suffix === "-shm") rmSync(file + suffix, { force: true });
    else renameSync(file + suffix, freeName(`${file}.lost-${process.pid}${suffix}`));
  } catch {
    // A folder that is gone, or cannot be written any more, has nothing that a next file could meet.
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

/** Writes what an open database holds to a new file; it is whole even when the name of the old one is gone. */
function rescue(db: Database, target: string): string | null {
  try {
    db.prepare("VACUUM INTO ?").run(target);
    return target;
  } catch {
    rmSync(target, { force: true });
    return null;
  }
}
