import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, folder, rows, trials } from "../../support/belay.ts";
import { change, corrupt, diedIn, leavesOf, TRIALS } from "../../support/damaged.ts";
import { expectRefusal } from "../../support/refused.ts";

/** Damaged databases: the messages of every command, and the results of `belay repair`. */

const PAGE = 4096;

/** Runs `belay repair` and expects that it saves every trial. */
async function expectAllSaved(cwd: string): Promise<void> {
  const { stdout, stderr, code } = await belay(cwd, ["repair"]);
  expect({ stderr, code }, stdout).toEqual({ stderr: "", code: 0 });
  expect(stdout).toMatch(/^damaged: /);
  expect(stdout).toContain(`studies: 1 rows saved\n`);
  expect(stdout).toContain(`trials: ${TRIALS + 1} rows saved\n`);
  const all = await trials(cwd, "digits");
  expect(all.map(({ number, value }) => [number, value])).toEqual([
    ...Array.from({ length: TRIALS }, (_, i) => [i, i]),
    [TRIALS, null],
  ]);
  await expectIntact(cwd);
}

/** Expects that a second repair finds nothing, and that Belay can use the file. */
async function expectIntact(cwd: string): Promise<void> {
  const again = await belay(cwd, ["repair"]);
  expect(again).toMatchObject({ stdout: "the database is intact\n", code: 0 });
}

/** Expects that commands name the damage and the repair. */
async function expectNamed(cwd: string, commands: readonly (readonly string[])[] = READERS): Promise<void> {
  for (const args of commands)
    await expectRefusal(cwd, args, {
      code: 1,
      says: ["belay.db: the database is damaged", "`belay repair`"],
    });
}

const READERS = [
  ["query", "digits"],
  ["list"],
  ["show", "digits"],
  ["best", "digits"],
  ["memory", "digits"],
  ["sql", "select * from trials"],
];

describe("repair saves everything that can be read", () => {
  test("of a file that was cut short by a page", async () => {
    const cwd = folder();
    const file = await diedIn(cwd);
    // The last page is first made an unused one, so that the cut loses no data.
    corrupt(file, "CREATE TABLE spare (x); DROP TABLE spare;");
    const cut = change(file, (bytes) => bytes.subarray(0, bytes.length - PAGE));
    await expectNamed(cwd, [["query", "digits"]]);
    await expectAllSaved(cwd);
    expect(readFileSync(join(cwd, "belay.db.damaged")).equals(cut)).toBe(true);
  });

  test("of a file whose schema has one wrong letter", async () => {
    const cwd = folder();
    corrupt(
      await diedIn(cwd),
      "UPDATE sqlite_schema SET sql = replace(sql, 'number INTEGER', 'number INkEGER') WHERE name = 'trials'",
    );
    await expectNamed(cwd);
    await expectAllSaved(cwd);
  });

  test("of a file whose first page is gone", async () => {
    const cwd = folder();
    change(await diedIn(cwd), (bytes) => bytes.fill(0xa5, 0, PAGE));
    await expectNamed(cwd);
    await expectAllSaved(cwd);
  });

  test("of a file with a key that is far too large, without a long search", async () => {
    const cwd = folder();
    corrupt(
      await diedIn(cwd),
      "UPDATE memory_log SET trial_id = trial_id + 1099511627776 WHERE trial_id = 9 AND phase = 'start'",
    );
    await expectAllSaved(cwd);
    expect(readdirSync(cwd).filter((name) => name.includes("repairing"))).toEqual([]);
  });

  test("of a log beside a file that is cut to one byte, and keeps both as they were", async () => {
    const cwd = folder();
    const file = await diedIn(cwd, "log");
    const log = readFileSync(`${file}-wal`);
    change(file, (bytes) => bytes.subarray(0, 1));
    await expectAllSaved(cwd);
    expect(readFileSync(`${file}.damaged`)).toHaveLength(1);
    expect(readFileSync(`${file}.damaged-wal`).equals(log)).toBe(true);
  });

  test.each(["list", "launch x.ts"])(
    "of a log with a wrong byte in its header, which `%s` does not change",
    async (typed) => {
      const cwd = folder();
      const file = await diedIn(cwd, "log");
      const log = change(`${file}-wal`, (bytes) => {
        bytes[17]! ^= 1;
        return undefined;
      });
      await expectNamed(cwd, [typed.split(" ")]);
      expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
      await expectAllSaved(cwd);
      expect(readFileSync(`${file}.damaged-wal`).equals(log)).toBe(true);
    },
  );

  test("of a log beyond a damaged page in its middle, where SQLite would stop", async () => {
    const cwd = folder();
    const file = await diedIn(cwd, "log");
    const seen = Number((await rows<{ n: number }>(cwd, "select count(*) as n from splits"))[0]!.n);
    change(`${file}-wal`, (bytes) => {
      bytes[32 + 300 * (PAGE + 24) + 1000]! ^= 1;
      return undefined;
    });
    const { stdout } = await belay(cwd, ["repair"]);
    expect(stdout).toMatch(/^damaged: 1 of the \d+ pages in the log/);
    const saved = Number((await rows<{ n: number }>(cwd, "select count(*) as n from splits"))[0]!.n);
    expect(saved).toBeGreaterThan(seen - 60);
    await expectIntact(cwd);
  });

  test("of a file beside the log of another database", async () => {
    const cwd = folder();
    const file = await diedIn(cwd);
    const other = await diedIn(folder(), "log");
    copyFileSync(`${other}-wal`, `${file}-wal`);
    // Only the first pages of the log are kept, because the whole log would make the file that other database.
    change(`${file}-wal`, (bytes) => bytes.subarray(0, 32 + 120 * (PAGE + 24)));
    await expectAllSaved(cwd);
    expect(existsSync(`${file}.damaged-wal`)).toBe(true);
  });

  test("of a file behind a symbolic link, and keeps the link", async () => {
    const cwd = folder();
    const store = join(cwd, "store");
    mkdirSync(store);
    const file = await diedIn(store);
    change(file, (bytes) => bytes.fill(0xa5, 0, PAGE));
    symlinkSync(file, join(cwd, "belay.db"));
    await expectAllSaved(cwd);
    expect(realpathSync(join(cwd, "belay.db"))).toBe(realpathSync(file));
    expect(readdirSync(store).sort()).toEqual(["belay.db", "belay.db.damaged"]);
  });
});

describe("repair reports what it could not save", () => {
  test("a study whose own row is lost: its trials are kept under a name that says so, and the exit code is 1", async () => {
    const cwd = folder();
    const file = await diedIn(cwd);
    const pages = leavesOf(file, "studies");
    change(file, (bytes) => {
      for (const page of pages) bytes.fill(0xa5, (page - 1) * PAGE, page * PAGE);
      return undefined;
    });
    const { stdout, code } = await belay(cwd, ["repair"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/studies: 0 rows saved, 1 lost/);
    expect(stdout).toMatch(/study recovered-1: could not be saved whole: name, .* lost/);
    const saved = await trials(cwd, "recovered-1");
    expect(saved.map(({ value }) => value).slice(0, TRIALS)).toEqual(
      Array.from({ length: TRIALS }, (_, i) => i),
    );
    await expectIntact(cwd);
  });

  test("settings that are no longer valid JSON", async () => {
    const cwd = folder();
    corrupt(await diedIn(cwd), `UPDATE studies SET settings = replace(settings, '"trials":', '"trials"')`);
    await expectNamed(cwd, [["list"], ["show", "digits"], ["query", "digits"]]);
    const { stdout, code } = await belay(cwd, ["repair"]);
    expect(code).toBe(1);
    expect(stdout).toContain("study digits: could not be saved whole: settings lost");
    expect(await trials(cwd, "digits")).toHaveLength(TRIALS + 1);
    await expectIntact(cwd);
  });

  test("a trial whose params are no longer valid JSON", async () => {
    const cwd = folder();
    corrupt(await diedIn(cwd), `UPDATE trials SET params = replace(params, '":', '"') WHERE number = 7`);
    await expectNamed(cwd, [
      ["query", "digits"],
      ["query", "digits", "--where", "learningRate > 0"],
    ]);
    const { stdout, code } = await belay(cwd, ["repair"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/damaged: trials \(id 8\): params: expected its JSON, got damaged text/);
    expect(stdout).toContain(`trials: ${TRIALS} rows saved, 1 lost`);
    const numbers = (await trials(cwd, "digits")).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: TRIALS + 1 }, (_, i) => i).filter((i) => i !== 7));
    await expectIntact(cwd);
  });

  test("trials whose numbers are missing between others", async () => {
    const cwd = folder();
    corrupt(await diedIn(cwd), "PRAGMA foreign_keys = ON; DELETE FROM trials WHERE number IN (7, 8)");
    const { stdout, code } = await belay(cwd, ["repair"]);
    expect(code).toBe(0);
    expect(stdout).toContain("damaged: study digits: 2 missing (trials, the first trial 7)");
    await expectIntact(cwd);
  });

  test("a value that differs between a row and an index", async () => {
    const cwd = folder();
    const file = await diedIn(cwd);
    corrupt(file, "UPDATE trials SET value = 1234.5, all_values = NULL WHERE number = 9");
    change(file, (bytes) => {
      // The bytes are changed in the row, not in the index.
      const wanted = Buffer.alloc(8);
      wanted.writeDoubleBE(1234.5);
      const row = leavesOf(file, "trials")
        .map((page) => bytes.subarray((page - 1) * PAGE, page * PAGE))
        .find((page) => page.includes(wanted))!;
      row.writeDoubleBE(77.25, row.indexOf(wanted));
      return undefined;
    });
    const { stdout } = await belay(cwd, ["repair"]);
    expect(stdout).toContain(
      "in doubt: study digits, trial 9: its value is 77.25 in one place and 1234.5 in another",
    );
  });

  test("a file without any readable row: it is not changed, and the exit code is 1", async () => {
    const cwd = folder();
    const file = await diedIn(cwd, "log");
    rmSync(`${file}-wal`);
    const before = readFileSync(file);
    await expectRefusal(cwd, ["query", "digits"], { code: 1, says: ["belay.db", "-wal"] });
    const { stdout, code } = await belay(cwd, ["repair"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^damaged: the file holds nothing\nnothing of it can be read: the file is left as it is/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(cwd).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(["belay.db"]);
  });
});

describe("damage that is found while a database is read or written", () => {
  test("is reported in one line that names the repair, by every command", async () => {
    const cwd = folder();
    const file = await diedIn(cwd);
    const leaves = ["trials", "splits", "memory_log", "trials_value"].flatMap((table) =>
      leavesOf(file, table),
    );
    change(file, (bytes) => {
      for (const page of leaves) bytes.fill(0xa5, (page - 1) * PAGE, page * PAGE);
      return undefined;
    });
    const writers = [
      ["backup", "copy.db"],
      ["prune-data", "--older-than", "1s"],
    ];
    await expectNamed(cwd, [...READERS, ["show", "digits", "3"], ...writers]);
  });

  test("is reported so, too, if an owner lacks a required value or a table a column", async () => {
    const cwd = folder();
    const file = await diedIn(cwd);
    corrupt(
      file,
      "UPDATE sqlite_schema SET sql = replace(sql, 'boot_id TEXT NOT NULL', 'boot_id TEXT') WHERE name = 'owners'",
    );
    corrupt(file, "UPDATE owners SET boot_id = NULL");
    await expectNamed(cwd, [["list"]]);
    corrupt(
      file,
      "UPDATE sqlite_schema SET sql = replace(sql, 'heartbeat_at', 'heartbeat_ax') WHERE name = 'owners'",
    );
    await expectNamed(cwd, [["list"]]);
    await expectAllSaved(cwd);
    const db = openDatabase(file, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });
});
