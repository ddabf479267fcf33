import { expect, it } from "vitest";
import { belay, folder, rows, trials, write } from "../support/belay.ts";

/** A study in which the value of split 3 is the mean of all five, so that it is the most informative one. */
const study = (more = ""): string => `
import { defineStudy, float } from "belay";
const noise = (x, split) => Math.sin(1e4 * x * (split + 1));
export default defineStudy({
  name: "ordered",
  direction: "minimize",
  space: { x: float(0, 1) },
  sampler: "random",
  splits: () => Array.from({ length: 5 }, (_, split) => ({ train: [split], validation: [split + 1] })),
  train: ({ params: { x }, splitIndex }) => {
    const errors = [0, 1, 2, 4].map((split) => noise(x, split));
    const mean = errors.reduce((sum, each) => sum + each, 0) / 4;
    return x + 5 * splitIndex + (splitIndex === 3 ? mean : noise(x, splitIndex));
  },
  ${more}
});`;

const USERS = { BELAY_PRUNER: "" };

async function launch(cwd: string, ...options: string[]) {
  const total = options.includes("--trials") ? [] : ["--trials", "25"];
  return belay(cwd, ["launch", "study.ts", "--seed", "1", "--workers", "1", ...total, ...options], USERS);
}

/** The splits of each trial in the order in which they were recorded. */
async function orders(cwd: string): Promise<number[][]> {
  const recorded = await rows<{ number: number; split: number }>(
    cwd,
    "select number, split from splits join trials on trials.id = trial_id order by number, recorded_at",
  );
  const byTrial: number[][] = [];
  for (const { number, split } of recorded) {
    byTrial[number] ??= [];
    byTrial[number].push(split);
  }
  return byTrial;
}

async function setting(cwd: string) {
  const { settings } = JSON.parse((await belay(cwd, ["show", "ordered", "--json"])).stdout);
  return settings.splitOrder as { value: string; source: string };
}

/** The first splits of the trials up to the tenth complete one, and of those after it. */
async function firstSplits(cwd: string) {
  const ran = await orders(cwd);
  const told = await trials(cwd, "ordered");
  const isComplete = ran.map((_, number) =>
    told.some((each) => each.number === number && each.state === "complete"),
  );
  const completeBefore = ran.map((_, number) => isComplete.slice(0, number).filter(Boolean).length);
  const firsts = (after: boolean) =>
    ran.flatMap((order, number) => (completeBefore[number]! >= 10 === after ? order[0]! : []));
  return { before: new Set(firsts(false)), after: new Set(firsts(true)) };
}

it("runs the most informative split first, and records each under its own index", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study() });
  const done = await launch(cwd, "--pruner", "race(alpha=0.0001)");
  expect(done.code, done.stderr).toBe(0);
  expect(await firstSplits(cwd)).toEqual({ before: new Set([0]), after: new Set([3]) });
  for (const { number, splits, params } of await trials(cwd, "ordered"))
    for (const { split, value } of splits) {
      const own = (params.x as number) + 5 * split;
      expect(Math.abs(Number(value) - own), `trial ${number}, split ${split}`).toBeLessThanOrEqual(1);
    }
});

it("does so by default if a race can judge the study, and show says why", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study() });
  expect((await launch(cwd, "--trials", "2")).code).toBe(0);
  const source = "default for race(alpha=0.05) over 5 splits";
  expect(await setting(cwd)).toEqual({ value: "informative", source });
});

it("keeps the given order if the study or an option says so, also in a resume", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": study('splitOrder: "given",') });
  expect((await launch(cwd, "--pruner", "race(alpha=0.0001)")).code).toBe(0);
  expect(await setting(cwd)).toEqual({ value: "given", source: "study file" });
  expect(await firstSplits(cwd)).toEqual({ before: new Set([0]), after: new Set([0]) });
  const option = ["resume", "ordered", "--add", "5", "--split-order", "informative"];
  expect((await belay(cwd, option, USERS)).code).toBe(0);
  expect((await orders(cwd)).slice(25).map(([first]) => first)).toEqual(Array(5).fill(3));
});

it.each([
  ["no pruner", ["--pruner", "none"], "default for none"],
  ["a pruner that compares first splits", ["--pruner", "halving"], "default for halving"],
])("has the given order with %s", async (_, options, source) => {
  const cwd = folder();
  write(cwd, { "study.ts": study() });
  expect((await launch(cwd, ...options)).code).toBe(0);
  expect(await setting(cwd)).toEqual({ value: "given", source });
});

it.each([
  [
    ["--pruner", "halving", "--split-order", "informative"],
    "--split-order: expected given, since halving compares trials at their first splits, got informative",
  ],
  [
    ["--split-order", "informativ"],
    '--split-order: expected one of informative, given, got "informativ"; did you mean informative?',
  ],
])("refuses %j in one line", async (options, line) => {
  const cwd = folder();
  write(cwd, { "study.ts": study() });
  const { code, stderr } = await launch(cwd, ...options);
  expect([code, stderr.trim().split("\n").at(-1)]).toEqual([2, expect.stringContaining(line)]);
});
