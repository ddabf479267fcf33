import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, folder, processesIn, rows, start, trials, until, write } from "../../support/belay.ts";

/** A study with splits of 300 ms, each of which writes down that it runs. */
const study = (name: string): string => `
import { appendFileSync } from "node:fs";
import { defineStudy, float, kFold } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: float(0, 1) },
  splits: () => kFold(40, { folds: 4 }),
  train: async ({ params, splitIndex, trial }) => {
    appendFileSync("ran.txt", trial.number + " " + splitIndex + " " + trial.attempt + "\\n");
    await new Promise((resolve) => setTimeout(resolve, 300));
    return params.x + splitIndex;
  },
});`;

interface SplitRow {
  readonly number: number;
  readonly split: number;
  readonly attempt: number;
}

/** Queries the database directly, because a command would take long to start. */
function peek<Row>(cwd: string, sql: string): Row[] {
  if (!existsSync(join(cwd, "belay.db"))) return [];
  const db = openDatabase(join(cwd, "belay.db"), { readonly: true });
  try {
    return db.prepare<[], Row>(sql).all();
  } catch {
    return []; // The schema does not exist yet.
  } finally {
    db.close();
  }
}

const SPLITS =
  "select t.number, s.split, s.attempt from splits s join trials t on t.id = s.trial_id order by 1, 2";

test("kill -9 of the coordinator: no process is left, and a resume runs only splits that were not recorded", async () => {
  const cwd = folder();
  const name = `killed-${process.pid}`;
  write(cwd, { "study.ts": study(name) });
  const launched = start(cwd, ["launch", "study.ts", "--trials", "6", "--workers", "2", "--seed", "1"]);
  const before = await until("two trials that are part-way through their splits", () => {
    const recorded = peek<SplitRow>(cwd, SPLITS);
    const running = peek<{ number: number }>(cwd, "select number from trials where state = 'running'");
    const partWay = running.filter(({ number }) => recorded.some((row) => row.number === number));
    return partWay.length >= 2 ? recorded : null;
  });
  expect(processesIn(cwd, name).length).toBeGreaterThanOrEqual(2);

  process.kill(launched.pid, "SIGKILL");
  await launched.finished;
  await until("the hosts to be gone", () => processesIn(cwd).length === 0, 2_000);

  const resumed = await belay(cwd, ["resume", name, "--json"]);
  expect(resumed.stderr).not.toContain("internal error");
  expect(resumed.code).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    state: "finished",
    trials: { complete: 6, waiting: 0, running: 0 },
  });

  const after = await trials(cwd, name);
  expect(after.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(after.every(({ state, memory }) => state === "complete" && memory !== null)).toBe(true);
  const splits = await rows<SplitRow>(cwd, SPLITS);
  expect(splits.length).toBe(6 * 4);
  // Splits that were recorded before the kill still have their attempt, so they were not run again.
  for (const row of before) expect(splits).toContainEqual(row);
  expect(after.some(({ attempts }) => attempts === 2)).toBe(true);
  const attempts = await rows<{ state: string; n: number }>(
    cwd,
    "select state, count(*) as n from attempts group by state",
  );
  expect(attempts.find(({ state }) => state === "running")).toBeUndefined();
});

test("a second coordinator is refused while the first one runs", async () => {
  const cwd = folder();
  const name = `owned-${process.pid}`;
  write(cwd, { "study.ts": study(name) });
  const first = start(cwd, ["launch", "study.ts", "--trials", "8", "--seed", "1"]);
  await until("the first trial", () => first.output().stderr.includes("trial 0 started"));
  const second = await belay(cwd, ["resume", name]);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(new RegExp(`study ${name} is run by pid ${first.pid} since`));
  expect(second.stderr.trim().split("\n")).toHaveLength(1);
});

test("a resumed sequential study proposes the same trials as one without interruption", async () => {
  const quick = study("same").replace("300", "60");
  const whole = folder();
  write(whole, { "study.ts": quick });
  expect(
    (await belay(whole, ["launch", "study.ts", "--trials", "14", "--seed", "7", "--workers", "1"])).code,
  ).toBe(0);
  const cut = folder();
  write(cut, { "study.ts": quick });
  const launched = start(cut, ["launch", "study.ts", "--trials", "14", "--seed", "7", "--workers", "1"]);
  await until("some trials", () => launched.output().stderr.includes("trial 11 started"));
  process.kill(launched.pid, "SIGKILL");
  await launched.finished;
  expect((await belay(cut, ["resume", "same"])).code).toBe(0);
  const params = async (cwd: string) =>
    (await trials(cwd, "same")).map((trial) => [trial.number, trial.params, trial.value]);
  expect(await params(cut)).toEqual(await params(whole));
});
