import { constants, copyFileSync, existsSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { formatSize } from "../core/units.ts";
import { temporaryFolder } from "../machine/temporary.ts";
import { openDatabase } from "./database.ts";

/** Files that a killed writer leaves beside a database: its last writes, or the pages to roll back. */
const LEFT_BEHIND = ["-wal", "-journal"] as const;

/** Copying a larger file takes noticeable time and disk space. */
const LARGE_BYTES = 32 * 2 ** 20;

/**
 * Opens a temporary copy of a database whose folder cannot be written. SQLite can read a WAL database only if it may
 * create the shared-memory file beside it. Nobody else writes in such a folder either, so the copy stays up to date. It
 * is deleted when it is closed, on Windows when the process ends.
 *
 * @param real - The file with symbolic links resolved.
 * @param onLarge - Called with a note for the user if the file is large.
 */
export function openCopy(real: string, onLarge: ((text: string) => void) | undefined): Database {
  const { size } = statSync(real);
  const folder = temporaryFolder("belay-");
  if (size > LARGE_BYTES)
    onLarge?.(
      `${real} is in a folder that cannot be written: each command copies its ${formatSize(size)} to ${tmpdir()}; copy it once to a folder of your own, and name that with --db`,
    );
  try {
    const copy = join(folder, "copy.db");
    for (const suffix of ["", ...LEFT_BEHIND])
      if (existsSync(real + suffix)) copyFileSync(real + suffix, copy + suffix, constants.COPYFILE_FICLONE);
    const db = openDatabase(copy);
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    if (process.platform === "win32")
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    return db;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("SQLITE")) throw error;
    const state = `its folder cannot be written, and the file could not be copied to ${tmpdir()} to be read`;
    throw new BelayError("store", `${real}: ${state}: ${message}`, { cause: error });
  } finally {
    // Only Windows needs the name of an open file; elsewhere the copy can be read after its folder is deleted.
    if (process.platform !== "win32") rmSync(folder, { recursive: true, force: true });
  }
}
