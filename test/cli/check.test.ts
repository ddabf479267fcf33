import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import type { CheckReport } from "../../src/launch/check/report.ts";
import { belay, folder, processesIn, write } from "../support/belay.ts";

const study = (fields: string): string => `
  import { categorical, defineStudy, float, int } from "belay";
  export default defineStudy({
    name: "x",
    direction: "maximize",
    space: { rate: float(0.01, 1, { log: true }), kind: categorical(["a", "b"]), depth: int(1, 3).when("kind", "b") },
    train: ({ params }) => params.rate,
    ${fields}
  });`;

async function check(fields: string, ...options: string[]) {
  const cwd = folder();
  write(cwd, { "x.mjs": study(fields) });
  const { code, stdout, stderr } = await belay(cwd, ["check", "x.mjs", "--json", ...options]);
  expect(readdirSync(cwd)).toEqual(["x.mjs"]);
  expect(processesIn(cwd)).toEqual([]);
  return { code, stderr, report: (stdout ? JSON.parse(stdout) : null) as CheckReport };
}

const LABELLED = `data: () => ({ labels: ["p", "q", "p", "q", "p", "q", "p", "p"] }),`;

it("reports the space, the splits, the result of one split, and an estimate for the run", async () => {
  const { code, report } = await check(
    `${LABELLED}
     splits: () => [{ train: [0, 1, 2, 3], validation: [4, 5] }, { train: [2, 3, 4, 5], validation: [0, 1] }],
     train: async ({ params, splitIndex, report }) => {
       if (splitIndex > 0) throw new Error("one split is enough");
       await report(0, 1);
       const end = performance.now() + 200;
       while (performance.now() < end);
       return params.rate;
     },`,
    ...["--trials", "30", "--workers", "3"],
  );
  expect(code).toBe(0);
  expect(report).toMatchObject({
    ok: true,
    problems: [],
    space: {
      points: null,
      params: [{ name: "rate" }, { name: "kind" }, { name: "depth", when: ["kind = b"] }],
    },
    splitCount: 2,
    splits: {
      rows: 8,
      unused: 2,
      splits: [
        { train: 4, validation: 2, test: 0, shared: [] },
        { train: 4, validation: 2, test: 0, shared: [] },
      ],
      classes: {
        from: "data.labels",
        shares: [
          ["p", 0.625],
          ["q", 0.375],
        ],
        largestDeviation: 0.125,
      },
    },
    drySplit: { params: { rate: 0.1, kind: "a" }, values: [0.1] },
    estimate: { trials: 30, workers: 3 },
  });
  const { drySplit, estimate, setup } = report;
  expect(drySplit.durationMs).toBeGreaterThanOrEqual(200);
  expect(Math.abs(estimate!.trialMs - 2 * drySplit.durationMs!)).toBeLessThanOrEqual(2);
  expect(estimate!.totalMs).toBe(setup.durationMs + 10 * estimate!.trialMs);
  expect(estimate!.memoryBytes).toBe(3 * drySplit.peakBytes!);
  expect(drySplit.peakBytes).toBeGreaterThan(30e6);
});

it.each<[string, string, RegExp]>([
  [
    "rows on both sides",
    "splits: () => [{ train: [0, 1, 2], validation: [2, 1, 5] }],",
    /^splits\[0\]: expected every row once, got 2 rows both in train and in validation \(such as row 2\)$/,
  ],
  [
    "test rows that train",
    "splits: () => [{ train: [0, 1, 2], validation: [5], test: [0] }],",
    /got 1 row both in train and in test \(such as row 0\)$/,
  ],
  [
    "rows named twice",
    "splits: () => [{ train: [0, 1, 0], validation: [5] }],",
    /got 1 row twice in train \(such as row 0\)$/,
  ],
  [
    "rows that the data does not have",
    "data: () => Float32Array.of(1, 2, 3), splits: () => [{ train: [0, 1], validation: [3] }],",
    /^splits: expected row numbers below 3, as data has rows, got 3$/,
  ],
  [
    "an objective that throws",
    'train: () => { throw new Error("no such layer"); },',
    /^a trial in its first split failed: error: Error: no such layer \(x\.mjs:\d+:\d+\) during split 0$/,
  ],
  [
    "an objective that returns nothing",
    "train: () => {},",
    /expected a number, got undefined during split 0$/,
  ],
  ["a value that is no number", "train: () => NaN,", /pruned: not finite: NaN during split 0$/],
  [
    "a split that takes too long",
    'limits: { splitTimeout: "300ms" }, train: () => { for (;;); },',
    /^a trial in its first split pruned: split timeout: 0\.\d s > 0\.3 s/,
  ],
  [
    "an aggregate that throws",
    'aggregate: () => { throw new Error("no aggregate"); },',
    /^a trial failed: error: Error: no aggregate \(x\.mjs:\d+:\d+\) during aggregate$/,
  ],
])("finds %s", async (_, fields, problem) => {
  const { code, report } = await check(fields);
  expect(report.problems).toEqual([expect.stringMatching(problem)]);
  expect([code, report.ok]).toEqual([1, false]);
});

it("warns of a class that is never trained on, and of a space with few points", async () => {
  const { code, report } = await check(
    `${LABELLED} space: { depth: int(1, 4) }, train: ({ params }) => params.depth,
     splits: () => [{ train: [0, 2], validation: [1, 4] }],`,
  );
  expect(code).toBe(0);
  expect(report.space.points).toBe(4);
  expect(report.estimate!.trials).toBe(4);
  expect(report.notes).toEqual([
    "splits[0]: class q is in validation, and no row of it is in train",
    expect.stringMatching(/^the space has 4 different params, fewer than the 100 trials/),
  ]);
});

it("trains with the params of --params", async () => {
  const { report } = await check("", "--params", '{"kind":"b","rate":0.5}');
  expect(report.drySplit).toMatchObject({ params: { rate: 0.5, kind: "b", depth: 2 }, values: [0.5] });
  const wrong = await check("", "--params", '{"kind":"a","depth":2}');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("--params: expected params that exist together, got depth");
});

it("trains with the study's defaults, and leaves out those that are inactive", async () => {
  const { report } = await check('defaults: { kind: "b", rate: 0.25 },');
  expect(report.drySplit).toMatchObject({ params: { kind: "b", rate: 0.25, depth: 2 }, values: [0.25] });
  const other = await check('defaults: { kind: "a", depth: 3 },');
  expect(other.report.drySplit!.params).toEqual({ kind: "a", rate: expect.any(Number) });
});

it("refuses an unreadable study with the line that launch prints, and leaves no process", async () => {
  const { code, stderr } = await check("limit: {},");
  expect(code).toBe(2);
  expect(stderr.trim()).toMatch(
    /^belay: x\.mjs: limit: expected one of .*, got an unknown field; did you mean "limits"\?$/,
  );
});

it("prints text for people without --json", async () => {
  const cwd = folder();
  write(cwd, { "x.mjs": study("splits: () => [{ train: [0], validation: [0] }],") });
  const { code, stdout } = await belay(cwd, ["check", "x.mjs"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^x: maximize\n\nspace: 3 params, continuous\n {2}rate {3}0\.01\.\.1 \(log\)\n/);
  expect(stdout).toContain("classes: none found");
  expect(stdout).toMatch(
    /study: 100 trials on \d+ workers? take about .* and 0\.\d\d GB, if every split costs as much/,
  );
  expect(stdout.trim().split("\n").at(-1)).toMatch(/^problem: splits\[0\]: expected every row once/);
});

const KINDS = `space: { kind: categorical(["a", "b", "c"]), n: int(1, 1000), m: int(1, 2000).when("kind", ["a", "b"]), k: int(1, 1000).when("kind", "a") },`;

it("counts the points of a large discrete space, and calls a space continuous only if it has floats", async () => {
  const { report } = await check(`${KINDS} train: () => 1,`);
  expect(report.space.points).toBe(1000 * (2000 * 1000 + 2000 + 1));
  const cwd = folder();
  write(cwd, { "x.mjs": study(`${KINDS} train: () => 1,`) });
  const { stdout } = await belay(cwd, ["check", "x.mjs"]);
  expect(stdout).toContain("space: 4 params, 2002001000 points\n");
});
