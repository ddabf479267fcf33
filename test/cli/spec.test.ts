import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { belay, rows, write } from "../support/belay.ts";
import { expectRefusal, studyText } from "../support/refused.ts";

/** Samplers and pruners with options: in a study file, on the command line, in the environment and in the database. */

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "belay-test-"));
  const importing = (text: string, names: string): string => text.replace(/import \{/, `import { ${names},`);
  write(cwd, {
    "plain.ts": studyText(""),
    "file.ts": importing(
      studyText("sampler: grid({ values: { x: [0.25, 0.5] } }), pruner: percentile({ q: 25 }),"),
      "grid, percentile",
    ),
    "wrong.ts": importing(studyText("sampler: tpe({ startupTrails: 20 } as never),"), "tpe"),
    "made.ts": studyText('sampler: { name: "tpee", options: {} } as never,'),
  });
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const launch = (file: string, name: string, trials: number, ...options: string[]) =>
  belay(cwd, ["launch", file, "--name", name, "--trials", `${trials}`, "--seed", "1", ...options]);

it("are recorded as they were given, and used by a resume", async () => {
  const options = ["--sampler", "tpe( startupTrials = 1 )", "--pruner", "percentile(q=25)"];
  const { code, stderr } = await launch("plain.ts", "typed", 1, ...options);
  expect(code, stderr).toBe(0);
  const select = "select sampler, pruner from studies where name = 'typed'";
  const row = { sampler: "tpe(startupTrials=1)", pruner: "percentile(q=25)" };
  expect(await rows(cwd, select)).toEqual([row]);
  const resumed = await belay(cwd, ["resume", "typed", "--add", "1"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(await rows(cwd, select)).toEqual([row]);
  const shown = await belay(cwd, ["show", "typed"]);
  expect(shown.stdout).toContain("tpe(startupTrials=1)");
});

it("are read from a study file, also a grid with the values it tries", async () => {
  const { code, stderr } = await launch("file.ts", "filed", 5);
  expect(code, stderr).toBe(0);
  const select = "select sampler, pruner from studies where name = 'filed'";
  expect(await rows(cwd, select)).toEqual([
    { sampler: 'grid(values={"x":[0.25,0.5]})', pruner: "percentile(q=25)" },
  ]);
  const of = "where study_id = (select id from studies where name = 'filed')";
  const tried = await rows<{ x: number }>(
    cwd,
    `select distinct params ->> 'x' as x from trials ${of} order by x`,
  );
  expect(tried).toEqual([{ x: 0.25 }, { x: 0.5 }]);
});

it("are recorded as a bare name without options", async () => {
  await launch("plain.ts", "bare", 1, "--sampler", "random()");
  expect(await rows(cwd, "select sampler, pruner from studies where name = 'bare'")).toEqual([
    { sampler: "random", pruner: "none" },
  ]);
});

it.each<[options: string[], ...says: string[]]>([
  [["--sampler", "tpe(startupTrails=2)"], "--sampler: tpe: expected the options", 'mean "startupTrials"?'],
  [
    ["--sampler", "tpe(startupTrials=0)"],
    "--sampler: tpe: startupTrials: expected a whole number above 0, got 0",
  ],
  [["--sampler", "tpe(startupTrials=2"], "--sampler: expected a name, or a name with options such as tpe("],
  [
    ["--pruner", "percentil(q=2)"],
    "--pruner: expected one of none, median, percentile",
    "did you mean percentile?",
  ],
])("%s is refused in one line", async (options, ...says) => {
  await expectRefusal(cwd, ["launch", "plain.ts", "--name", "new", ...options], { code: 2, says });
});

it.each([
  ["wrong.ts", "tpe: expected the options startupTrials, candidates", 'mean "startupTrials"?'],
  [
    "made.ts",
    "made.ts: sampler: expected one of random, grid, qmc, tpe, cmaes, gp, nsga2",
    "did you mean tpe?",
  ],
])("%s is refused in one line", async (file, ...says) => {
  await expectRefusal(cwd, ["launch", file, "--name", "new"], { code: 2, says });
});
