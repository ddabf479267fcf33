import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it, vi } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";
import { expectRefusal, studyText } from "../../support/refused.ts";

/** Studies whose file, database or machine has changed since their launch. */

// Each test runs several commands one after another.
vi.setConfig({ testTimeout: 240_000 });

/** The last command that a refusal suggests. */
function advised(stderr: string): string[] {
  const command = /`belay (resume [^`]*)`(?: replaces it)?$/m.exec(stderr)?.[1];
  if (command === undefined) throw new Error(`no command in: ${stderr}`);
  return command.trim().split(" ");
}

async function expectSuccess(cwd: string, args: readonly string[]): Promise<string> {
  const { code, stderr } = await belay(cwd, args);
  expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
  return stderr;
}

async function fileOf(cwd: string): Promise<string> {
  const { stdout } = await belay(cwd, ["list", "--json"]);
  return (JSON.parse(stdout) as { studyFile: string }[])[0]!.studyFile;
}

const launch = ["launch", "studies/bowl.ts", "--trials", "2", "--seed", "1", "--durability", "normal"];

it("resumes a study whose file was moved by the command that the refusal names, and records the new path", async () => {
  const cwd = folder();
  write(cwd, { "studies/bowl.ts": studyText() });
  await expectSuccess(cwd, launch);
  mkdirSync(join(cwd, "lib"));
  renameSync(join(cwd, "studies/bowl.ts"), join(cwd, "bowl.ts"));

  const refused = await belay(cwd, ["resume", "bowl", "--add", "1"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^belay: [^\n]+\n$/);
  expect(refused.stderr).toContain(join(cwd, "studies/bowl.ts"));
  expect(advised(refused.stderr)).toEqual(["resume", "bowl", "--add", "1", "--file", "bowl.ts"]);
  expect(await expectSuccess(cwd, advised(refused.stderr))).toContain("bowl.ts");
  expect(await fileOf(cwd)).toBe(join(cwd, "bowl.ts"));

  await expectSuccess(cwd, ["resume", "bowl", "--add", "1"]);
  expect(await trials(cwd, "bowl")).toHaveLength(4);
});

it("treats the code as unchanged if the file, or its folder beside its imports, was renamed", async () => {
  const cwd = folder();
  write(cwd, {
    "studies/bowl.ts": `import { square } from "../lib/square.ts";\n${studyText("train: ({ params }) => square(params.x),")}`,
    "lib/square.ts": "export const square = (x: number): number => x * x;",
  });
  await expectSuccess(cwd, launch);
  // The new name of the folder comes before lib in alphabetical order, unlike the old one.
  renameSync(join(cwd, "studies"), join(cwd, "experiments"));
  renameSync(join(cwd, "experiments/bowl.ts"), join(cwd, "experiments/dish.ts"));
  const refused = await belay(cwd, ["resume", "bowl"]);
  expect(refused.stderr).toContain("belay resume bowl --file NEW-PATH");
  await expectSuccess(cwd, ["resume", "bowl", "--add", "1", "--file", "experiments/dish.ts"]);
  await expectSuccess(cwd, ["resume", "bowl", "--add", "1"]);
  expect(await trials(cwd, "bowl")).toHaveLength(4);
  const kinds = "SELECT kind FROM events WHERE kind IN ('changes', 'moved')";
  expect(await rows(cwd, kinds), "moved, and not changed").toEqual([{ kind: "moved" }]);
});

it("applies the rules for changes to a moved file, and keeps the old path until the study runs", async () => {
  const cwd = folder();
  write(cwd, { "studies/bowl.ts": studyText() });
  await expectSuccess(cwd, launch);
  renameSync(join(cwd, "studies/bowl.ts"), join(cwd, "dish.ts"));
  write(cwd, {
    "dish.ts": `${studyText()}// changed\n`,
    "other.ts": studyText("space: { y: float(0, 1) }, train: () => 1,"),
  });
  await expectRefusal(cwd, ["resume", "bowl", "--file", "dish.ts"], {
    code: 2,
    says: ["dish.ts has changed since the launch: code", "--accept-changes"],
  });
  await expectRefusal(cwd, ["resume", "bowl", "--file", "other.ts", "--accept-changes"], {
    code: 2,
    says: ["space.x is gone", "--name"],
  });
  expect(await fileOf(cwd)).toBe(join(cwd, "studies/bowl.ts"));
  await expectSuccess(cwd, ["resume", "bowl", "--file", "dish.ts", "--accept-changes", "--add", "1"]);
  expect(await fileOf(cwd)).toBe(join(cwd, "dish.ts"));
});

it("finds a study file that was moved together with the database", async () => {
  const cwd = folder();
  write(cwd, { "here/studies/bowl.ts": studyText() });
  await expectSuccess(join(cwd, "here"), launch);
  renameSync(join(cwd, "here"), join(cwd, "there"));
  const there = join(cwd, "there");
  const refused = await belay(there, ["resume", "bowl", "--add", "1"]);
  expect(advised(refused.stderr)).toEqual(["resume", "bowl", "--add", "1", "--file", "studies/bowl.ts"]);
  await expectSuccess(there, advised(refused.stderr));

  // This resume starts from another working directory and names the database.
  renameSync(there, join(cwd, "once more"));
  const again = await belay(cwd, ["resume", "bowl", "--add", "1", "--db", "once more/belay.db"]);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain(
    "belay resume bowl --add 1 --db 'once more/belay.db' --file 'once more/studies/bowl.ts'",
  );
});

it("names each command that continues a study on another machine, where its coordinator cannot be checked", async () => {
  const cwd = folder();
  write(cwd, { "studies/bowl.ts": studyText() });
  await expectSuccess(cwd, launch);
  renameSync(join(cwd, "studies"), join(cwd, "elsewhere"));
  const db = new Sqlite(join(cwd, "belay.db"));
  const silentFor = (ms: number): void =>
    void db
      .prepare("UPDATE owners SET hostname = 'old-host', boot_id = 'b', released_at = NULL, heartbeat_at = ?")
      .run(Date.now() - ms);

  silentFor(0);
  const alive = await belay(cwd, ["resume", "bowl", "--add", "1"]);
  expect(alive.code).toBe(1);
  expect(alive.stderr).toMatch(/^belay: [^\n]* on old-host, [^\n]*\n$/);
  expect(alive.stderr).toMatch(
    /stop it there, and once it has been silent for 60 s `belay resume bowl --add 1 --takeover` replaces it/,
  );

  silentFor(3_600_000);
  const silent = await belay(cwd, ["resume", "bowl", "--add", "1"]);
  expect(silent.code).toBe(1);
  expect(advised(silent.stderr)).toEqual(["resume", "bowl", "--add", "1", "--takeover"]);
  const moved = await belay(cwd, advised(silent.stderr));
  expect(moved.code).toBe(2);
  const last = [...advised(moved.stderr).slice(0, -1), "elsewhere/bowl.ts"];
  expect(last).toEqual(["resume", "bowl", "--add", "1", "--takeover", "--file", "elsewhere/bowl.ts"]);
  await expectSuccess(cwd, last);
  db.close();
  expect(await trials(cwd, "bowl")).toHaveLength(3);
});

it.each([
  ["no-such.ts", ["--file", "no-such.ts"], "which does not exist"],
  ["a folder", ["--file", "."], "which is no file"],
  ["two files", ["--file", "a.ts", "--file", "b.ts"], "--file: expected it once, got it 2 times"],
])("refuses --file with %s", async (_, options, says) => {
  const cwd = folder();
  write(cwd, { "studies/bowl.ts": studyText() });
  await expectSuccess(cwd, launch);
  writeFileSync(join(cwd, "studies/bowl.ts"), studyText());
  await expectRefusal(cwd, ["resume", "bowl", ...options], { code: 2, says: [says] });
});
