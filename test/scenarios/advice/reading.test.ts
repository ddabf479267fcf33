import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, folder, write } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";
import { commandIn, oddPlace, runIn, type } from "./follow.ts";

/** Commands that messages suggest about commands, databases and the machine. */

test("a mistyped command or option: the suggested one works", async () => {
  const cwd = folder();
  write(cwd, { "bowl.ts": studyText() });
  const launched = ["bowl.ts", "--trials", "1"];
  const command = await belay(cwd, ["lanch", ...launched]);
  const right = commandIn(command.stderr, /did you mean (\w+)\?/);
  const option = await belay(cwd, [right, "bowl.ts", "--trails", "1"]);
  const other = commandIn(option.stderr, /did you mean (--\w+)\?/);
  expect((await belay(cwd, [right, "bowl.ts", other, "1"])).code).toBe(0);
  const study = await belay(cwd, ["best", "bwol"]);
  const name = commandIn(study.stderr, /did you mean "(\w+)"\?/);
  expect((await belay(cwd, ["best", name])).code).toBe(0);
});

test.each([
  [["launch", "bowl.ts", "--frobnicate"], "--trials"],
  [["frobnicate"], "belay launch <study-file>"],
  [[], "belay launch <study-file>"],
  [["launch"], "Examples:"],
])("belay %j: the help that the message names has the answer", async (typed, shows) => {
  const cwd = folder();
  const { stderr, code } = await belay(cwd, typed);
  expect(code).toBe(2);
  const help = await type(cwd, commandIn(stderr, /`(belay [^`]*--help)`/));
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining(shows) });
});

test.each([
  ["one that is missing", () => {}],
  [
    "another program's",
    (file: string) => openDatabase(file).exec("CREATE TABLE recipes (name TEXT)").close(),
  ],
  [
    "one of a newer Belay",
    (file: string) => {
      const db = openDatabase(file);
      db.exec("CREATE TABLE future (x)");
      db.pragma("application_id = 23529");
      db.pragma("user_version = 999");
      db.close();
    },
  ],
])(
  "a file that is not a database of Belay (%s): the option that the message names selects another one",
  async (_, make) => {
    const place = oddPlace(studyText());
    await runIn(place, "launch", place.file, "--trials", "1");
    make(join(place.cwd, "belay.db"));
    const { stderr, code } = await belay(place.cwd, ["list"]);
    expect(code).toBe(1);
    const option = commandIn(stderr, /name (?:another|a file|another file) with (--db)\n/);
    expect((await belay(place.cwd, ["list", option, place.db])).stdout).toContain("bowl");
  },
);

test("doctor about a missing folder: the option that it names selects one that exists", async () => {
  const place = oddPlace(studyText());
  const { stdout, code } = await belay(place.cwd, ["doctor", "--db", "nowhere/results.db"]);
  expect(code).toBe(1);
  const option = commandIn(stdout, /-> name a folder that exists with (--db)\n/);
  expect((await belay(place.cwd, ["doctor", option, place.db])).code).toBe(0);
});

test("doctor about a nearly full disk: after files are deleted it prints no such line", async (context) => {
  const cwd = folder();
  const disk = join(cwd, "disk");
  mkdirSync(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1010m", "tmpfs", disk]);
  if (mounted.status !== 0) {
    process.stderr.write("\nNOT TESTED: a disk that is nearly full. This process may not mount one.\n");
    return context.skip("mounting is not allowed here");
  }
  onTestFinished(() => void spawnSync("umount", ["-l", disk]));
  writeFileSync(join(disk, "ballast"), Buffer.alloc(64 * 2 ** 20, 1));
  const db = ["--db", join(disk, "belay.db")];
  expect((await belay(cwd, ["doctor", ...db])).stdout).toContain("-> free some space");
  rmSync(join(disk, "ballast"));
  expect((await belay(cwd, ["doctor", ...db])).stdout).not.toContain("free some space");
});

test("doctor and the budget name --workers auto: a launch accepts it", async () => {
  const place = oddPlace(studyText());
  const said = await runIn(place, "doctor");
  const budget = await runIn(place, "doctor", "--budget", place.file);
  for (const { stdout } of [said, budget]) {
    const option = commandIn(stdout, /(--workers auto)/).split(" ");
    const launched = await runIn(
      place,
      "launch",
      place.file,
      "--trials",
      "2",
      ...option,
      "--name",
      `n${stdout.length}`,
    );
    expect(launched.stderr).toMatch(/up to \d+ workers? \(auto\)/);
    expect(launched.code).toBe(0);
  }
});

test("a package that does not load: the command that doctor prints shows the whole error", async () => {
  const cwd = folder();
  write(cwd, {
    "node_modules/@tensorflow/tfjs-node/package.json":
      '{"name":"@tensorflow/tfjs-node","version":"4.22.0","main":"index.js"}',
    "node_modules/@tensorflow/tfjs-node/index.js": 'throw new Error("the flux capacitor is missing");',
  });
  const { stdout } = await belay(cwd, ["doctor"]);
  const command = commandIn(stdout, /try `(node -e [^`]+)` to see the whole error/);
  const seen = spawnSync("/bin/sh", ["-c", command], { cwd, encoding: "utf8" });
  expect(seen.stderr).toMatch(/the flux capacitor is missing\n\s+at /);
});

test("a database on a network file system: the named option and the named backup work", async () => {
  const place = oddPlace(studyText());
  write(place.cwd, {
    "shared.cjs":
      'const fs = require("node:fs"); fs.statfsSync = () => ({ type: 26985 }); require("node:module").syncBuiltinESMExports();',
  });
  const env = { NODE_OPTIONS: `--require ${join(place.cwd, "shared.cjs")}` };
  const { stderr } = await belay(place.cwd, ["launch", place.file, "--trials", "1"], env);
  const option = commandIn(stderr, /take a local disk with (--db)/);
  const [, backup] = commandIn(stderr, /copy with `(belay backup)`/).split(" ");
  expect((await belay(place.cwd, [backup!, "copy.db"])).code).toBe(0);
  const local = await belay(place.cwd, ["launch", place.file, "--trials", "1", option, place.db]);
  expect(local.stderr).not.toContain("network");
  expect((await belay(place.cwd, ["best", "bowl", option, "copy.db"])).code).toBe(0);
});

test("a summary: every command that its lines name works, and the one that it proposes does what it says", async () => {
  const place = oddPlace(`import { defineStudy, float } from "belay";
export default defineStudy({
  name: "slow",
  direction: "minimize",
  space: { x: float(0, 1) },
  defaults: { x: 0.5 },
  splits: () => [{ train: [0], validation: [1] }, { train: [1], validation: [0] }],
  train: async ({ params, trial }) => {
    if (trial.number > 1) await new Promise((resolve) => setTimeout(resolve, 700));
    return params.x;
  },
});
`);
  const limits = ["--split-timeout", "500ms", "--breaker", "off"];
  await runIn(place, "launch", place.file, "--trials", "3", ...limits);
  const all = await runIn(place, "summary", "--json");
  expect(JSON.parse(all.stdout)).toMatchObject([{ study: "slow", state: { finished: 3 }, lost: 1 }]);
  const { stdout } = await runIn(place, "summary");
  const one = await runIn(place, "summary", "slow", "--json");
  const { lines } = JSON.parse(one.stdout) as { lines: { topic: string; command: string }[] };
  const typed: string[] = [];
  for (const { command } of lines) {
    expect(stdout).toContain(`\`${command}\``);
    typed.push(`${(await type(place.cwd, command)).code} ${command.split(" ")[1]}`);
  }
  expect(typed).toEqual(["0 show", "0 show", "0 show", "0 kills", "0 memory", "0 resume"]);
  const { state } = JSON.parse((await runIn(place, "summary", "slow", "--json")).stdout);
  expect(state).toMatchObject({ state: "finished", finished: 4, target: 4 });
});
