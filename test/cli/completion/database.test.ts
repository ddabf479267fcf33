import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { folder, MAIN, write } from "../../support/belay.ts";
import { launchBowl } from "../../support/refused.ts";
import { ownedStudy, temporaryStore } from "../../support/store.ts";
import { offered } from "./shells.ts";

/** Completion where the database is no good, and with names and words that are none. */

const LINE = "belay resume ";

/** A folder with a good database. */
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "belay-test-"));
  launchBowl(home);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("a database that cannot be read", () => {
  /** The files of a folder with their content, without those in which SQLite keeps who reads. */
  const content = (cwd: string) =>
    readdirSync(cwd, { withFileTypes: true })
      .filter(({ name }) => !/-(wal|shm)$/.test(name))
      .map((entry) => [entry.name, entry.isFile() ? readFileSync(join(cwd, entry.name), "latin1") : ""]);

  /** Completes nothing, says nothing, and leaves the folder as it was. */
  const expectNothing = (cwd: string, line = LINE): void => {
    const before = content(cwd);
    expect(offered("bash", cwd, line).words).toEqual([]);
    const { stdout, stderr, status } = ask(cwd, line.split(" "));
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
    expect(content(cwd)).toEqual(before);
  };

  test("completes nothing where there is none, and creates none", () => {
    const cwd = folder();
    expectNothing(cwd);
    expectNothing(cwd, "belay resume --db nowhere/belay.db ");
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.each([
    ["a text", "Dear diary, today I climbed.\n".repeat(100)],
    ["an empty file", ""],
  ])("completes nothing in %s", (_, text) => {
    const cwd = folder();
    write(cwd, { "belay.db": text });
    expectNothing(cwd);
  });

  test("completes nothing in a damaged database", () => {
    const cwd = folder();
    const bytes = readFileSync(join(home, "belay.db"));
    bytes.fill(0xa5, 2048);
    writeFileSync(join(cwd, "belay.db"), bytes);
    expectNothing(cwd);
  });

  test("completes nothing in a database of a newer schema", () => {
    const cwd = folder();
    cpSync(join(home, "belay.db"), join(cwd, "belay.db"));
    const db = openDatabase(join(cwd, "belay.db"));
    db.pragma("user_version = 99");
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.close();
    expectNothing(cwd);
  });

  test("completes nothing while another program holds its lock", () => {
    const cwd = folder();
    cpSync(join(home, "belay.db"), join(cwd, "belay.db"));
    const db = openDatabase(join(cwd, "belay.db"));
    db.pragma("journal_mode = DELETE"); // with a log, a lock for writing does not keep readers out
    db.exec("BEGIN EXCLUSIVE");
    // The files are not read here: a process that closes a file of a database loses its locks on it.
    const { stdout, stderr, status } = ask(cwd, ["belay", "resume", ""]);
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
    db.exec("ROLLBACK");
    expect(ask(cwd, ["belay", "resume", ""]).stdout).toContain("bowl");
    db.close();
  });

  test("completes nothing in a folder in its place", () => {
    const cwd = folder();
    mkdirSync(join(cwd, "belay.db"));
    expectNothing(cwd);
  });

  test("names from an older schema complete, and it stays as it is", () => {
    const cwd = folder();
    cpSync(
      fileURLToPath(new URL("../../sqlite/frozen/version-5.db", import.meta.url)),
      join(cwd, "belay.db"),
    );
    const before = content(cwd);
    expect(offered("bash", cwd, LINE).words).toEqual(["digits", "front"]);
    expect(content(cwd)).toEqual(before);
  });
});

/** Asks for a completion as the scripts do. */
function ask(cwd: string, typed: readonly string[]) {
  const { script } = JSON.parse(
    spawnSync(process.execPath, [MAIN, "completion", "bash", "--json"], { encoding: "utf8" }).stdout,
  ) as { script: string };
  const program = /'([^']+entry\.js)'/.exec(script)![1]!;
  return spawnSync(process.execPath, [program, String(typed.length - 1), ...typed], {
    cwd,
    encoding: "utf8",
  });
}

test("nothing that a person can type makes the program fail or speak", () => {
  const lines: string[][] = [
    [],
    ["belay"],
    ["belay", "--=", ""],
    ["belay", "__proto__", ""],
    ["belay", "-", "--", "-"],
  ];
  for (const typed of [
    ...lines,
    ["belay", "query", "--__proto__=", "--sort", ""],
    ["belay", "resume", "'\\\"$(x)`"],
  ]) {
    const { stderr, status } = ask(home, typed);
    expect({ typed, stderr, status }).toEqual({ typed, stderr: "", status: 0 });
  }
});

test("a name that a person could not have given is not offered, since a shell would run it", async () => {
  const cwd = folder();
  const store = temporaryStore({ file: join(cwd, "belay.db") });
  for (const name of ["$(touch ran)", "bowl", "a b", "x;ls"]) await ownedStudy(store, { name });
  expect(offered("bash", cwd, LINE).words).toEqual(["bowl"]);
});
