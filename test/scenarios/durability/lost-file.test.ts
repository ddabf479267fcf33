import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test, vi } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import {
  belay,
  folder,
  processesIn,
  type Running,
  rows,
  start,
  trials,
  until,
  write,
} from "../../support/belay.ts";
import { launchBowl } from "../../support/refused.ts";

/**
 * A database that is removed during a run: the run ends, and the command that its last line suggests restores
 * everything.
 */

// Each test runs several commands one after another.
vi.setConfig({ testTimeout: 180_000 });

const study = (name: string): string => `
import { defineStudy, float, kFold } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: float(0, 1) },
  splits: () => kFold(40, { folds: 2 }),
  train: async ({ params, splitIndex }) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return params.x + splitIndex;
  },
});`;

/** A run that has recorded a few trials, most of which are only in the log. */
async function running(name: string): Promise<{ cwd: string; db: string; launched: Running }> {
  const cwd = folder();
  write(cwd, { "study.ts": study(name) });
  const launched = start(cwd, ["launch", "study.ts", "--trials", "2000", "--workers", "2", "--seed", "1"]);
  await until("a few trials", () => launched.output().stderr.includes("trial 5 complete"), 60_000);
  return { cwd, db: join(cwd, "belay.db"), launched };
}

/** The end of a run that has lost its file: its last line, and the trials that it reported as complete. */
async function endOf({ cwd, launched }: Awaited<ReturnType<typeof running>>) {
  const { code, stderr } = await launched.finished;
  expect(code, stderr).toBe(1);
  expect(processesIn(cwd)).toEqual([]);
  const line = stderr.trim().split("\n").at(-1)!;
  const saved = /all that was recorded is saved in (\S+): /.exec(line)?.[1];
  expect(saved, line).toBeDefined();
  expect(existsSync(join(cwd, "belay.db-wal")) || existsSync(join(cwd, "belay.db-shm"))).toBe(false);
  const reported = [...stderr.matchAll(/^trial (\d+) complete/gm)].map(([, number]) => Number(number));
  return { line, saved: saved!, reported };
}

async function completeTrials(cwd: string, name: string, db: string): Promise<number[]> {
  const { stdout, stderr } = await belay(cwd, ["query", name, "--state", "complete", "--json", "--db", db]);
  expect(stderr).toBe("");
  return (JSON.parse(stdout) as { number: number }[]).map(({ number }) => number);
}

/** Runs the command after the last colon of a line, and expects `count` trials afterwards. */
async function expectResumed(cwd: string, command: string, count: number): Promise<void> {
  const [program, ...args] = command.split(" ");
  expect(program).toBe("belay");
  const resumed = await belay(cwd, [...args, "--trials", String(count)]);
  expect(resumed.code, resumed.stderr).toBe(0);
}

test("a database that is deleted during a run, but not its log: the saved file, moved to its place, has every trial", async () => {
  const name = `deleted-${process.pid}`;
  const run = await running(name);
  expect(statSync(`${run.db}-wal`).size).toBeGreaterThan(0);
  rmSync(run.db);
  const { line, saved, reported } = await endOf(run);
  expect(line).toContain("belay.db: the file was deleted under this run; ");
  expect(line.endsWith(`: move it to ${run.db}, then \`belay resume ${name}\``), line).toBe(true);
  renameSync(saved, run.db);
  const before = await completeTrials(run.cwd, name, run.db);
  expect(before).toEqual(expect.arrayContaining(reported));
  const repaired = await belay(run.cwd, ["repair", "--json"]);
  expect(JSON.parse(repaired.stdout), repaired.stderr).toMatchObject({ damage: [], kept: null });
  await expectResumed(run.cwd, `belay resume ${name}`, before.length + 4);
  expect((await trials(run.cwd, name)).length).toBeGreaterThanOrEqual(before.length + 4);
});

test("a database that another file replaces during a run: the other file is not changed, and the study is resumed in the saved one", async () => {
  const name = `replaced-${process.pid}`;
  const run = await running(name);
  mkdirSync(join(run.cwd, "other"));
  launchBowl(join(run.cwd, "other"));
  const other = join(run.cwd, "other", "belay.db");
  const copy = join(run.cwd, "other.db");
  copyFileSync(other, copy);
  renameSync(other, run.db);
  const { line, saved, reported } = await endOf(run);
  expect(line).toContain("another file has taken the place of the one that this run has opened; ");
  expect(line.endsWith(`: \`belay resume ${name} --db ${basename(saved)}\` goes on with it`), line).toBe(
    true,
  );
  const everything =
    "select s.name, t.number, t.value, t.told from trials t join studies s on s.id = t.study_id";
  const restored = await rows(run.cwd, everything);
  expect(restored).toHaveLength(1);
  expect(JSON.parse((await belay(run.cwd, ["sql", everything, "--json", "--db", copy])).stdout)).toEqual(
    restored,
  );
  const before = await completeTrials(run.cwd, name, saved);
  expect(before).toEqual(expect.arrayContaining(reported));
  await expectResumed(run.cwd, `belay resume ${name} --db ${saved}`, before.length + 4);
  const db = openDatabase(run.db, { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
});

test.each(["-wal", "-shm"])(
  "a database whose %s file is deleted during a run: the run ends before anything is lost, and is resumed",
  async (suffix) => {
    const name = `log${suffix}-${process.pid}`;
    const run = await running(name);
    rmSync(run.db + suffix);
    const { line, saved, reported } = await endOf(run);
    expect(line).toContain(`: belay.db-wal or belay.db-shm was deleted or replaced under this run; `);
    renameSync(saved, run.db);
    const before = await completeTrials(run.cwd, name, run.db);
    expect(before).toEqual(expect.arrayContaining(reported));
    await expectResumed(run.cwd, `belay resume ${name}`, before.length + 4);
  },
);

test("two studies in a file that is deleted: each is saved to a file of its own and resumed", async () => {
  const names = ["a", "b"].map((letter) => `${letter}-${process.pid}`);
  const cwd = folder();
  write(cwd, { "a.ts": study(names[0]!), "b.ts": study(names[1]!) });
  const launch = (file: string) => start(cwd, ["launch", file, "--trials", "2000", "--seed", "1"]);
  const runs = [launch("a.ts"), launch("b.ts")];
  for (const { output } of runs) {
    const hasBegun = (): boolean => output().stderr.includes("trial 2 complete");
    // What the run has said tells why it has not begun.
    await until("a few trials", hasBegun, 60_000).catch((cause: Error) => {
      throw new Error(`${cause.message}: ${JSON.stringify(output())}`, { cause });
    });
  }
  rmSync(join(cwd, "belay.db"));
  for (const [i, { finished }] of runs.entries()) {
    const { code, stderr } = await finished;
    expect(code, stderr).toBe(1);
    const advice = new RegExp(
      `saved in (\\S+): \`(belay resume ${names[i]} --db \\S+)\` goes on with it$|saved in (\\S+): move it`,
    ).exec(stderr.trim());
    expect(advice?.[2], stderr).toBeDefined();
    const before = await completeTrials(cwd, names[i]!, advice![1]!);
    expect(before.length).toBeGreaterThanOrEqual(3);
    await expectResumed(cwd, advice![2]!, before.length + 2);
  }
});
