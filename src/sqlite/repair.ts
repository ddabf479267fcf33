import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname } from "node:path";
import { BelayError } from "../core/error.ts";
import type { Identity } from "../machine/identity.ts";
import { realFile } from "../machine/real-file.ts";
import { commandOn } from "../store/command-line.ts";
import { isForeignLog } from "./damage/foreign.ts";
import { inspect } from "./damage/inspect.ts";
import { isHeadless } from "./damage/log-fault.ts";
import { openPages, type Pages } from "./damage/pages.ts";
import { type Salvage, type Salvaged, salvage } from "./damage/salvage.ts";
import type { DamagedStudy } from "./damage/studies.ts";
import { openDatabase } from "./database.ts";
import { toStoreError } from "./errors.ts";
import { freeName } from "./file-system.ts";
import { APPLICATION_ID } from "./migrate.ts";
import { BUSY_TIMEOUT_MS, refuseUnwritableFolder } from "./open.ts";
import { openSqliteStore } from "./store.ts";
import { refuseLiveOwners } from "./tables/owners.ts";

/** What `repairDatabase` found and did. */
export interface Repaired {
  /** What was wrong with the file, a limited number of lines; empty if it was intact. */
  readonly damage: readonly string[];
  /** How many rows of each table were saved and lost; empty if the file was intact. */
  readonly tables: readonly Salvaged[];
  /** Studies whose own row could not be saved completely or does not fit its checksum. */
  readonly damagedStudies: readonly DamagedStudy[];
  /** Rows that do not fit their checksums, and trials about which the table and an index disagree; lines of text. */
  readonly doubts: readonly string[];
  /** The new path of the damaged file, with its log beside it; null if it was left in place. */
  readonly kept: string | null;
  /** Names of studies whose coordinator had died; their running trials now wait for `belay resume`. */
  readonly settled: readonly string[];
}

/**
 * Checks a whole database. A damaged one is replaced by a new file with every row that can be read; the old file and
 * its log are kept unchanged under another name. If nothing can be read, the file is left as it is. Otherwise studies
 * whose coordinator has died are settled, so that they can be resumed.
 *
 * @param options - `takeover`: whether a coordinator that has been silent for a minute counts as dead.
 * @throws BelayError `owner`: a coordinator runs a study of the file. `store`, `schema`: not a Belay database, or one
 *   that cannot be written.
 */
export async function repairDatabase(
  name: string,
  owner: Identity,
  { takeover = false } = {},
): Promise<Repaired> {
  const claimant = { owner, takeover };
  const file = realFile(name);
  refuseUnwritableFolder(file);
  if (!existsSync(file) && !existsSync(`${file}-wal`))
    throw new BelayError(
      "store",
      `${file}: expected a Belay database, got no such file; name another with --db`,
    );
  const pages = openPages(file);
  try {
    refuseLive(file, takeover);
    const found = isHeadless(file)
      ? ["the file is gone or cut short, and its log (-wal) is there"]
      : inspect(file);
    if (pages.hasLog && !isHeadless(file) && isForeignLog(file, found))
      return await replaceAlone(file, found, claimant);
    const damage = [...pages.logFaults, ...found];
    if (damage.length > 0) return await replace(file, pages, damage, claimant);
    const settled = await settleDead(file, claimant);
    return { damage, tables: [], damagedStudies: [], doubts: [], kept: null, settled };
  } finally {
    pages.close();
  }
}

/** The owner as which a repair claims the studies that it settles, and whether it may take them from silent owners. */
interface Claimant {
  readonly owner: Identity;
  readonly takeover: boolean;
}

function refusal(file: string, takeover: boolean) {
  const replacing = `\`${commandOn(file, "repair", "--takeover")}\``;
  return { file, waiting: "a repair", takeover, replacing, nowMs: Date.now() };
}

/**
 * Refuses a repair while a coordinator is alive. If SQLite cannot read the owners, the check is left to `build`, which
 * repeats it on the saved rows.
 */
function refuseLive(file: string, takeover: boolean): void {
  if (isHeadless(file)) return;
  const db = openDatabase(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    refuseLiveOwners(db, refusal(file, takeover));
  } catch (error) {
    // Other errors mean that the owners cannot be read, or that silent ones cannot be released without write access.
    if (error instanceof BelayError) throw error;
  } finally {
    db.close();
  }
}

/** Rebuilds the database without the log beside it, which belongs to another file or to another state of this one. */
async function replaceAlone(file: string, found: readonly string[], claimant: Claimant): Promise<Repaired> {
  const pages = openPages(file, { withLog: false });
  try {
    const line = "the log beside it (-wal) is that of another file, or of another state of it";
    return await replace(file, pages, [line, ...found], claimant);
  } finally {
    pages.close();
  }
}

/** Builds a new file from the rows that can be read and puts it in the place of the old one. */
async function replace(
  file: string,
  pages: Pages,
  damage: readonly string[],
  claimant: Claimant,
): Promise<Repaired> {
  const rebuilt = `${file}.repairing-${process.pid}`;
  let result: Salvage;
  try {
    result = build(rebuilt, file, pages, claimant.takeover);
    const saved = result.tables.some(
      ({ table, saved }) => (table === "studies" || table === "trials") && saved > 0,
    );
    if (!saved) {
      if (pages.count > 0 && !isDatabase(pages)) refuseForeign(file);
      return { damage, ...result, kept: null, settled: [] };
    }
    const kept = putInPlace(rebuilt, file);
    return { damage, ...result, kept, settled: await settleDead(file, claimant) };
  } catch (error) {
    throw toStoreError(file, error);
  } finally {
    removeAll(rebuilt);
  }
}

function build(rebuilt: string, file: string, pages: Pages, takeover: boolean): Salvage {
  removeAll(rebuilt);
  const fresh = openDatabase(rebuilt);
  try {
    fresh.pragma("journal_mode = MEMORY"); // Crash safety is not needed: after a crash the repair starts again.
    fresh.pragma("synchronous = OFF");
    const result = salvage(pages, fresh, file, takeover);
    refuseLiveOwners(fresh, refusal(file, takeover));
    return result;
  } finally {
    fresh.close();
  }
}

/** Whether the header has Belay's application_id or SQLite's magic text. */
function isDatabase(pages: Pages): boolean {
  const head = pages.read(1);
  return (
    head !== null &&
    (head.readUInt32BE(68) === APPLICATION_ID || head.toString("latin1", 0, 15) === "SQLite format 3")
  );
}

function refuseForeign(file: string): never {
  throw new BelayError("schema", `${file}: expected a Belay database, got a file that is not a database`);
}

/**
 * Replaces the old file by the new one and keeps the old one under another name. The old log is removed first, because
 * SQLite would replay it into the new file.
 *
 * @returns the new path of the old file.
 */
function putInPlace(rebuilt: string, file: string): string {
  syncFile(rebuilt);
  const kept = freeName(`${file}.damaged`);
  for (const suffix of ["", "-wal", "-journal"])
    if (existsSync(file + suffix)) keepAs(file + suffix, kept + suffix);
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
  renameSync(rebuilt, file);
  syncFile(dirname(file));
  return kept;
}

/** Gives a file a second name, or copies it where the file system has no hard links. */
function keepAs(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch {
    copyFileSync(file, name, constants.COPYFILE_EXCL);
  }
}

function syncFile(path: string): void {
  if (process.platform === "win32") return; // Windows cannot sync a folder.
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function removeAll(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
}

/** Ends the attempts that dead coordinators left running. @returns the names of their studies. */
async function settleDead(file: string, { owner, takeover }: Claimant): Promise<string[]> {
  const store = openSqliteStore(file);
  const settled: string[] = [];
  try {
    for (const name of await store.names()) {
      const study = (await store.find(name))!;
      if (study.state !== "running") continue;
      const owned = await store.claim(study.id, owner, { takeover });
      await owned.settle();
      await owned.release("stopped");
      settled.push(name);
    }
  } finally {
    await store.close();
  }
  return settled;
}
