import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { script } from "../../support/scripts.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

function bench(name: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [...script(`bench/${name}`), ...args], { encoding: "utf8" });
}

interface Comparison {
  readonly compared: readonly {
    readonly case: string;
    readonly figure: string;
    readonly base: readonly number[];
    readonly head: readonly number[];
    readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
  }[];
}

test("a build can be compared with itself, in pairs, as JSON", () => {
  const options = ["--base", ROOT, "--cases", "list,launch", "--pairs", "1", "--trials", "20", "--json"];
  const { stdout, stderr } = bench("compare", ...options);
  expect(stderr).toBe("");
  const { compared } = JSON.parse(stdout) as Comparison;
  expect(compared.map((one) => [one.case, one.figure, one.base.length, one.head.length])).toEqual([
    ["list", "CPU ms", 4, 4],
    ["list", "wall ms", 4, 4],
    ["launch", "CPU ms", 2, 2],
    ["launch", "wall ms", 2, 2],
  ]);
  for (const { base, head, ratio } of compared) {
    const ratios = head.map((value, i) => value / base[i]!);
    expect(Math.min(...base, ...head)).toBeGreaterThan(0);
    expect([ratio.low, ratio.high]).toEqual([Math.min(...ratios), Math.max(...ratios)]);
    expect(ratio.median).toBeGreaterThanOrEqual(ratio.low);
  }
});

test.each([
  ["compare", [], "bench:compare: --base: expected the folder of a checkout, got none\n"],
  [
    "compare",
    ["--base", "/"],
    'bench:compare: --base: expected a checkout with a build (npm run build), got "/"\n',
  ],
  ["ask", ["--params", "5,x"], 'bench:ask: --params: expected a whole number of 0 or more, got "x"\n'],
  [
    "lag",
    ["--samplers", "pte"],
    'bench:lag: --samplers: expected some of random, grid, qmc, tpe, cmaes, gp, nsga2, nsga3, auto, got "pte"\n',
  ],
  ["overhead", ["--run", "5"], "bench:overhead: Unknown option '--run'; expected one of --runs, --json\n"],
  [
    "schedule",
    ["reel"],
    'bench:schedule: parts: expected some of pinball, simulated, machines, overhead, real, got "reel"\n',
  ],
])("bench:%s %j is refused with one line", (name, args, line) => {
  const { stderr, stdout, status } = bench(name, ...args);
  expect({ stderr, stdout, status }).toEqual({ stderr: line, stdout: "", status: 2 });
});
