import { constants, copyFileSync, existsSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { formatSize } from "../core/units.ts";
import { temporaryFolder } from "../machine/temporary.ts";
import { openDatabase } from "./database.ts";

/** What a writer that was killed leaves beside a database: the last writes, or those to be taken back. */
const LEFT_BEHIND = ["-wal", "-journal"] as const;

/** From this size on a copy takes time and room that people notice. */
const LARGE_BYTES = 32 * 2 ** 20;

/**
 * SQLite can read a WAL database only where it may create the shared-memory file beside it. In a folder that cannot be
 * written nobody else is writing either, so a copy shows the same; it is gone as soon as it is closed.
 *
 * @param real - The file, without symbolic links.
 * @param onLarge - Hears, in words, of a copy that takes a while.
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
    const state = `its folder cannot be written, and ${tmpdir()} has not taken a copy to read`;
    throw new BelayError("store", `${real}: ${state}: ${message}`, { cause: error });
  } finally {
    // Elsewhere the open file lives on without its name.
    if (process.platform !== "win32") rmSync(folder, { recursive: true, force: true });
  }
}
