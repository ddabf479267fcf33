import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, folder, MAIN, rows, trials, write } from "../../support/belay.ts";
import { unfitRows } from "../../support/checksums.ts";
import { change, leavesOf } from "../../support/damaged.ts";
import { studyText } from "../../support/refused.ts";

/** A changed digit inside a value, in which SQLite itself finds nothing wrong. */

// Each test runs many commands one after another.
vi.setConfig({ testTimeout: 120_000 });

const PAGE = 4096;

const DIP = `import { defineStudy, float } from "belay";
export default defineStudy({
  name: "dip",
  direction: "minimize",
  space: { x: float(-1, 1) },
  splits: () => [{ train: [0], validation: [1] }],
  train: async ({ params, report }) => {
    await report(1, params.x + 0.25);
    return params.x ** 2;
  },
});`;

const made = mkdtempSync(join(tmpdir(), "belay-test-"));
afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeAll(() => {
  write(made, { "bowl.ts": studyText(), "dip.ts": DIP });
  for (const study of ["bowl.ts", "dip.ts"])
    execFileSync(process.execPath, [MAIN, "launch", study, "--trials", "4", "--quiet"], { cwd: made });
});

/** A folder with a database of two finished studies, and the numbers of their best trials. */
async function studies(): Promise<{ cwd: string; bowl: number; dip: number }> {
  const cwd = folder();
  for (const name of ["bowl.ts", "dip.ts", "belay.db"]) copyFileSync(join(made, name), join(cwd, name));
  const [bowl, dip] = await Promise.all(["bowl", "dip"].map((study) => bestOf(cwd, study)));
  return { cwd, bowl: bowl!, dip: dip! };
}

async function bestOf(cwd: string, study: string): Promise<number> {
  const { stdout } = await belay(cwd, ["best", study, "--json"]);
  return (JSON.parse(stdout) as { best: { number: number } }).best.number;
}

/** Reads a value from the database. */
function valueIn(cwd: string, sql: string): string | number {
  const db = openDatabase(join(cwd, "belay.db"), { readonly: true });
  const value = db.prepare(sql).pluck().get() as string | number;
  db.close();
  return value;
}

/** Flips a bit of a table: finds the given bytes in it, and changes the byte at `at` of them. */
function flip(cwd: string, table: string, bytes: Buffer, at: number, bit = 1): void {
  const file = join(cwd, "belay.db");
  const pages = leavesOf(file, table);
  change(file, (whole) => {
    const page = pages
      .map((number) => whole.subarray((number - 1) * PAGE, number * PAGE))
      .find((each) => each.includes(bytes))!;
    page[page.indexOf(bytes) + at]! ^= bit;
    return undefined;
  });
}

function double(value: number | string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(Number(value));
  return bytes;
}

/** Expects that each command prints one line that names the row and the repair, and nothing else. */
async function expectReported(cwd: string, row: string, commands: readonly string[]): Promise<void> {
  for (const typed of commands) {
    const { code, stdout, stderr } = await belay(cwd, typed.split(" "));
    expect({ code, stdout }, typed).toEqual({ code: 1, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("belay: "))).toEqual([
      expect.stringContaining(
        `the database is damaged (${row} does not fit its checksum); \`belay repair\` saves`,
      ),
    ]);
    // A run has printed one line about itself before it reads its history.
    expect(lines).toHaveLength(typed.startsWith("resume") && !row.startsWith("study") ? 2 : 1);
  }
}

/** Expects that the repair names the row, says what becomes of it, and leaves a whole file. */
async function expectRepaired(
  cwd: string,
  row: string,
  becomes: string,
  { exit = 0, damage = `${row} does not fit its checksum` } = {},
): Promise<string> {
  const { code, stdout, stderr } = await belay(cwd, ["repair"]);
  expect({ code, stderr }, stdout).toEqual({ code: exit, stderr: "" });
  expect(stdout).toContain(`damaged: ${damage}\n`);
  expect(stdout).toContain(`in doubt: ${row} does not fit its checksum: ${becomes}`);
  expect((await belay(cwd, ["repair"])).stdout).toBe("the database is intact\n");
  expect(unfitRows(join(cwd, "belay.db"))).toEqual([]);
  const [event] = await rows<{ data: string }>(cwd, "select data from events where kind = 'repair' limit 1");
  expect(JSON.parse(event!.data)).toHaveProperty("unfit");
  return stdout;
}

const EVERY = [
  "query bowl",
  "query bowl --group-by state",
  "list",
  "best bowl",
  "show bowl",
  "memory bowl",
  "resume bowl --add 1",
];

describe("one bit of", () => {
  test("a trial's value: no command shows it, and after the repair the trial counts as failed", async () => {
    const { cwd, bowl } = await studies();
    const value = valueIn(cwd, `SELECT value FROM trials WHERE study_id = 1 AND number = ${bowl}`);
    flip(cwd, "trials", double(value), 0, 0x80);
    const row = `trial ${bowl} of bowl`;
    await expectReported(cwd, row, [...EVERY, `show bowl ${bowl}`]);
    await expectRepaired(cwd, row, `it counts as failed, and its value (${-Number(value)}) not at all`, {
      damage: `row ${bowl + 1} missing from index trials_value`, // SQLite itself detects this one.
    });
    const all = await trials(cwd, "bowl");
    expect(all.filter(({ state }) => state === "complete")).toHaveLength(3);
    const error = { name: "DamagedRow", message: expect.stringContaining("was damaged") };
    expect(all[bowl]).toMatchObject({ state: "fail", reason: "error", value: null, error });
    expect(all[bowl]!.splits).toHaveLength(2);
    expect(await bestOf(cwd, "bowl")).not.toBe(bowl);
    expect((await belay(cwd, ["resume", "bowl", "--add", "1"])).code).toBe(0);
  });

  test("a trial's params", async () => {
    const { cwd, bowl } = await studies();
    const params = valueIn(cwd, `SELECT params FROM trials WHERE study_id = 1 AND number = ${bowl}`);
    flip(cwd, "trials", Buffer.from(String(params)), String(params).indexOf("0.") + 3);
    await expectReported(cwd, `trial ${bowl} of bowl`, EVERY);
    await expectRepaired(cwd, `trial ${bowl} of bowl`, "it counts as failed");
  });

  test("a trial's time: its result is kept, and its times are taken from its attempts", async () => {
    const { cwd, bowl } = await studies();
    const where = `FROM trials WHERE study_id = 1 AND number = ${bowl}`;
    const [before] = await rows(cwd, `SELECT value, params, started_at, duration_ms ${where}`);
    // Both times are searched, because another trial may have started in the same millisecond.
    const bytes = Buffer.alloc(12);
    bytes.writeUIntBE(Number(valueIn(cwd, `SELECT started_at ${where}`)), 0, 6);
    bytes.writeUIntBE(Number(valueIn(cwd, `SELECT finished_at ${where}`)), 6, 6);
    flip(cwd, "trials", bytes, 9);
    const row = `trial ${bowl} of bowl`;
    await expectReported(cwd, row, ["query bowl", "best bowl", "memory bowl"]);
    await expectRepaired(cwd, row, "its result does, and stays");
    const [after] = await rows<{ started_at: number }>(
      cwd,
      `SELECT value, params, started_at, duration_ms ${where}`,
    );
    expect(after).toEqual({ ...(before as object), started_at: after!.started_at });
    expect(await bestOf(cwd, "bowl")).toBe(bowl);
  });

  test("a split's value: the split is left out", async () => {
    const { cwd, bowl } = await studies();
    const value = valueIn(
      cwd,
      `SELECT p.value FROM splits p JOIN trials t ON t.id = trial_id WHERE study_id = 1 AND number = ${bowl}`,
    );
    flip(cwd, "splits", double(value), 4);
    const named = (await belay(cwd, ["query", "bowl"])).stderr;
    const [row] = /split [01] of trial \d of bowl/.exec(named)!;
    await expectReported(cwd, row!, [`show bowl ${bowl}`, "best bowl", "resume bowl --add 1"]);
    await expectRepaired(cwd, row!, "it is left out");
    expect((await trials(cwd, "bowl"))[bowl]!.splits).toHaveLength(1);
    expect((await belay(cwd, ["resume", "bowl", "--add", "1"])).code).toBe(0);
  });

  test("a reported value: the report is left out", async () => {
    const { cwd, dip } = await studies();
    const value = valueIn(
      cwd,
      `SELECT r.value FROM reports r JOIN trials t ON t.id = trial_id WHERE study_id = 2 AND number = ${dip}`,
    );
    flip(cwd, "reports", double(value), 4);
    const row = `a report of trial ${dip} of dip`;
    await expectReported(cwd, row, [`show dip ${dip}`, "resume dip --add 1"]);
    await expectRepaired(cwd, row, "it is left out");
    expect((await belay(cwd, ["resume", "dip", "--add", "1"])).code).toBe(0);
  });

  test("a final memory: it is unknown afterwards", async () => {
    const { cwd } = await studies();
    // The phase, the split (-1) and the source come before its bytes.
    flip(cwd, "memory_log", Buffer.from("final\xffworker", "latin1"), 13);
    const named =
      (await belay(cwd, ["memory", "dip"])).stderr || (await belay(cwd, ["memory", "bowl"])).stderr;
    const [row, number, study] = /the memory of trial (\d) of (\w+)/.exec(named)!;
    await expectReported(cwd, row!, [`query ${study}`, `show ${study}`, `show ${study} ${number}`]);
    await expectReported(cwd, row!, [`resume ${study} --add 1`]);
    await expectRepaired(cwd, row!, "it is left out");
    expect((await trials(cwd, study!))[Number(number)]!.memory).toMatchObject({ peakBytes: null });
  });

  test("an attempt", async () => {
    const { cwd } = await studies();
    flip(cwd, "attempts", Buffer.from(String(valueIn(cwd, "SELECT code_hash FROM studies"))), 5);
    const named = (await belay(cwd, ["memory", "bowl"])).stderr;
    const [row, number] = /attempt 1 of trial (\d) of bowl/.exec(named)!;
    await expectReported(cwd, row!, [`show bowl ${number}`]);
    await expectRepaired(cwd, row!, "it is left out");
    expect((await belay(cwd, ["show", "bowl", number!])).code).toBe(0);
  });

  test("what a study learns from: it goes on without", async () => {
    const { cwd } = await studies();
    const learner = ["launch", "dip.ts", "--name", "learner", "--trials", "2"];
    expect((await belay(cwd, [...learner, "--learn-from", "dip"])).code).toBe(0);
    const learned = String(valueIn(cwd, "SELECT trials FROM learned"));
    flip(cwd, "learned", Buffer.from(learned), learned.indexOf("0.") + 3);
    const row = "what learner learns from";
    await expectReported(cwd, row, ["show learner", "resume learner --add 1"]);
    await expectRepaired(cwd, row, "it is left out");
    // The total that the damage kept it from stays.
    expect((await belay(cwd, ["resume", "learner"])).code).toBe(0);
    expect(await trials(cwd, "learner")).toHaveLength(3);
  });

  test("a study's space: the space is kept, and the exit code is 1", async () => {
    const { cwd } = await studies();
    flip(cwd, "studies", Buffer.from('"high":1,"log":true'), 7, 2);
    expect(JSON.parse(String(valueIn(cwd, "SELECT space FROM studies"))).params[1].distribution.high).toBe(3);
    await expectReported(cwd, "study bowl", EVERY);
    const stdout = await expectRepaired(cwd, "study bowl", "any of its columns may be wrong", { exit: 1 });
    expect(stdout).toContain("study bowl: compare what `belay show bowl` tells of it with the study file");
    expect(await trials(cwd, "bowl")).toHaveLength(4);
    const { stderr, code } = await belay(cwd, ["resume", "bowl", "--add", "1"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/rate/);
  });
});

test("rows of an older version, which have no checksums, are read without a check", async () => {
  const { cwd, bowl } = await studies();
  const db = openDatabase(join(cwd, "belay.db"));
  for (const table of ["studies", "trials", "splits", "attempts", "memory_log", "reports"])
    db.exec(`UPDATE ${table} SET checksum = NULL`);
  db.close();
  expect((await belay(cwd, ["repair"])).stdout).toBe("the database is intact\n");
  expect(await bestOf(cwd, "bowl")).toBe(bowl);
  const { code, stderr } = await belay(cwd, ["resume", "bowl", "--add", "1"]);
  expect(code, stderr).toBe(0);
});
