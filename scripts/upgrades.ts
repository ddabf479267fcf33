// Kills the upgrade of an old database at random moments. Afterwards it must open whole, with the old schema or a later
// one.
//
//   npm run upgrades -- --kills 100
//
// Each frozen database of test/sqlite/frozen gets more rows, is opened for writing, and so upgraded to today's schema
// and then to a made-up next one, so that the newest database has an upgrade too. SIGKILL comes between the first and
// the last statement. Afterwards the file must be intact, have one version and every row that it had, and the upgrade
// must then succeed. Runs on dist/, so `npm run build` comes first. The exit code is 1 if a file was harmed.

import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openDatabase } from "../src/sqlite/database.ts";
import { migrate, SCHEMA_VERSION } from "../src/sqlite/migrate.ts";
import { MIGRATIONS } from "../src/sqlite/migrations.ts";
import { openForWriting } from "../src/sqlite/open.ts";

const FROZEN = fileURLToPath(new URL("../test/sqlite/frozen", import.meta.url));
/** Trials that are added to each database, so that its upgrade takes some milliseconds. */
const MORE_TRIALS = 4_000;
/** A made-up next schema: a new table, a changed table, and rows that move. */
const NEXT = `
CREATE TABLE notes (id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES studies, text TEXT NOT NULL) STRICT;
ALTER TABLE trials ADD COLUMN note TEXT;
UPDATE trials SET note = 'was ' || state;
INSERT INTO notes (study_id, text) SELECT id, name FROM studies;
DROP INDEX trials_value;
CREATE INDEX trials_value ON trials (study_id, state, value);`;
const NEWEST = SCHEMA_VERSION + 1;

if (process.send) {
  process.once("message", (file: string) => {
    process.send!("began", () => {
      upgrade(file);
      process.send!("done", () => process.disconnect());
    });
  });
} else await main();

function upgrade(file: string): void {
  const db = openForWriting(file);
  migrate(db, file, [...MIGRATIONS, NEXT]);
  db.close();
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { kills: { type: "string", default: "10" } } });
  const folder = mkdtempSync(join(tmpdir(), "belay-upgrades-"));
  try {
    for (const name of readdirSync(FROZEN).filter((file) => file.endsWith(".db")))
      await campaign(name, join(folder, name), Number(values.kills));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function campaign(name: string, original: string, kills: number): Promise<void> {
  prepare(join(FROZEN, name), original);
  const before = look(original);
  const file = `${original}.copy`;
  const times: number[] = [];
  for (let i = 0; i < 3; i++) times.push(await runUpgrade(original, file, null));
  const longestMs = Math.max(...times);
  const found = new Map<number, number>();
  let broken = 0;
  for (let i = 0; i < kills; i++) {
    await runUpgrade(original, file, Math.random() * longestMs);
    const after = look(file, before.columns);
    found.set(after.version, (found.get(after.version) ?? 0) + 1);
    const faults = harmOf(before, after);
    if (after.version < NEWEST) upgrade(file);
    const end = look(file, before.columns);
    if (end.version !== NEWEST || end.rows !== before.rows)
      faults.push("the upgrade does not go through afterwards");
    if (faults.length > 0) broken++;
    for (const fault of faults) console.log(`${name}, kill ${i}: ${fault}`);
  }
  const versions = [...found]
    .sort(([a], [b]) => a - b)
    .map(([version, count]) => `${count} of schema ${version}`);
  console.log(
    `${name}: ${kills} kills within ${longestMs.toFixed(0)} ms: ${versions.join(", ")}; ${broken} harmed`,
  );
  if (broken > 0) process.exitCode = 1;
}

/** Copies a frozen database, adds rows, and makes it look as if its coordinator had died on this machine. */
function prepare(frozen: string, file: string): void {
  copyFileSync(frozen, file);
  const db = openDatabase(file);
  db.prepare("UPDATE owners SET hostname = ?").run(hostname());
  db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n LIMIT ${MORE_TRIALS})
     INSERT INTO trials (study_id, number, state, params, enqueued, attempts, created_at)
     SELECT 1, i, 'waiting', '{"learningRate":0.05}', 1, 0, i FROM n`,
  ).run();
  db.close();
}

/** Upgrades a copy of the original in a process of its own. @returns how long that took, in milliseconds. */
async function runUpgrade(original: string, file: string, killAfterMs: number | null): Promise<number> {
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
  copyFileSync(original, file);
  const child = fork(fileURLToPath(import.meta.url));
  const exited = once(child, "exit");
  child.send(file);
  await once(child, "message");
  const began = performance.now();
  if (killAfterMs === null) {
    await once(child, "message");
    const tookMs = performance.now() - began;
    await exited;
    return tookMs;
  }
  while (performance.now() < began + killAfterMs); // A timer would fire too late.
  child.kill("SIGKILL");
  await exited;
  return killAfterMs;
}

/** Tables, each with the columns that are compared. */
type Columns = readonly (readonly [table: string, names: string])[];

interface Found {
  readonly version: number;
  readonly isIntact: boolean;
  readonly isNext: boolean;
  readonly isOld: boolean;
  readonly columns: Columns;
  readonly rows: string;
}

/** Reads a file: its version, whether it is intact, and its rows in the given columns, by default all. */
function look(file: string, columns: Columns | null = null): Found {
  const db = openDatabase(file);
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[];
    const shown = columns ?? tables.map((table) => [table, columnsOf(db, table)] as const);
    const hash = createHash("sha256");
    for (const [table, names] of shown)
      hash.update(JSON.stringify(db.prepare(`SELECT ${names} FROM ${table} ORDER BY ${names}`).raw().all()));
    return {
      version: Number(db.pragma("user_version", { simple: true })),
      isIntact:
        db.pragma("integrity_check", { simple: true }) === "ok" &&
        (db.pragma("foreign_key_check") as unknown[]).length === 0,
      isNext: tables.includes("notes") && columnsOf(db, "trials").split(", ").includes("note"),
      isOld: !tables.includes("notes") && !columnsOf(db, "trials").split(", ").includes("note"),
      columns: shown,
      rows: hash.digest("hex"),
    };
  } finally {
    db.close();
  }
}

function columnsOf(db: ReturnType<typeof openDatabase>, table: string): string {
  return db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table).join(", ");
}

function harmOf(before: Found, after: Found): string[] {
  const faults: string[] = [];
  if (!after.isIntact) faults.push("the file is damaged");
  if (after.rows !== before.rows) faults.push("its rows have changed");
  if (after.version < before.version || after.version > NEWEST) faults.push(`its schema is ${after.version}`);
  if (after.version === NEWEST ? !after.isNext : !after.isOld) faults.push("it is half of one version");
  return faults;
}
