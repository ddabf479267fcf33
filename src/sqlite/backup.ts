import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BelayError } from "../core/error.ts";
import { realFile } from "../machine/real-file.ts";
import { openDatabase } from "./database.ts";
import { damageLine, isDamage, toStoreError } from "./errors.ts";
import { openReader } from "./open.ts";

/** Pages of one step: all, so that a writer who is busy meanwhile never makes the copy begin again. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a database, while it is written or not, as it is at one moment. The copy is one file, checked, and appears
 * under its name only when it is whole.
 *
 * @returns its size in bytes.
 * @throws BelayError `usage`: there is such a file already, or no such folder. `store`, `schema`: it cannot be read, or
 *   the copy cannot be written.
 */
export async function backupDatabase(file: string, name: string): Promise<number> {
  const target = realFile(name);
  if (existsSync(target))
    throw new BelayError("usage", `backup: expected a new file, got ${target}, which exists`);
  if (!existsSync(dirname(resolve(target))))
    throw new BelayError("usage", `backup: expected a folder that exists, got ${dirname(resolve(target))}`);
  const partial = `${target}.partial-${process.pid}`;
  const source = openReader(file, { anySchema: true });
  try {
    await source.backup(partial, { progress: () => ALL_PAGES });
    checkCopy(partial, file);
    renameSync(partial, target);
    return statSync(target).size;
  } catch (error) {
    // What is wrong with the copy's place is told of the copy, and damage of the file.
    throw isDamage(error) ? toStoreError(file, error) : toStoreError(target, error);
  } finally {
    source.close();
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(partial + suffix, { force: true });
  }
}

/** Makes the copy a single file, and reads all of it once. */
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
