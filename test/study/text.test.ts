import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { belay, folder, trials, write } from "../support/belay.ts";
import { fits } from "./json-schema.ts";

/** Studies in YAML and JSON. */

const SCHEMA: unknown = JSON.parse(
  readFileSync(new URL("../../src/study/templates/study.schema.json", import.meta.url), "utf8"),
);
const DOCS = readFileSync(new URL("../../docs/command-studies.md", import.meta.url), "utf8");

const FOREST = `name: forest
direction: maximize
space:
  trees: { int: [10, 500], log: true }
  kind: { categorical: [gbdt, dart] }
  drop: { float: [0, 0.5], step: 0.1, when: { kind: [dart] } }
defaults: { trees: 100, kind: dart, drop: 0.2 }
splits: 2
trials: 2
aggregate: worst
limits: { splitTimeout: 1m, memory: 1GiB }
command:
  - echo
  - "{params.trees}"
`;

it("runs, with the defaults first, placeholders filled and inactive params left out", async () => {
  const cwd = folder();
  const args = `["--kind={params.kind}", "--drop={params.drop}", ["-d", "{params.drop}"], "{split} of {splits}", "{{seed}}"]`;
  const program = `process.stdout.write(JSON.stringify(process.argv.slice(1)) + "\\n" + process.argv.length)`;
  const command = `command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(program)}, --, ${args.slice(1)}`;
  write(cwd, { "forest.yaml": FOREST.replace(/command:[\s\S]*/, command) });
  const options = ["--sampler", "random", "--enqueue", '{"kind":"gbdt"}'];
  const { code, stderr } = await belay(cwd, ["launch", "forest.yaml", ...options]);
  expect(code, stderr).toBe(0);
  const log = readFileSync(`${cwd}/belay.log`, "utf8").replaceAll('\\"', '"');
  expect(log).toContain('["--kind=dart","--drop=0.2","-d","0.2","1 of 2","{seed}"]');
  expect(log).toContain('["--kind=gbdt","0 of 2","{seed}"]');
  const found = await trials(cwd, "forest");
  expect(found[0]?.params).toEqual({ trees: 100, kind: "dart", drop: 0.2 });
  const resumed = await belay(cwd, ["resume", "forest", "--trials", "3"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(await trials(cwd, "forest")).toHaveLength(3);
});

it("runs as JSON, and a shell where one is asked for", async () => {
  const cwd = folder();
  const study = {
    name: "j",
    direction: "minimize",
    space: { "a-b": { float: [0, 1] } },
    shell: 'echo "$BELAY_PARAM_a_b" | cat',
  };
  write(cwd, { "j.json": JSON.stringify(study) });
  expect(fits(SCHEMA, study)).toBe(true);
  const { code, stderr } = await belay(cwd, ["launch", "j.json", "--trials", "1"]);
  expect(code, stderr).toBe(0);
  const [trial] = await trials(cwd, "j");
  expect(trial?.value).toBe(trial?.params["a-b"]);
});

/** Changes of the study above: what is replaced, by what, and the message. Those that the schema finds too come first. */
const WRONG: readonly (readonly [string, string, string])[] = [
  ["name: forest", "nam: forest", '1:6: nam: expected one of name, .*; did you mean "name"'],
  ["name: forest", "name: a b", "1:7: name: expected 1 to 64 letters"],
  ["direction: maximize", "direction: max", "2:12: direction: expected"],
  ["int: [10, 500]", "int: [10]", "4:17: space.trees.int: expected the least and the largest value"],
  ["int: [10, 500]", "integer: [1, 2]", "4:10: space.trees: expected one of float, int, categorical"],
  ["log: true", "logs: true", '4:34: space.trees.logs: .*did you mean "log"'],
  ["when: { kind: [dart] }", "when: kind", "6:45: space.drop.when: expected { parent: value }"],
  ["splits: 2", "splits: 0", "8:9: splits: expected a number of splits"],
  ["aggregate: worst", "aggregate: best", '10:12: aggregate: expected "mean", "median", "worst", got "best"'],
  ["limits: {", "limits: { hours: 1,", "11:18: limits.hours: expected one of"],
  ["command:\n  - echo", "command:\n  - { a: 1 }", "13:5: command.0: expected text"],
  ["command:", "shell: echo\ncommand:", "12:8: shell: expected either command or shell, got both"],
];
const WRONG_BEYOND_SCHEMA: typeof WRONG = [
  ["int: [10, 500]", "int: [500, 10]", "4:10: space.trees: expected low <= high"],
  ["memory: 1GiB", "memory: much", "11:37: limits.memory: expected a size"],
  ["{params.trees}", "{params.tree}", '14:5: command.1: .*did you mean "params.trees"'],
  ["kind: [dart]", "kind: [forest]", "6:9: space.drop: when: expected a value of kind"],
  ["trees: 100", "trees: 1000", "7:11: defaults: param trees: expected 10..500"],
  ["name: forest", "name: [", "2:1: expected YAML or JSON"],
];

describe("explains mistakes with the line and column", () => {
  it.each([...WRONG, ...WRONG_BEYOND_SCHEMA])("%s -> %s", async (from, to, message) => {
    const cwd = folder();
    expect(FOREST).toContain(from);
    write(cwd, { "forest.yaml": FOREST.replace(from, to) });
    const { code, stderr } = await belay(cwd, ["check", "forest.yaml"]);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(`^belay: forest\\.yaml:${message}`));
    expect(code).toBe(2);
  });
});

describe("the schema", () => {
  it("accepts what runs, and the examples of the docs", () => {
    const examples = [...DOCS.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
    expect(examples.length).toBeGreaterThan(0);
    for (const text of [FOREST, ...examples]) expect(fits(SCHEMA, parse(text)), text).toBe(true);
  });

  it.each(WRONG)("refuses %s -> %s", (from, to) => {
    expect(fits(SCHEMA, parse(FOREST.replace(from, to)))).toBe(false);
  });
});
