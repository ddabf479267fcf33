import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { SECOND_FRONTS, SECOND_SCALAR } from "../../../scripts/bench/problems/second.ts";
import { meanRanks, tally } from "../../../scripts/bench/quality/ranks.ts";
import type { Results } from "../../../scripts/bench/quality/report.ts";
import { script } from "../../support/scripts.ts";

const PEER = fileURLToPath(new URL("fixed-peer.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "belay-quality-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the benchmark with a peer that always proposes the same. */
function bench(proposals: object, ...args: readonly string[]) {
  const peer = ["--python", process.execPath, "--peer", PEER];
  return spawnSync(process.execPath, [...script("bench/quality"), ...peer, ...args], {
    encoding: "utf8",
    env: { ...process.env, PROPOSALS: JSON.stringify(proposals) },
  });
}

const resultsOf = (stdout: string): Results[] => JSON.parse(stdout);
const studies = ["--samplers", "random", "--seeds", "2", "--trials", "4,9", "--json"];

describe("the benchmark of samplers", () => {
  test("plays a problem of either set with Belay's samplers and the peer's, and both know its optimum", () => {
    const best = SECOND_SCALAR["kills-total"]!.best!;
    const killed = { ...best, x0: 1, x1: 1 };
    const { stdout, stderr } = bench(
      { best, killed },
      ...studies,
      "--problems",
      "kills-total",
      "--against",
      "best,killed,absent",
    );
    expect(stderr).toBe(
      "bench:quality: absent of the peer is left out: a package that it needs is missing\n",
    );
    const [results] = resultsOf(stdout);
    expect(results).toMatchObject({
      samplers: ["random", "optuna best", "optuna killed"],
      own: 1,
      checkpoints: [4, 9],
    });
    const [random, right, dead] = results!.played[0]!.runs;
    expect(random).toHaveLength(2);
    for (const { regrets, killed: lost } of random!) {
      expect(regrets[0]).toBeGreaterThanOrEqual(regrets[1]!);
      expect(regrets[1]).toBeGreaterThan(0);
      expect(lost[0] + lost[1]).toBeLessThan(9);
    }
    // Every trial is told: with its value, or without one if it was killed.
    expect(right).toEqual([0, 1].map(() => ({ regrets: [0, 0], cpuMs: 9, killed: [0, 0] })));
    expect(dead).toEqual([0, 1].map(() => ({ regrets: [null, null], cpuMs: 0, killed: [5, 4] })));
  });

  test("measures several objectives by what is missing in the hypervolume", () => {
    const point = { ...SECOND_FRONTS.dtlz2!.front()[0]! };
    const { stdout } = bench({ point }, ...studies, "--problems", "dtlz2", "--against", "point");
    const [, theirs] = resultsOf(stdout)[0]!.played[0]!.runs;
    // One end of the front, (1, 0, 0), dominates half of the box up to the reference (2, 2, 2).
    for (const { regrets } of theirs!) expect(regrets[1]).toBeCloseTo(8 - Math.PI / 6 - 4, 9);
  });

  test("selects the problems that kill, and refuses what it does not know", () => {
    const kills = bench({}, "--set", "second", "--kills", "--against", "absent", ...studies);
    expect(resultsOf(kills.stdout)[0]!.played.map(({ problem }) => problem)).toEqual([
      "kills-product",
      "kills-total",
      "kills-precision",
      "quarter-fails",
    ]);
    const refused = (...args: string[]): string => bench({}, ...args).stderr;
    expect(refused("--set", "third")).toBe(
      'bench:quality: --set: expected some of first, second, both, got "third"\n',
    );
    expect(refused("--problems", "spheres")).toMatch(
      /^bench:quality: --problems: expected some of .*"spheres"\n$/,
    );
    expect(refused("--against", "absentt")).toBe(
      'bench:quality: --against: expected some of absent, got "absentt"\n',
    );
    expect(refused("--samplers", "tpee")).toMatch(/^bench:quality: --samplers: expected one of .*\n$/);
  });

  test("reports what several trials at a time cost, and keeps the peer's studies in a file", () => {
    const file = join(folder, "peer.ndjson");
    const args = [
      "--samplers",
      "random",
      "--seeds",
      "2",
      "--trials",
      "10",
      "--parallel",
      "3",
      "--cache",
      file,
    ];
    const best = SECOND_SCALAR.chain!.best!;
    const first = bench({ best }, ...args, "--problems", "chain", "--against", "best");
    expect(first.stderr).toBe("");
    expect(first.stdout).toContain("The second set, 3 trials at a time: loss beside one trial at a time");
    // Random search loses nothing, because it does not look at values.
    expect(first.stdout).toMatch(/\| chain +\| +0\.0000 \| +0\.0000 \|/);
    expect(readFileSync(file, "utf8").split("\n").filter(Boolean)).toHaveLength(4);
    // With other proposals the result would be another, if the peer were asked again.
    const again = bench(
      { best: { ...best, c0: "none" } },
      ...args,
      "--problems",
      "chain",
      "--against",
      "best",
      "--json",
    );
    expect(
      resultsOf(again.stdout).map(({ played }) => played[0]!.runs[1]!.map(({ regrets }) => regrets)),
    ).toEqual([
      [[0], [0]],
      [[0], [0]],
    ]);
  });
});

describe("mean ranks", () => {
  test("are exact where one sampler always wins and the others always tie", () => {
    const cube = [1, 2, 3].map((problem) =>
      [1, 2].map((seed) => [problem, 9 * seed + problem, 9 * seed + problem]),
    );
    const [first, second, third] = meanRanks(cube);
    expect(first).toEqual({ rank: { mean: 1, low: 1, high: 1 }, behind: { mean: 0, low: 0, high: 0 } });
    expect(second).toEqual({
      rank: { mean: 2.5, low: 2.5, high: 2.5 },
      behind: { mean: 1.5, low: 1.5, high: 1.5 },
    });
    expect(third).toEqual(second);
  });

  test("have intervals that tell how sure the order is", () => {
    // The first wins on 24 of 30 problems, whatever the seed; the standard error of its mean rank is 0.073.
    const cube = Array.from({ length: 30 }, (_, p) =>
      Array.from({ length: 10 }, () => (p % 5 > 0 ? [0, 1] : [1, 0])),
    );
    const [first, second] = meanRanks(cube);
    expect(first!.rank.mean).toBeCloseTo(1.2, 12);
    expect(first!.rank.low).toBeGreaterThan(1.2 - 0.17);
    expect(first!.rank.low).toBeLessThan(1.2 - 0.1);
    expect(second!.behind.mean).toBeCloseTo(0.6, 12);
    expect(second!.behind.low).toBeGreaterThan(0.2);
    expect(second!.behind.high).toBeLessThan(1);
  });
});

test("wins and losses are counted by problem, and a level median counts", () => {
  const seeds = Array.from({ length: 10 }, (_, seed) => seed);
  const cube = [
    seeds.map((s) => [s, s + 1 + s / 100]),
    seeds.map((s) => [s + 1 + s / 100, s]),
    seeds.map((s) => [s, s]),
  ];
  expect(tally(cube, 0, 1)).toEqual({ better: [0], worse: [1], level: 2 });
});
