import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/sqlite/database.ts";
import { belay, folder, MAIN, rows, start, until, write } from "../support/belay.ts";
import { expectRefusal, launchBowl, studyText } from "../support/refused.ts";

/** Databases that cannot be used, and studies that another process runs. */

const COMMANDS = ["launch bowl.ts", "resume bowl", "query bowl", "list"];

function study(): string {
  const cwd = folder();
  write(cwd, { "bowl.ts": studyText() });
  return cwd;
}

describe.each(COMMANDS)("%s", (typed) => {
  const args = typed.split(" ");

  test("refuses a database of a newer schema, and leaves it as it was", async () => {
    const cwd = study();
    launchBowl(cwd);
    const db = openDatabase(join(cwd, "belay.db"));
    const version = db.pragma("user_version", { simple: true }) as number;
    db.pragma("user_version = 99");
    db.close();
    const says = ["belay.db", "schema", `${version}`, "99"];
    await expectRefusal(cwd, args, { code: 1, says });
  });

  test("refuses a file that is no database, and leaves it as it was", async () => {
    const cwd = study();
    const text = "Dear diary, today I climbed.\n".repeat(100);
    writeFileSync(join(cwd, "belay.db"), text);
    await expectRefusal(cwd, args, { code: 1, says: ["belay.db", "expected", "database"] });
    expect(readFileSync(join(cwd, "belay.db"), "utf8")).toBe(text);
  });

  test("refuses a folder that does not exist", async () => {
    const cwd = study();
    const says = ["expected a file in a folder that exists", "got the missing folder", "nowhere"];
    await expectRefusal(cwd, [...args, "--db", "nowhere/belay.db"], { code: 1, says });
    expect(existsSync(join(cwd, "nowhere"))).toBe(false);
  });

  test("refuses a folder in the place of a database", async () => {
    const cwd = study();
    mkdirSync(join(cwd, "results"));
    await expectRefusal(cwd, [...args, "--db", "results"], { code: 1, says: ["results", "got a folder"] });
  });
});

describe.each([...COMMANDS, "backup copy.db", "repair"])("%s", (typed) => {
  const args = typed.split(" ");

  test("refuses a named pipe instead of waiting for a process at its other end", async () => {
    const cwd = study();
    execFileSync("mkfifo", [join(cwd, "pipe")]);
    const says = ["pipe: expected a database file, got a pipe, a socket or a device"];
    await expectRefusal(cwd, [...args, "--db", "pipe"], { code: 1, says });
  });

  test("refuses a database in memory, which would be lost", async () => {
    const cwd = study();
    const says = ["--db: expected a file, got", ":memory:", "nothing of it would be left"];
    await expectRefusal(cwd, [...args, "--db", ":memory:"], { code: 2, says });
  });
});

describe("reading", () => {
  test.each([["query", "bowl"], ["list"], ["sql", "select 1"], ["resume", "bowl"]])(
    "%s without a database does not create one",
    async (...args) => {
      const says = ["belay.db: expected a Belay database, got no such file", "--db"];
      await expectRefusal(folder(), args, { code: 1, says });
    },
  );
});

describe("a folder that cannot be written", () => {
  test("is refused before the study runs, and nothing appears in it", async () => {
    const cwd = study();
    const shut = folder();
    const run = readOnly(shut);
    const { status, stdout, stderr } = run(cwd, ["launch", "bowl.ts", "--db", join(shut, "belay.db")]);
    expect(stderr).toMatch(/^belay: [^\n]+\n$/);
    expect(stderr).toContain(`${shut}: the folder cannot be written`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(readdirSync(shut)).toEqual([]);
  });

  test("can still be read from", async () => {
    const shut = folder();
    launchBowl(shut);
    const run = readOnly(shut, true);
    const { status, stdout, stderr } = run(shut, ["query", "bowl", "--format", "csv"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^number,state/);
  });
});

/**
 * Makes a folder read-only and returns a function that runs belay so that this has an effect. Permission bits do not
 * stop root, so root mounts the folder read-only or, without the right to mount, runs belay as an unprivileged user.
 */
function readOnly(path: string, withContent = false) {
  const run = (identity: { uid?: number; gid?: number }) => (cwd: string, args: readonly string[]) =>
    spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: "utf8", ...identity });
  if (process.getuid?.() === 0 && mountReadOnly(path)) return run({});
  chmodSync(path, 0o555);
  onTestFinished(() => chmodSync(path, 0o755));
  if (process.getuid?.() !== 0) return run({});
  const nobody = run({ uid: 65_534, gid: 65_534 });
  if (withContent) for (const name of readdirSync(path)) chmodSync(join(path, name), 0o644);
  if (nobody("/", ["--version"]).status === 0) return nobody;
  throw new Error(
    "this test runs as root, which may neither mount a folder read-only here nor run belay as an unprivileged user (is the clone in a folder that only root may read?): run it as another user",
  );
}

function mountReadOnly(path: string): boolean {
  try {
    execFileSync("mount", ["--bind", path, path], { stdio: "ignore" });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync("umount", [path]));
  execFileSync("mount", ["-o", "remount,ro,bind", path], { stdio: "ignore" });
  return true;
}

describe("a study that is running", () => {
  test("refuses a second coordinator while the first one runs, and names its pid", async () => {
    const cwd = folder();
    write(cwd, { "bowl.ts": studyText("train: () => new Promise(() => {}),") });
    const first = start(cwd, ["launch", "bowl.ts"]);
    await until("a running trial", () => first.output().stderr.includes("trial 0 started"));
    const says = [`study bowl is run by pid ${first.pid} since`, "--takeover"];
    await expectRefusal(cwd, ["resume", "bowl"], { code: 1, says });
    await expectRefusal(cwd, ["resume", "bowl", "--takeover"], {
      code: 1,
      says: ["bowl", `pid ${first.pid}`],
    });
    await expectRefusal(cwd, ["launch", "bowl.ts"], { code: 2, says: ["it runs now", "--name bowl-2"] });
    expect(await rows(cwd, "select pid from owners")).toEqual([{ pid: first.pid }]);
    first.child.kill("SIGKILL");
    await first.finished;
  });
});

describe("--json", () => {
  test("prints one document on stdout and nothing else there", async () => {
    const cwd = study();
    const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "2", "--json"]);
    expect(JSON.parse(launched.stdout)).toMatchObject({ study: "bowl", state: "finished" });
    for (const args of [
      ["query", "bowl"],
      ["list"],
      ["show", "bowl"],
      ["show", "bowl", "0"],
      ["best", "bowl"],
    ]) {
      const { stdout, stderr, code } = await belay(cwd, [...args, "--json"]);
      expect(JSON.parse(stdout)).toBeTruthy();
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    }
  });

  test("prints nothing on stdout when it fails", async () => {
    const cwd = study();
    for (const args of [
      ["query", "bowl"],
      ["show", "bowl"],
      ["best", "bowl"],
      ["sql", "select 1"],
    ])
      await expectRefusal(cwd, [...args, "--json"], { code: 1, says: ["belay.db"] });
  });
});
