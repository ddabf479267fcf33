import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, type Finished, folder } from "../support/belay.ts";

/**
 * A study without a best trial: every command gives the same reason, and the commands that it suggests show details.
 */

function study(name: string, train: string): string {
  return `import { defineStudy, float } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: float(0, 1) },
  splits: () => [{ train: [0], validation: [1] }],
  train: ({ params }) => {
    ${train}
  },
});
`;
}

async function launched(name: string, train: string): Promise<{ cwd: string; run: Finished }> {
  const cwd = folder();
  writeFileSync(join(cwd, "s.ts"), study(name, train));
  const xs = [0, 0.5, 1].flatMap((x) => ["--enqueue", JSON.stringify({ x })]);
  const run = await belay(cwd, [
    "launch",
    "s.ts",
    "--trials",
    "3",
    "--seed",
    "1",
    "--db",
    "results.db",
    ...xs,
  ]);
  return { cwd, run };
}

/** The commands quoted in a text, split into words. */
function commandsIn(text: string): string[][] {
  return [...text.matchAll(/`belay ([^`]+)`/g)].map(([, words]) => words!.split(" "));
}

test("failed trials: prints the commonest error with its place, and a command that shows it", async () => {
  const { cwd, run } = await launched(
    "w",
    'if (params.x === 0) throw new TypeError("odd");\n    throw new Error("no such layer");',
  );
  expect(run.code).toBe(1);
  const why = /2 of 3 failed: error: Error: no such layer \(s\.ts:9:\d+\) during split 0; /;
  expect(run.stdout).toMatch(/^w: finished after .*: 3 fail\nno trial is complete: /);
  expect(run.stdout).toMatch(why);
  expect(run.stderr).toMatch(/^trial 0 failed: error: TypeError: odd \(s\.ts:8:\d+\) during split 0/m);
  const [command] = commandsIn(run.stdout);
  expect(command).toEqual(["show", "w", "1", "--db", "results.db"]);
  const { stdout } = await belay(cwd, command!);
  expect(stdout).toContain("Error: no such layer\n");
  expect(stdout).toMatch(/at .*s\.ts:9:\d+/);
  const best = await belay(cwd, ["best", "w", "--db", "results.db"]);
  expect(best.stderr).toMatch(/^belay: best: study w has no complete trial: 2 of 3 failed/);
  expect(best.stderr).toMatch(why);
});

test("infeasible trials: says that they are complete but infeasible, and by how much", async () => {
  const { cwd, run } = await launched(
    "inf",
    "return { values: params.x, constraints: [1 + 2 * params.x, -3] };",
  );
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(
    /^inf: finished after .*: 3 complete\nno trial is feasible: all 3 complete trials break their constraints; /,
  );
  expect(run.stderr).toMatch(/^trial 0 complete: \S+ \(breaks its constraints\)/m);
  const [command] = commandsIn(run.stdout);
  const { stdout } = await belay(cwd, command!);
  expect(
    stdout.split("\n").map((line) => line.replace(/ +/g, " ").trim().split(" ").toSpliced(1, 1)),
  ).toEqual([
    ["number", "violation", "constraints"],
    ["0", "1", "[1,-3]"],
    ["1", "2", "[2,-3]"],
    ["2", "3", "[3,-3]"],
    [""],
  ]);
  const on = ["--db", "results.db"];
  const best = await belay(cwd, ["best", "inf", ...on]);
  expect(best.stderr).toMatch(/^belay: best: study inf has no feasible trial: all 3 complete/);
  expect((await belay(cwd, ["show", "inf", "0", ...on])).stdout).toContain(
    "\nconstraints 1, -3: infeasible, violation 1\n",
  );
  expect((await belay(cwd, ["show", "inf", ...on])).stdout).toContain(
    "best: none, all 3 complete break their",
  );
  expect((await belay(cwd, ["list", ...on])).stdout).toContain("none feasible");
  expect((await belay(cwd, ["query", "inf", ...on])).stdout).toMatch(
    /^number +state +reason +value +feasible /,
  );
});

test("best has the same exit code with and without --json", async () => {
  const { cwd } = await launched("w", 'throw new Error("always");');
  const on = ["--db", "results.db"];
  const [plain, json] = await Promise.all([
    belay(cwd, ["best", "w", ...on]),
    belay(cwd, ["best", "w", "--json", ...on]),
  ]);
  expect([plain.code, plain.stdout]).toEqual([1, ""]);
  expect([json.code, JSON.parse(json.stdout)]).toEqual([1, { best: null }]);
  expect(json.stderr).toBe(plain.stderr);
});
