import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BelayError } from "../core/error.ts";
import { realFile } from "../machine/real-file.ts";
import { openDatabase } from "./database.ts";
import { damageLine, isDamage, toStoreError } from "./errors.ts";
import { openForReading } from "./open.ts";

/** How many pages each step of a backup copies: all of them, since a write between two steps would restart the copy. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a database as it is at one moment, even while it is being written. The copy is a single file; it is checked,
 * and appears under its name only when it is complete.
 *
 * @returns the size of the copy in bytes.
 * @throws BelayError `usage`: the file exists already, or its folder does not. `store`, `schema`: the database cannot
 *   be read, or the copy cannot be written.
 */
export async function backupDatabase(file: string, name: string): Promise<number> {
  const target = realFile(name);
  if (existsSync(target))
    throw new BelayError("usage", `backup: expected a new file, got ${target}, which exists`);
  if (!existsSync(dirname(resolve(target))))
    throw new BelayError("usage", `backup: expected a folder that exists, got ${dirname(resolve(target))}`);
  const partial = `${target}.partial-${process.pid}`;
  const source = openForReading(file, { anySchema: true });
  try {
    await source.backup(partial, { progress: () => ALL_PAGES });
    checkCopy(partial, file);
    renameSync(partial, target);
    return statSync(target).size;
  } catch (error) {
    // Damage is reported for the source; other errors concern the place where the copy is written.
    throw isDamage(error) ? toStoreError(file, error) : toStoreError(target, error);
  } finally {
    source.close();
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(partial + suffix, { force: true });
  }
}

/** Turns off WAL mode, so that the copy is a single file, and checks every page of it. */
function checkCopy(copy: string, file: string): void {
  const db = openDatabase(copy);
  try {
    db.pragma("journal_mode = DELETE");
    const found = db.pragma("quick_check(1)", { simple: true }) as string;
    if (found !== "ok") throw new BelayError("store", damageLine(file, found.split("\n")[0]!));
  } finally {
    db.close();
  }
}
