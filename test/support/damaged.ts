import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { currentIdentity, type Identity } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { FINAL, newStudy, splitResult } from "./store.ts";

/** A coordinator that died before the last boot of this machine. */
const DEAD: Identity = { ...currentIdentity(), bootId: "an-earlier-boot", hostname: hostname() };

/** Number of finished trials of `digits`; one more was running when the coordinator died. */
export const TRIALS = 20;

/**
 * Makes `belay.db` in a folder, with the study `digits`, whose coordinator died.
 *
 * @param kept - `file`: everything is in the file. `log`: everything is in the log, as while a study runs.
 */
export async function diedIn(folder: string, kept: "file" | "log" = "file"): Promise<string> {
  const draft = join(folder, "draft.db");
  const file = join(folder, "belay.db");
  // Where there is a file already, its tables are made in it, and are in the log too.
  if (kept === "log") writeFileSync(draft, "");
  const store = openSqliteStore(draft, { durability: "normal" });
  const study = await store.createStudy(newStudy({ trials: TRIALS }), DEAD);
  for (let number = 0; number <= TRIALS; number++) {
    const params = { learningRate: 0.001 * (1 + number), optimizer: number % 2 ? "adam" : "sgd" };
    const key = await study.startTrial({ number, params });
    await study.recordStart(key, { slot: 0, hostPid: 77, baselineBytes: 80e6 });
    for (const split of [0, 1, 2]) await study.recordSplit(key, splitResult(split, number + split));
    if (number === TRIALS) break;
    await study.finish(key, { state: "complete", values: [number], constraints: [] }, FINAL, {
      durationMs: 30,
    });
  }
  if (kept === "file") await store.close();
  copyFileSync(draft, file);
  if (kept === "log") {
    if (statSync(draft).size > 4096)
      throw new Error("expected all to be in the log, got so much that it was written back");
    copyFileSync(`${draft}-wal`, `${file}-wal`);
    await store.close();
  }
  rmSync(draft);
  return file;
}

/** Changes the bytes of a file. */
export function change(file: string, edit: (bytes: Buffer) => Buffer | undefined): Buffer {
  const bytes = readFileSync(file);
  const changed = edit(bytes) ?? bytes;
  writeFileSync(file, changed);
  return changed;
}

/** Runs SQL that breaks constraints, as only damage does. */
export function corrupt(file: string, sql: string): void {
  const db = openDatabase(file);
  db.pragma("ignore_check_constraints = ON");
  db.pragma("foreign_keys = OFF");
  db.unsafeMode(true);
  db.pragma("writable_schema = ON");
  db.exec(sql);
  db.close();
}

/** The numbers of the leaf pages of a table, which hold its rows. */
export function leavesOf(file: string, table: string): number[] {
  const db = openDatabase(file);
  const pages = db
    .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno")
    .pluck()
    .all(table) as number[];
  db.close();
  return pages;
}
