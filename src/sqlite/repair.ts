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
import type { HurtStudy } from "./damage/studies.ts";
import { openDatabase } from "./database.ts";
import { toStoreError } from "./errors.ts";
import { freeName } from "./file-system.ts";
import { APPLICATION_ID } from "./migrate.ts";
import { BUSY_TIMEOUT_MS, refuseUnwritableFolder } from "./open.ts";
import { openStore } from "./store.ts";
import { refuseLiveOwners } from "./tables/owners.ts";

/** What `repairDatabase` found and did. */
export interface Repaired {
  /** The first lines of what was wrong with the file; empty: it is intact. */
  readonly damage: readonly string[];
  /** Rows saved and lost, table by table; empty when the file was intact. */
  readonly tables: readonly Salvaged[];
  /** Studies that could not be saved whole, or whose own rows may be wrong. */
  readonly hurt: readonly HurtStudy[];
  /** Rows that do not fit their checksums, and trials of which two places of the file tell different things. */
  readonly doubts: readonly string[];
  /** Where the damaged file was put, its log beside it; null: it was left in its place. */
  readonly kept: string | null;
  /** Studies whose coordinator had died: what it left running now waits for `belay resume`. */
  readonly settled: readonly string[];
}

/**
 * Checks a whole database. A damaged one is replaced by a new file with every row that can be read; the old file and
 * its log are kept beside it as they were. When nothing can be read all is left as it is. Studies of dead coordinators
 * are put in order.
 *
 * @param options - `takeover`: also those of coordinators that have been silent for a minute.
 * @throws BelayError `owner`: a coordinator is at work. `store`, `schema`: no database of Belay, or it cannot be written.
 */
export async function repairDatabase(
  name: string,
  owner: Identity,
  { takeover = false } = {},
): Promise<Repaired> {
  const claim = { owner, takeover };
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
      return await replaceAlone(file, found, claim);
    const damage = [...pages.logFaults, ...found];
    if (damage.length > 0) return await replace(file, pages, damage, claim);
    const settled = await settleDead(file, claim);
    return { damage, tables: [], hurt: [], doubts: [], kept: null, settled };
  } finally {
    pages.close();
  }
}

/** Who repairs, and may take studies from owners that are silent. */
interface Claim {
  readonly owner: Identity;
  readonly takeover: boolean;
}

function refusal(file: string, takeover: boolean) {
  const replacing = `\`${commandOn(file, "repair", "--takeover")}\``;
  return { file, waiting: "a repair", takeover, replacing, nowMs: Date.now() };
}

/** A coordinator that lives, as far as SQLite can read who that is; what is saved of a damaged file tells it again. */
function refuseLive(file: string, takeover: boolean): void {
  if (isHeadless(file)) return;
  const db = openDatabase(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    refuseLiveOwners(db, refusal(file, takeover));
  } catch (error) {
    if (error instanceof BelayError) throw error; // Otherwise the owners cannot be read, or are to be replaced.
  } finally {
    db.close();
  }
}

/** Takes what the file itself holds: the log beside it is not its own. */
async function replaceAlone(file: string, found: readonly string[], claim: Claim): Promise<Repaired> {
  const pages = openPages(file, { withLog: false });
  try {
    const line = "the log beside it (-wal) is that of another file, or of another state of it";
    return await replace(file, pages, [line, ...found], claim);
  } finally {
    pages.close();
  }
}

/** Builds a new file from what can be read of the old one, and puts it in its place. */
async function replace(
  file: string,
  pages: Pages,
  damage: readonly string[],
  claim: Claim,
): Promise<Repaired> {
  const rebuilt = `${file}.repairing-${process.pid}`;
  let result: Salvage;
  try {
    result = build(rebuilt, file, pages, claim.takeover);
    const saved = result.tables.some(
      ({ table, saved }) => (table === "studies" || table === "trials") && saved > 0,
    );
    if (!saved) {
      if (pages.count > 0 && !isDatabase(pages)) refuseForeign(file);
      return { damage, ...result, kept: null, settled: [] };
    }
    const kept = putInPlace(rebuilt, file);
    return { damage, ...result, kept, settled: await settleDead(file, claim) };
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
    fresh.pragma("journal_mode = MEMORY"); // A file that nobody else knows is begun anew after a crash.
    fresh.pragma("synchronous = OFF");
    const result = salvage(pages, fresh, file, takeover);
    refuseLiveOwners(fresh, refusal(file, takeover));
    return result;
  } finally {
    fresh.close();
  }
}

/** The header's number, or text of a study. */
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
 * At no moment the new file lies beside the old log, which SQLite would take for its own.
 *
 * @returns where the old file is.
 */
function putInPlace(rebuilt: string, file: string): string {
  syncFile(rebuilt);
  const kept = freeName(`${file}.damaged`);
  for (const suffix of ["", "-wal", "-journal"])
    if (existsSync(file + suffix)) keep(file + suffix, kept + suffix);
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
  renameSync(rebuilt, file);
  syncFile(dirname(file));
  return kept;
}

/** A second name for a file, or a copy where a file can have only one. */
function keep(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch {
    copyFileSync(file, name, constants.COPYFILE_EXCL);
  }
}

function syncFile(path: string): void {
  if (process.platform === "win32") return; // A folder cannot be synced there.
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

/** What dead coordinators left running waits for its next attempt. @returns the names of their studies. */
async function settleDead(file: string, { owner, takeover }: Claim): Promise<string[]> {
  const store = openStore(file);
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
