import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BelayError } from "../../src/core/error.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { SCHEMA_VERSION } from "../../src/sqlite/migrate.ts";
import { openForReading } from "../../src/sqlite/open.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { script } from "../support/scripts.ts";
import { newStudy, ownedStudy, temporaryFolder, temporaryStore } from "../support/store.ts";
import { kill, runChild } from "./run-child.ts";

const OPEN_AT_ONCE = script("open-at-once");

/** Expects that `action` throws an error of one line. @returns its code and message. */
function fault(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    expect(error.message).not.toContain("\n");
    return `${error.code}: ${error.message}`;
  }
  throw new Error("expected an error, got none");
}

test("a new file is a WAL database of Belay with today's schema", () => {
  const { location: file } = temporaryStore();
  const db = openDatabase(file, { readonly: true });
  expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(db.pragma("application_id", { simple: true })).toBe(23529);
  expect(db.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
  expect(db.pragma("foreign_key_check")).toEqual([]);
  db.close();
});

test("reading a missing file is refused, and creates nothing", () => {
  const folder = temporaryFolder();
  expect(fault(() => openForReading(join(folder, "none.db")))).toMatch(
    /^store: .*none\.db: expected .* got no such file/,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("a missing folder, a folder and a file that is no database are refused in one line each, for reading and writing", () => {
  const folder = temporaryFolder();
  const text = join(folder, "notes.txt");
  writeFileSync(text, "not a database, but long enough to have a header of its own ".repeat(20));
  for (const open of [openForReading, openSqliteStore]) {
    expect(fault(() => open(join(folder, "no", "belay.db")))).toMatch(/^store: .*missing folder/);
    expect(fault(() => open(folder))).toMatch(/^store: .*got a folder$/);
    expect(fault(() => open(text))).toMatch(/^schema: .*notes\.txt: .*not a database/);
  }
  expect(readdirSync(folder)).toEqual(["notes.txt"]);
});

test("another program's database is refused and not changed", () => {
  const file = join(temporaryFolder(), "other.db");
  const other = openDatabase(file);
  other.exec("CREATE TABLE precious (x)");
  other.close();
  const before = readFileSync(file);
  for (const open of [openForReading, openSqliteStore])
    expect(fault(() => open(file))).toMatch(/^schema: .*another program's/);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a newer schema is refused with advice", () => {
  const store = temporaryStore();
  store.close();
  const db = openDatabase(store.location);
  db.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
  db.close();
  for (const open of [openForReading, openSqliteStore]) {
    expect(fault(() => open(store.location))).toMatch(
      new RegExp(
        `^schema: .*its schema ${SCHEMA_VERSION + 1} is newer than this Belay's, ${SCHEMA_VERSION}: update Belay`,
      ),
    );
  }
});

test("an empty file becomes a database when it is opened for writing, and is refused for reading", () => {
  const file = join(temporaryFolder(), "empty.db");
  writeFileSync(file, "");
  expect(fault(() => openForReading(file))).toMatch(/^schema: .*empty file/);
  openSqliteStore(file).close();
  openForReading(file).close();
});

test("a reader cannot write and does not block the writer", async () => {
  const store = temporaryStore();
  const reader = openForReading(store.location);
  const open = reader.prepare("SELECT name FROM studies").iterate();
  open.next();
  await ownedStudy(store);
  expect(open.next().done).toBe(true);
  expect(reader.prepare("SELECT name FROM studies").pluck().all()).toEqual(["digits"]);
  expect(() => reader.exec("DELETE FROM studies")).toThrow(/readonly/);
  reader.close();
});

test.each(["killed", "closed"])(
  "in a read-only folder whose writer was %s, a database is read whole and not written",
  async (end) => {
    const folder = join(temporaryFolder(), "locked");
    mkdirSync(folder);
    const file = join(folder, "belay.db");
    const child = runChild(`
    const store = openSqliteStore(${JSON.stringify(file)});
    await store.createStudy(${JSON.stringify(newStudy())}, currentIdentity());
    if (${end === "closed"}) store.close();
    say("written");
    await readLine();`);
    await child.next();
    await kill(child);
    // The last writes of a killed writer are only in the WAL file, and readers must do without its shared memory.
    expect(existsSync(`${file}-wal`)).toBe(end === "killed");
    rmSync(`${file}-shm`, { force: true });
    chmodSync(join(folder, ".."), 0o755);
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    const user = runChild(`
    if (process.getuid() === 0) process.setuid(65534); // Root could write in spite of the permissions.
    const fault = (action) => { try { action(); } catch (error) { return error.code + ": " + error.message; } };
    const reader = openForReading(${JSON.stringify(file)});
    say(reader.prepare("SELECT name FROM studies").pluck().all());
    reader.close();
    say(fault(() => openSqliteStore(${JSON.stringify(file)})));
    say(fault(() => openSqliteStore(${JSON.stringify(join(folder, "new.db"))})));`);
    expect(await user.next()).toEqual(["digits"]);
    expect(await user.next()).toMatch(/^store: .*locked: the folder cannot be written: /);
    expect(await user.next()).toMatch(/^store: .*locked: the folder cannot be written: /);
  },
);

test("reading a file in a read-only folder prints a note about its copy if the file is large", async () => {
  const folder = join(temporaryFolder(), "locked");
  mkdirSync(folder);
  const file = join(folder, "belay.db");
  const store = openSqliteStore(file);
  await store.createStudy(newStudy(), currentIdentity());
  store.close();
  const say = `const told = [];
    const reader = openForReading(${JSON.stringify(file)}, { onCopy: (text) => told.push(text) });
    reader.close();
    say(told);`;
  const read = async (): Promise<unknown> => {
    chmodSync(join(folder, ".."), 0o755);
    chmodSync(folder, 0o555);
    const user = runChild(`if (process.getuid() === 0) process.setuid(65534); ${say}`);
    const heard = await user.next();
    chmodSync(folder, 0o755);
    return heard;
  };
  onTestFinished(() => chmodSync(folder, 0o755));
  expect(await read()).toEqual([]);
  const db = openDatabase(file);
  db.exec("CREATE TABLE padding AS SELECT zeroblob(40000000) AS x");
  db.close();
  expect(await read()).toEqual([
    expect.stringMatching(/belay\.db is in a folder that cannot be written: each command copies its .* to /),
  ]);
});

test("several processes that create the same file at once all get a whole database", async () => {
  const file = join(temporaryFolder(), "belay.db");
  const children = ["a", "b", "c"].map((name) =>
    runChild(`
      say("ready");
      await readLine();
      const store = openSqliteStore(${JSON.stringify(file)});
      await store.createStudy(${JSON.stringify(newStudy({ name }))}, currentIdentity());
      say("written");`),
  );
  for (const child of children) await child.next();
  for (const child of children) child.send("go");
  for (const child of children) expect(await child.next()).toBe("written");
  const reader = openForReading(file);
  expect(reader.prepare("SELECT name FROM studies ORDER BY name").pluck().all()).toEqual(["a", "b", "c"]);
  reader.close();
});

test("five processes that open the same new file at once all get a whole database, 40 times", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...OPEN_AT_ONCE, "--rounds", "40"], {
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("40 new databases, each opened by 5 processes at once: 0 refused\n");
  expect(status).toBe(0);
});

test("a lock that outlasts the busy timeout is an error of one line, and the write can be tried again", {
  timeout: 20_000,
}, async () => {
  const store = temporaryStore();
  const study = await ownedStudy(store);
  const foreign = openDatabase(store.location);
  foreign.exec("BEGIN IMMEDIATE");
  await expect(study.periodic.heartbeat()).rejects.toMatchObject({
    code: "store",
    message: expect.stringContaining("another program has kept the database locked for more than 5 s"),
  });
  foreign.exec("ROLLBACK");
  foreign.close();
  await study.periodic.heartbeat();
});
