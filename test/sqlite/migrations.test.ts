import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Database } from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { currentIdentity } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from "../../src/sqlite/migrate.ts";
import { MIGRATIONS } from "../../src/sqlite/migrations.ts";
import { openForReading, openForWriting } from "../../src/sqlite/open.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { unfitRows } from "../support/checksums.ts";
import { ownedStudy, recorded, temporaryFolder, temporaryStore } from "../support/store.ts";
import { freeze } from "./freeze.ts";
import { runChild } from "./run-child.ts";

const FROZEN = fileURLToPath(new URL("frozen", import.meta.url));
const versions = Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1);

/** The parts of a database that do not depend on its tables: the views, and the history that samplers read. */
async function visible(file: string): Promise<string> {
  const store = openSqliteStore(file);
  const histories = [];
  for (const name of await store.names()) {
    const { id, endDetail, ...told } = (await store.find(name))!;
    const study = { ...told, ...(endDetail && { endDetail }) }; // versions before 4 have none
    const { history, waiting, counts } = await recorded(file, id);
    const rows = history.map((trial) => ({ ...trial, row: [...trial.row] }));
    histories.push({ study, history: rows, waiting, counts });
  }
  await store.close();
  const db = openDatabase(file, { readonly: true });
  const views = ["trial_results", "split_results", "memory_final"].map((view) => [
    view,
    db.prepare(`SELECT * FROM ${view} ORDER BY study, number`).all(),
  ]);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  db.close();
  return `${JSON.stringify({ histories, views }, null, 1)}\n`;
}

/** A copy of a frozen database whose coordinator died on this machine before its last boot. */
function thaw(version: number): string {
  const file = join(temporaryFolder(), "belay.db");
  copyFileSync(join(FROZEN, `version-${version}.db`), file);
  const db = openDatabase(file);
  db.prepare("UPDATE owners SET hostname = ?").run(hostname());
  db.close();
  return file;
}

test.each(versions)(
  "the frozen database of schema %i is upgraded, and its views and histories are unchanged",
  async (version) => {
    const frozen = join(FROZEN, `version-${version}.db`);
    if (!existsSync(frozen) && version === SCHEMA_VERSION) {
      // The schema is new: its frozen file is made here, and committed with the change of the schema.
      await freeze(frozen);
      const copy = join(temporaryFolder(), "first.db");
      copyFileSync(frozen, copy);
      writeFileSync(join(FROZEN, `version-${version}.json`), await visible(copy));
      throw new Error(`schema ${version} had no frozen database: one was made, commit test/sqlite/frozen`);
    }
    const file = thaw(version);
    const expected = readFileSync(join(FROZEN, `version-${version}.json`), "utf8");
    expect(JSON.parse(await visible(file))).toEqual(JSON.parse(expected));
    // Both of its studies can be continued: the waiting one, and the one whose coordinator died.
    const store = openSqliteStore(file);
    for (const name of ["digits", "front"]) {
      const study = (await store.find(name))!;
      const owned = await store.claim(study.id, currentIdentity());
      await owned.settle();
      expect((await owned.reads.waiting()).length).toBeGreaterThan(0);
    }
    store.close();
  },
);

test("the schema equals that of its frozen file, since a released step must never be edited", () => {
  const schema = (file: string): unknown[] => {
    const db = openDatabase(file, { readonly: true });
    const all = db
      .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
      .all();
    db.close();
    return all;
  };
  const { location } = temporaryStore();
  expect(schema(location)).toEqual(schema(join(FROZEN, `version-${SCHEMA_VERSION}.db`)));
});

/** A made-up next schema: a new table, a changed table, and rows that move. */
const NEXT = [
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES studies, text TEXT NOT NULL) STRICT;",
  "ALTER TABLE trials ADD COLUMN note TEXT;",
  "UPDATE trials SET note = 'was ' || state;",
  "INSERT INTO notes (study_id, text) SELECT id, name FROM studies;",
  "DROP INDEX trials_value;",
  "CREATE INDEX trials_value ON trials (study_id, state, value);",
];

function upgraded(file: string): boolean {
  const db = openDatabase(file);
  const version = db.pragma("user_version", { simple: true }) as number;
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  const notes = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'notes'").pluck().get();
  const column = db
    .prepare("SELECT count(*) FROM pragma_table_info('trials') WHERE name = 'note'")
    .pluck()
    .get();
  expect([notes, column]).toEqual(version === SCHEMA_VERSION ? [0, 0] : [1, 1]);
  db.close();
  return version === SCHEMA_VERSION + 1;
}

test("an upgrade that is killed at any of its statements leaves the old file unchanged", async () => {
  const migrations = fileURLToPath(new URL("../../src/sqlite/migrate.ts", import.meta.url));
  for (let killAt = 0; killAt <= NEXT.length; killAt++) {
    const file = thaw(SCHEMA_VERSION);
    const before = await visible(file);
    const steps = [...NEXT.slice(0, killAt), "SELECT die();", ...NEXT.slice(killAt)].join("\n");
    const child = runChild(`
      import Database from "better-sqlite3";
      import { migrate } from ${JSON.stringify(migrations)};
      import { MIGRATIONS } from ${JSON.stringify(migrations.replace("migrate.ts", "migrations.ts"))};
      const db = new Database(${JSON.stringify(file)});
      db.pragma("journal_mode = WAL");
      db.function("die", () => process.kill(process.pid, "SIGKILL"));
      migrate(db, "belay.db", [...MIGRATIONS, ${JSON.stringify(steps)}]);
      say("migrated");`);
    const signal = await new Promise((resolve) => child.process.once("exit", (_code, by) => resolve(by)));
    expect(signal).toBe("SIGKILL");
    expect(upgraded(file)).toBe(false);
    expect(await visible(file)).toBe(before);
    const db = openDatabase(file);
    migrate(db, file, [...MIGRATIONS, NEXT.join("\n")]);
    expect(db.prepare("SELECT text FROM notes ORDER BY id").pluck().all()).toEqual(["digits", "front"]);
    db.close();
    expect(upgraded(file)).toBe(true);
  }
});

test("the upgrade to schema 4, which recreates the table of studies, happens wholly or not at all, wherever it is killed", async () => {
  const migrations = fileURLToPath(new URL("../../src/sqlite/migrate.ts", import.meta.url));
  const expected = JSON.parse(readFileSync(join(FROZEN, "version-3.json"), "utf8"));
  const statements = MIGRATIONS[3]!.split(/(?<=;)\n/);
  expect(statements.length).toBeGreaterThan(8);
  for (let killAt = 0; killAt <= statements.length; killAt++) {
    const file = thaw(3);
    const steps = [...statements.slice(0, killAt), "SELECT die();", ...statements.slice(killAt)].join("\n");
    const child = runChild(`
      import Database from "better-sqlite3";
      import { migrate } from ${JSON.stringify(migrations)};
      import { MIGRATIONS } from ${JSON.stringify(migrations.replace("migrate.ts", "migrations.ts"))};
      const db = new Database(${JSON.stringify(file)});
      db.pragma("journal_mode = WAL");
      db.pragma("foreign_keys = ON");
      db.function("die", () => process.kill(process.pid, "SIGKILL"));
      migrate(db, "belay.db", [...MIGRATIONS.slice(0, 3), ${JSON.stringify(steps)}]);
      say("migrated");`);
    const signal = await new Promise((resolve) => child.process.once("exit", (_code, by) => resolve(by)));
    expect(signal).toBe("SIGKILL");
    const db = openDatabase(file);
    expect(db.pragma("user_version", { simple: true })).toBe(3);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    db.close();
    expect(JSON.parse(await visible(file))).toEqual(expected);
    expect(unfitRows(file)).toEqual([]);
  }
});

test("the rows of a study are kept by the upgrade of its table, and its foreign keys hold afterwards", () => {
  const file = thaw(3);
  const count = (db: Database): unknown =>
    ["trials", "splits", "events", "owners"].map((table) =>
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    );
  const old = openDatabase(file);
  const before = count(old);
  old.close();
  const db = openForWriting(file);
  expect(count(db)).toEqual(before);
  expect(db.pragma("foreign_keys", { simple: true })).toBe(1);
  expect(() => db.prepare("UPDATE trials SET study_id = 99 WHERE id = 1").run()).toThrow(/FOREIGN KEY/);
  db.close();
});

test("a failing step leaves the old file; a newer file is refused with advice, for reading and writing", () => {
  const file = thaw(SCHEMA_VERSION);
  const db = openDatabase(file);
  expect(() => migrate(db, file, [...MIGRATIONS, `${NEXT[0]} SELECT nonsense;`])).toThrow(/nonsense/);
  db.close();
  expect(upgraded(file)).toBe(false);
  const newer = openDatabase(file);
  migrate(newer, file, [...MIGRATIONS, NEXT.join("\n")]);
  expect(newer.pragma("application_id", { simple: true })).toBe(APPLICATION_ID);
  newer.close();
  for (const open of [openForReading, openSqliteStore])
    expect(() => open(file)).toThrow(
      /newer than this Belay's, \d+: update Belay, or name another file with --db/,
    );
});

test("a new database appears whole: another program never sees a part of its tables", () => {
  const file = join(temporaryFolder(), "belay.db");
  const [db, other] = [openDatabase(file), openDatabase(file)];
  onTestFinished(() => {
    for (const each of [db, other]) each.close();
  });
  db.pragma("journal_mode = WAL");
  const seen: unknown[] = [];
  const look = (): void => {
    const tables = other.prepare("SELECT count(*) FROM sqlite_schema").pluck().get();
    seen.push([other.pragma("user_version", { simple: true }), tables]);
  };
  db.function("look", look);
  const steps = MIGRATIONS.map((step) => `${step}\nSELECT look();`);
  migrate(db, file, steps);
  expect(seen).toEqual(steps.map(() => [0, 0]));
  expect(other.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
});

test("a file is not upgraded while a coordinator works with it", async () => {
  const store = temporaryStore();
  await ownedStudy(store);
  const db = openDatabase(store.location);
  expect(() => migrate(db, store.location, [...MIGRATIONS, NEXT.join("\n")])).toThrow(
    /an upgrade of its schema has to wait: study digits is run by pid \d+/,
  );
  db.close();
  expect(readdirSync(FROZEN).filter((name) => name.endsWith(".db"))).toHaveLength(SCHEMA_VERSION);
});
