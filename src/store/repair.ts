import { existsSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { commandOn } from "./command-line.ts";
import { openDatabase } from "./database.ts";
import { toStoreError } from "./fault.ts";
import type { Identity } from "./identity.ts";
import { checkSchema } from "./migrate.ts";
import { BUSY_TIMEOUT_MS, openWriter, refuseUnwritableFolder } from "./open.ts";
import { refuseLiveOwners } from "./owners.ts";
import { realFile } from "./place.ts";
import { type Salvaged, salvage } from "./salvage.ts";
import { openStore } from "./sqlite.ts";

/** What `repairDatabase` found and did. */
export interface Repaired {
  /** The first lines of what was wrong with the file; empty: it is intact. */
  readonly damage: readonly string[];
  /** Rows saved and lost, table by table; empty when the file was intact. */
  readonly tables: readonly Salvaged[];
  /** Where the damaged file was put; null when there was none. */
  readonly kept: string | null;
  /** Studies whose coordinator had died: what it left running now waits for `belay resume`. */
  readonly settled: readonly string[];
}

/**
 * Checks a whole database. A damaged one is replaced by a new file with every row that can be read; the old file is
 * kept beside it. Studies of dead coordinators are put in order.
 *
 * @param options - `takeover`: also those of coordinators that have been silent for a minute.
 * @throws BelayError `owner`: a coordinator is at work. `store`, `schema`: no database of Belay, or it cannot be written.
 */
export async function repairDatabase(
  name: string,
  owner: Identity,
  { takeover = false } = {},
): Promise<Repaired> {
  const file = realFile(name);
  refuseUnwritableFolder(file);
  if (!existsSync(file))
    throw new BelayError(
      "store",
      `${file}: expected a Belay database, got no such file; name another with --db`,
    );
  const damage = inspect(file, takeover);
  const { tables, kept } = damage.length > 0 ? replace(file) : { tables: [], kept: null };
  return { damage, tables, kept, settled: await settleDead(file, owner) };
}

/** What is wrong with a file. Opening it writes back what a dead coordinator left in the log. */
function inspect(file: string, takeover: boolean): string[] {
  const db = openDatabase(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    checkSchema(db, file);
    try {
      const expected = `${file}: expected no running study for a repair`;
      refuseLiveOwners(db, {
        file,
        expected,
        takeover,
        nowMs: Date.now(),
        replacing: `\`${commandOn(file, "repair", "--takeover")}\``,
      });
    } catch (error) {
      if (error instanceof BelayError) throw error; // Otherwise the table of owners itself is damaged.
    }
    const found = db.pragma("integrity_check(20)") as { integrity_check: string }[];
    const lines = found.flatMap((row) => row.integrity_check.split("\n"));
    if (lines.join() !== "ok") return lines;
    const orphans = db.pragma("foreign_key_check") as { table: string }[];
    return orphans.length === 0 ? [] : [`${orphans.length} rows without the row that they belong to`];
  } catch (error) {
    if (error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|IOERR_SHORT_READ)/.test(error.code))
      return [error.message];
    throw toStoreError(file, error);
  } finally {
    db.close();
  }
}

/** Builds a new file from what can be read of the old one, and puts it in its place. */
function replace(file: string): { tables: Salvaged[]; kept: string } {
  const rebuilt = `${file}.repairing-${process.pid}`;
  const kept = freeName(`${file}.damaged`);
  const old = openDatabase(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  old.unsafeMode(true);
  let tables: Salvaged[];
  try {
    const fresh = openWriter(rebuilt);
    try {
      tables = salvage(old, fresh);
      fresh.pragma("journal_mode = DELETE"); // One file, to be moved as one.
    } finally {
      fresh.close();
    }
  } catch (error) {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(rebuilt + suffix, { force: true });
    throw toStoreError(file, error);
  } finally {
    old.close();
  }
  for (const suffix of ["-wal", "-shm"])
    if (existsSync(file + suffix)) renameSync(file + suffix, kept + suffix);
  renameSync(file, kept);
  renameSync(rebuilt, file);
  return { tables, kept };
}

function freeName(name: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!existsSync(candidate)) return candidate;
  }
}

/** What dead coordinators left running waits for its next attempt. @returns the names of their studies. */
async function settleDead(file: string, owner: Identity): Promise<string[]> {
  const store = openStore(file);
  const settled: string[] = [];
  try {
    for (const name of await store.studyNames()) {
      const study = (await store.findStudy(name))!;
      if (study.state !== "running") continue;
      const epoch = await store.claim(study.id, owner);
      await store.settle(study.id, epoch);
      await store.release(study.id, epoch, "stopped");
      settled.push(name);
    }
  } finally {
    store.close();
  }
  return settled;
}
