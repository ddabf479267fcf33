import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { belay, folder, trials } from "../support/belay.ts";
import { expectRefusal, launchBowl, studyText } from "../support/refused.ts";

/** Arguments that look like something else: names like options, a dash for a file, a folder that does not exist. */

test("after -- a study whose name looks like an option can be named", async () => {
  const cwd = folder();
  launchBowl(cwd);
  const db = new Database(join(cwd, "belay.db"));
  db.prepare("UPDATE studies SET name = '--help', checksum = NULL").run(); // Older versions allowed such names.
  db.close();
  for (const command of ["query", "show", "best", "memory"]) {
    const { code, stdout, stderr } = await belay(cwd, [command, "--json", "--", "--help"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toBeTruthy();
  }
  expect(JSON.parse((await belay(cwd, ["show", "--json", "--", "--help", "0"])).stdout)).toMatchObject({
    number: 0,
  });
  const resumed = await belay(cwd, ["resume", "--add", "1", "--quiet", "--", "--help"]);
  expect(resumed.code).toBe(0);
  expect(JSON.parse((await belay(cwd, ["--", "list", "--json"])).stdout)).toMatchObject([
    { study: "--help" },
  ]);
});

describe("--log -", () => {
  test("writes the log to stderr, instead of progress, and no file", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "bowl.ts"), studyText());
    const run = await belay(cwd, ["launch", "bowl.ts", "--trials", "1", "--log", "-", "--json"]);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ study: "bowl" });
    const lines = run.stderr
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(lines).toContain("Trial #0 started");
    expect(existsSync(join(cwd, "-"))).toBe(false);
    expect(await trials(cwd, "bowl")).toHaveLength(1);
  });
});

describe("a folder for temporary files", () => {
  test.each([
    ["that does not exist", "missing"],
    ["that is a file", "bowl.ts"],
  ])("%s is named, with what to do, and the advice helps", async (_, name) => {
    const cwd = folder();
    writeFileSync(join(cwd, "bowl.ts"), studyText());
    const env = { TMPDIR: join(cwd, name) };
    const says = ["TMPDIR: expected a folder for temporary files", name, "TMPDIR=/var/tmp"];
    await expectRefusal(cwd, ["launch", "bowl.ts", "--trials", "1"], { code: 2, says, env });
    const advised = { TMPDIR: "/var/tmp" };
    expect((await belay(cwd, ["launch", "bowl.ts", "--trials", "1"], advised)).code).toBe(0);
    expect(readFileSync(join(cwd, "bowl.ts"), "utf8")).toBe(studyText());
    rmSync(cwd, { recursive: true, force: true });
  });
});

test("a study file whose name begins with a digit is not taken as the lag of --deterministic", async () => {
  const cwd = folder();
  writeFileSync(join(cwd, "8queens.ts"), studyText());
  const run = await belay(cwd, ["launch", "--deterministic", "8queens.ts", "--trials", "1", "--quiet"]);
  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
});

test("every command prints through the function that escapes control characters", () => {
  const folderOfCommands = fileURLToPath(new URL("../../src/cli/", import.meta.url));
  const writers = readdirSync(folderOfCommands, { recursive: true, encoding: "utf8" }).filter(
    (file) =>
      file.endsWith(".ts") &&
      /process\.std(out|err)\.write|console\./.test(readFileSync(join(folderOfCommands, file), "utf8")),
  );
  expect(writers.map((file) => basename(file))).toEqual(["output.ts"]);
});
