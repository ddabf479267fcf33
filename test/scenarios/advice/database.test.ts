import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, until } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";
import {
  commandBefore,
  commandIn,
  oddPlace,
  type Place,
  runIn,
  startIn,
  startTyped,
  type,
} from "./follow.ts";

/** Commands that messages suggest about a database that was moved, deleted, copied from elsewhere or is read-only. */

const SLOW = studyText(`
  train: async ({ params }) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return params.x ** 2;
  },`);

async function launched(): Promise<Place> {
  const place = oddPlace(studyText());
  await runIn(place, "launch", place.file, "--trials", "1");
  return place;
}

/** Changes a database as a program other than Belay would. */
function change({ cwd, db }: Place, statement: string, ...values: readonly unknown[]): void {
  const opened = openDatabase(join(cwd, db));
  opened.prepare(statement).run(...values);
  opened.close();
}

const ELSEWHERE =
  "UPDATE owners SET released_at = NULL, hostname = 'elsewhere', boot_id = 'another', heartbeat_at = ?";

test("a moved study file: the resume that is named finds it, and keeps the other options", async () => {
  const place = await launched();
  renameSync(join(place.cwd, place.file), join(place.cwd, "its results", place.file));
  const gone = await runIn(place, "resume", "bowl", "--add", "2");
  const resumed = await type(place.cwd, commandIn(gone.stderr, /if it was moved: `(belay [^`]+)`/));
  expect(resumed.stdout, resumed.stderr).toMatch(/^bowl: finished .*: 3 complete/);
});

test("a moved and changed study file: the command that is named resumes with the moved file", async () => {
  const place = await launched();
  rmSync(join(place.cwd, place.file));
  writeFileSync(join(place.cwd, "another study.ts"), studyText("noise: true,"));
  const refused = await runIn(place, "resume", "bowl", "--add", "2", "--file", "another study.ts");
  const resumed = await type(place.cwd, commandBefore(refused.stderr, "goes on all the same"));
  expect(resumed.stdout, resumed.stderr).toMatch(/^bowl: finished .*: 3 complete/);
  const anew = await type(place.cwd, `${commandBefore(refused.stderr, "begins anew")} --trials 1`);
  expect(anew.stdout, anew.stderr).toMatch(/^bowl-2: finished/);
});

test("a study of another machine without a recent heartbeat: the takeover that is named continues it", async () => {
  const place = await launched();
  change(place, ELSEWHERE, Date.now() - 3_600_000);
  const refused = await runIn(place, "resume", "bowl", "--add", "2");
  const resumed = await type(place.cwd, commandBefore(refused.stderr, "replaces it"));
  expect(resumed.stdout, resumed.stderr).toMatch(/^bowl: finished .*: 3 complete/);
  change(place, ELSEWHERE, Date.now() - 3_600_000);
  const repair = await runIn(place, "repair");
  expect(await type(place.cwd, commandBefore(repair.stderr, "replaces it"))).toMatchObject({ code: 0 });
});

test("a study that runs on this machine: the stop that a second resume, or a repair, names ends it", async () => {
  const place = oddPlace(SLOW);
  const run = startIn(place, "launch", place.file, "--trials", "10000");
  await until("a trial", () => run.output().stderr.includes("trial 1 complete"));
  const repair = await runIn(place, "repair");
  const resume = await runIn(place, "resume", "bowl");
  const stop = commandBefore(resume.stderr, "ends it");
  expect(commandBefore(repair.stderr, "ends it")).toBe(stop);
  expect((await type(place.cwd, stop)).code).toBe(0);
  expect((await run.finished).code).toBe(130);
  expect((await runIn(place, "repair")).code).toBe(0);
});

test("a database of an older schema: the command that a reading command names upgrades it", async () => {
  const place = await launched();
  copyFileSync(new URL("../../sqlite/frozen/version-1.db", import.meta.url), join(place.cwd, place.db));
  change(place, "UPDATE owners SET hostname = ?", hostname());
  const { stderr } = await runIn(place, "list");
  expect((await type(place.cwd, commandBefore(stderr, "upgrades it"))).code).toBe(0);
  expect((await runIn(place, "list")).stdout).toContain("digits");
});

test("a database that is deleted during a run: the saved file, moved as the message says, can be resumed as it says", async () => {
  const place = oddPlace(SLOW);
  const run = startIn(place, "launch", place.file, "--trials", "10000");
  await until("a trial", () => run.output().stderr.includes("trial 1 complete"));
  rmSync(join(place.cwd, place.db));
  const { stderr } = await run.finished;
  const [, saved, target] = /is saved in (.+): move it to (.+), then `/.exec(stderr) ?? [];
  renameSync(saved!, target!);
  const command = commandIn(stderr, /, then `(belay [^`]+)`/);
  const resumed = startTyped(place.cwd, command);
  await until("the next trials", () => /trial \d+ complete/.test(resumed.output().stderr));
  resumed.child.kill("SIGKILL");
  await resumed.finished;
});

test("a large database in a read-only folder: a copy elsewhere, named as the note says, is read without the note", async (context) => {
  const place = await launched();
  const folder = join(place.cwd, "its results");
  const ballast = openDatabase(join(place.cwd, place.db));
  ballast.exec("CREATE TABLE ballast AS SELECT zeroblob(40000000) AS bytes");
  ballast.close();
  const bound = spawnSync("mount", ["--bind", folder, folder]);
  if (bound.status !== 0) {
    process.stderr.write("\nNOT TESTED: a folder that cannot be written. This process may not mount one.\n");
    return context.skip("mounting is not allowed here");
  }
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  spawnSync("mount", ["-o", "remount,ro,bind", folder]);
  const { stderr } = await runIn(place, "list");
  const option = commandIn(stderr, /copy it once to a folder of your own, and name that with (--db)/);
  copyFileSync(join(place.cwd, place.db), join(place.cwd, "copy.db"));
  const read = await belay(place.cwd, ["list", option, "copy.db"]);
  expect(read).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("bowl") });
});

test("a missing TMPDIR: the example that the message names works", async () => {
  const place = oddPlace(studyText());
  const env = { TMPDIR: join(place.cwd, "nowhere") };
  const refused = await belay(place.cwd, ["launch", place.file, "--trials", "1"], env);
  const [name, value] = commandIn(refused.stderr, /as in (TMPDIR=\S+)\n/).split("=");
  const again = await belay(place.cwd, ["launch", place.file, "--trials", "1"], { [name!]: value! });
  expect(again.code, again.stderr).toBe(0);
});

test("a damaged database: the repair that every command names saves it, and the resume that the repair names continues it", async () => {
  const place = await launched();
  change(place, "UPDATE owners SET released_at = NULL, boot_id = 'another', hostname = ?", hostname());
  change(place, "UPDATE studies SET state = 'running', trials = 2, checksum = NULL");
  const db = join(place.cwd, place.db);
  // This is the first page of the file, without which no command can open it.
  writeFileSync(db, readFileSync(db).fill(0xa5, 0, 4096));
  const commands = [["list"], ["query", "bowl"], ["resume", "bowl"], ["launch", place.file, "--name", "b"]];
  const named = [];
  for (const words of commands) {
    const { stderr } = await runIn(place, ...words);
    named.push(commandBefore(stderr, "saves what can be read"));
  }
  expect(new Set(named).size).toBe(1);
  const repaired = await type(place.cwd, named[0]!);
  expect(repaired.stdout).toMatch(/^damaged: /);
  const resumed = await type(place.cwd, commandBefore(repaired.stdout, "goes on"));
  expect(resumed.stdout, resumed.stderr).toMatch(/^bowl: finished .*: 2 complete/);
});

test("a study whose row was damaged: the comparison that the repair suggests shows the damage", async () => {
  const place = await launched();
  change(place, `UPDATE studies SET space = replace(space, '"low":-1', '"low":-7')`);
  const { stderr } = await runIn(place, "list");
  const repaired = await type(place.cwd, commandBefore(stderr, "saves what can be read"));
  expect(repaired.code).toBe(1);
  const shown = await type(place.cwd, commandBefore(repaired.stdout, "tells of it with the study file"));
  expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining("-7..1") });
  expect(studyText()).toContain("float(-1, 1)");
});
