import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, folder, MAIN, processesIn, rows, start, trials, until, write } from "../../support/belay.ts";

/** Runs whose database cannot be written for a while, or at all. */

const study = (name: string): string => `
import { defineStudy, float, kFold } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: float(0, 1) },
  splits: () => kFold(40, { folds: 2 }),
  train: async ({ params, splitIndex }) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return params.x + splitIndex;
  },
});`;

async function expectWhole(cwd: string, name: string, count: number): Promise<void> {
  const all = await trials(cwd, name);
  expect(all.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, number) => number));
  expect(
    all.every(({ state, splits, memory }) => state === "complete" && splits.length === 2 && memory),
  ).toBe(true);
  expect(await rows(cwd, "select 1 from attempts where attempt > 1")).toEqual([]);
}

test("another program that locks the file for 7 s: the run pauses, says so, and goes on", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study("held") });
  const launched = start(cwd, ["launch", "study.ts", "--trials", "12", "--workers", "2", "--seed", "1"]);
  await until("a trial", () => launched.output().stderr.includes("trial 1 complete"));
  const foreign = openDatabase(join(cwd, "belay.db"));
  foreign.exec("BEGIN IMMEDIATE");
  await until("the pause", () => launched.output().stderr.includes("paused: "));
  foreign.exec("COMMIT");
  foreign.close();
  const { code, stderr } = await launched.finished;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /paused: .*belay\.db: another program has kept the database locked.*; nothing is lost/,
  );
  expect(stderr).toContain("the database can be written again: the run goes on");
  await expectWhole(cwd, "held", 12);
});

/** Mounts a file system of 3 MB; null if this process may not mount one. */
function smallDisk(cwd: string): string | null {
  const path = join(cwd, "small");
  mkdirSync(path);
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", path], {
    encoding: "utf8",
  });
  if (status !== 0) {
    process.stderr.write(
      `\nNOT TESTED: a full disk. This process may not mount a small file system: ${stderr}\n`,
    );
    return null;
  }
  onTestFinished(() => void spawnSync("umount", ["-l", path]));
  return path;
}

/** Starts 20 trials of `study.ts`; the database and the log beside it are on the given disk. */
function launchOn(disk: string, cwd: string) {
  const db = ["--db", join(disk, "belay.db")];
  const asked = ["--trials", "20", "--workers", "2", "--seed", "1"];
  return { db, launched: start(cwd, ["launch", "study.ts", ...db, ...asked]) };
}

/** Fills all free space of a disk. */
function fill(disk: string): string {
  const file = join(disk, "ballast");
  for (let size = 2 ** 20; size >= 512; size /= 2) {
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(size, 1), { flag: "a" });
      } catch {
        break;
      }
    }
  }
  return file;
}

test("a full disk: the run pauses, and goes on once there is space again", async (context) => {
  const cwd = folder();
  const disk = smallDisk(cwd);
  if (disk === null) return context.skip("mounting is not allowed here");
  write(cwd, { "study.ts": study("full") });
  const { launched, db } = launchOn(disk, cwd);
  await until("a trial", () => launched.output().stderr.includes("trial 1 complete"));
  const ballast = fill(disk);
  await until("the pause", () => launched.output().stderr.includes("paused: "));
  rmSync(ballast);
  const { code, stderr } = await launched.finished;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/paused: .*the disk is full: free some space; nothing is lost/);
  expect((await belay(cwd, ["backup", join(cwd, "belay.db"), ...db])).code).toBe(0);
  await expectWhole(cwd, "full", 20);
});

test("a full disk and Ctrl-C: the run ends in good order, and a resume finishes the study", async (context) => {
  const cwd = folder();
  const disk = smallDisk(cwd);
  if (disk === null) return context.skip("mounting is not allowed here");
  const name = `full-stop-${process.pid}`;
  write(cwd, { "study.ts": study(name) });
  const { launched, db } = launchOn(disk, cwd);
  await until("a trial", () => launched.output().stderr.includes("trial 1 complete"));
  const ballast = fill(disk);
  await until("the pause", () => launched.output().stderr.includes("paused: "));
  process.kill(launched.pid, "SIGINT");
  const { code, stderr } = await launched.finished;
  expect(code).toBe(1);
  expect(stderr.trim().split("\n").at(-1)).toMatch(
    /the disk is full: free some space; `belay resume \S+ --db small\/belay\.db` runs again what could not be recorded$/,
  );
  expect(processesIn(cwd)).toEqual([]);
  rmSync(ballast);
  const resumed = await belay(cwd, ["resume", name, ...db]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await belay(cwd, ["backup", join(cwd, "belay.db"), ...db])).code).toBe(0);
  const all = await trials(cwd, name);
  expect(all.map(({ state }) => state)).toEqual(Array.from({ length: 20 }, () => "complete"));
});

test("a file system that becomes read-only during a run: the run pauses or ends, and all synced results are kept", async (context) => {
  const cwd = folder();
  const disk = join(cwd, "disk");
  const image = join(cwd, "image");
  mkdirSync(disk);
  writeFileSync(image, Buffer.alloc(32 * 2 ** 20));
  const root = (command: string, ...args: string[]) => spawnSync(command, args, { encoding: "utf8" });
  onTestFinished(() => void root("umount", "-l", disk));
  const mount = () => root("mount", "-o", "loop,errors=remount-ro", image, disk);
  if (root("mkfs.ext4", "-q", image).status !== 0 || mount().status !== 0) {
    process.stderr.write(
      "\nNOT TESTED: a read-only file system. It takes mkfs.ext4, a loop device and root.\n",
    );
    return context.skip("no ext4 file system of its own can be had here");
  }
  const name = `read-only-${process.pid}`;
  write(cwd, { "study.ts": study(name) });
  const { launched, db } = launchOn(disk, cwd);
  await until("a trial", () => launched.output().stderr.includes("trial 1 complete"));
  expect(root("mount", "-o", "remount,abort", disk).status).toBe(0); // The kernel does the same after an I/O error.
  // A failing write is repeated until it succeeds; a failing sync ends the run.
  const isOver = () => launched.child.exitCode !== null;
  await until("the pause, or the end", () => isOver() || launched.output().stderr.includes("paused: "));
  if (!isOver()) process.kill(launched.pid, "SIGINT");
  const { code, stderr } = await launched.finished;
  expect(code).toBe(1);
  expect(stderr.trim().split("\n").at(-1)).toMatch(
    /; `belay resume \S+ --db disk\/belay\.db` runs again what could not be recorded$/,
  );
  expect(processesIn(cwd)).toEqual([]);
  root("umount", disk);
  root("e2fsck", "-fy", image);
  expect(mount().status).toBe(0);
  // Unsynced data is lost, as in a power cut: at most the last trial that each of the two slots has reported as
  // complete.
  const said = [...stderr.matchAll(/^trial (\d+) complete/gm)].map(([, number]) => Number(number));
  const kept = async (): Promise<number[]> => {
    const asked = ["sql", "select number from trials where state = 'complete'", "--json", ...db];
    const found: { number: number }[] = JSON.parse((await belay(cwd, asked)).stdout);
    return found.map(({ number }) => number);
  };
  expect(await kept()).toEqual(expect.arrayContaining(said.slice(0, -2)));
  const resumed = await belay(cwd, ["resume", name, ...db]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(await kept()).toHaveLength(20);
});

test.skipIf(!existsSync("/dev/full"))(
  "a log and a terminal that cannot be written (/dev/full, if it exists): the run goes on without them",
  async () => {
    const cwd = folder();
    write(cwd, { "study.ts": study("unheard") });
    const asked = ["--trials", "4", "--workers", "2", "--log", "/dev/full"];
    const launched = await belay(cwd, ["launch", "study.ts", ...asked]);
    expect(launched.code, launched.stderr).toBe(0);
    expect(
      launched.stderr.match(/the log \/dev\/full cannot be written \(ENOSPC.*\): the run goes on/g),
    ).toHaveLength(1);
    const stdio = ["ignore", "ignore", openSync("/dev/full", "w")] as const;
    const resumed = spawnSync(process.execPath, [MAIN, "resume", "unheard", "--add", "2"], {
      cwd,
      stdio: [...stdio],
    });
    expect(resumed.status).toBe(0);
    await expectWhole(cwd, "unheard", 6);
  },
);

test("a database that is deleted during a run: the run stops, and the saved file can be put back and resumed", async () => {
  const cwd = folder();
  const name = `deleted-${process.pid}`;
  write(cwd, { "study.ts": study(name) });
  const launched = start(cwd, ["launch", "study.ts", "--trials", "200", "--workers", "2", "--seed", "1"]);
  await until("a trial", () => launched.output().stderr.includes("trial 1 complete"));
  for (const suffix of ["", "-wal", "-shm"]) rmSync(join(cwd, `belay.db${suffix}`));
  const { code, stderr } = await launched.finished;
  expect(code).toBe(1);
  const saved = /the file was deleted under this run; all that was recorded is saved in (\S+): move it/.exec(
    stderr,
  )?.[1];
  expect(saved, stderr).toBeDefined();
  expect(processesIn(cwd)).toEqual([]);
  expect(existsSync(join(cwd, "belay.db"))).toBe(false);
  renameSync(saved!, join(cwd, "belay.db"));
  const before = (await trials(cwd, name)).filter(({ state }) => state === "complete").length;
  expect(before).toBeGreaterThanOrEqual(2);
  const resumed = await belay(cwd, ["resume", name, "--trials", String(before + 4)]);
  expect(resumed.code, resumed.stderr).toBe(0);
});
