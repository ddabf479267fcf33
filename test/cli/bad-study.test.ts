import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { belay, folder, processesIn, until, write } from "../support/belay.ts";
import { expectRefusal, studyText } from "../support/refused.ts";

/** Wrong study files: each is refused with one line, before any row of the study exists. */

type Row = readonly [what: string, text: string, code: 1 | 2, ...says: string[]];

function refusals(table: readonly Row[]): void {
  for (const [what, text, code, ...says] of table) {
    test(what, async () => {
      const cwd = folder();
      write(cwd, { "study.ts": text });
      const args = ["launch", "study.ts", "--setup-timeout", "10s"];
      await expectRefusal(cwd, args, { code, says: ["study.ts:", ...says] });
    });
  }
}

/** The text of a study with this space. */
const space = (declared: string): string => studyText(`space: ${declared},`);

describe("the file", () => {
  test("that does not exist", async () => {
    const says = ["study file: expected a TypeScript or JavaScript file", '"none.ts", which does not exist'];
    await expectRefusal(folder(), ["launch", "none.ts"], { code: 2, says });
  });

  test("that is a folder", async () => {
    const cwd = folder();
    mkdirSync(join(cwd, "studies"));
    const says = ["study file: expected a TypeScript or JavaScript file", '"studies", which is no file'];
    await expectRefusal(cwd, ["launch", "studies"], { code: 2, says });
  });

  test("that is not JavaScript", async () => {
    const cwd = folder();
    write(cwd, { "notes.txt": "x" });
    const says = [
      "expected a study file (.ts, .mts, .cts, .js, .mjs, .cjs, .yaml, .yml, .json)",
      'got "notes.txt"',
    ];
    await expectRefusal(cwd, ["launch", "notes.txt"], { code: 2, says });
  });

  refusals([
    ["that does not compile", "export default {\n  name: ;\n", 2, "study.ts:2:9:", 'Unexpected ";"'],
    ["that is empty", "", 2, "default export: expected a study", "got none"],
    ["without a default export", "export const study = 1;", 2, "default export: expected a study", "none"],
    ["that exports a function", "export default () => 1;", 2, "default export: expected a study made by"],
    ["with a package missing", 'import x from "not-there"; export default x;', 2, ":1:", '"not-there"'],
    ["with a file missing", 'import x from "./not.ts"; export default x;', 2, ":1:", '"./not.ts"'],
    ["with a name that belay lacks", 'import { x } from "belay"; export default x;', 2, "named 'x'"],
  ]);
});

describe("at import", () => {
  refusals([
    [
      "it throws",
      'throw new Error("no such\\nluck");',
      2,
      "expected the file to load, got Error: no such luck",
    ],
    ["it throws null", "throw null;", 2, "expected the file to load, got null"],
    ["it loops for ever", "for (;;);", 2, "expected the file to load within 10 s, and it did not"],
    ["it never settles", "await new Promise(() => {});", 2, "expected the file to load within 10 s"],
    ["it calls process.exit", "process.exit(0);", 2, "expected the worker to become ready", "exit code 0"],
    ["it kills its process", 'process.kill(process.pid, "SIGSEGV"); for (;;);', 1, "signal SIGSEGV"],
  ]);
});

describe("data and splits", () => {
  refusals([
    ["data throws", studyText('data() { throw new Error("no file"); },'), 1, "data: threw Error: no file"],
    ["data throws null", studyText("data() { throw null; },"), 1, "data: threw null"],
    ["data never settles", studyText("data: () => new Promise(() => {}),"), 1, "`data` to end within 10 s"],
    ["data loops for ever", studyText("data() { for (;;); },"), 1, "expected `data` to end within 10 s"],
    [
      "data calls process.exit",
      studyText("data() { process.exit(0); },"),
      1,
      "data: expected",
      "exit code 0",
    ],
    [
      "splits throws",
      studyText('splits() { throw new Error("no rows"); },'),
      1,
      "splits: threw Error: no rows",
    ],
    ["splits are none", studyText("splits: () => [],"), 2, "splits: expected at least one split, got none"],
    ["splits are a number", studyText("splits: () => 7,"), 2, "splits: expected an array of", "got 7"],
  ]);
});

describe("fields", () => {
  refusals([
    ["unknown", studyText("splts: () => [],"), 2, "splts: expected one of name", 'did you mean "splits"?'],
    ["unknown limit", studyText('limits: { memry: "1GB" },'), 2, "limits.memry", 'did you mean "memory"?'],
    ["no train", studyText("train: undefined,"), 2, "train: expected a function, got nothing"],
    [
      "direction",
      studyText('direction: "minimise",'),
      2,
      'expected "minimize" or "maximize", got "minimise"',
    ],
    ["name", studyText('name: "--help",'), 2, "name: expected 1 to 64 letters", 'got "--help"'],
    ["name", studyText('space: { ".x": float(0, 1) },'), 2, "space: expected a name of 1 to 64", 'got ".x"'],
    ["name", studyText('name: "a b",'), 2, "name: expected 1 to 64 letters", 'got "a b"'],
    ["limits", studyText('limits: { memory: "lots" },'), 2, "limits.memory: expected a size", 'got "lots"'],
    ["backend", studyText('backend: "gpuu",'), 2, "backend: expected", 'got "gpuu"', 'did you mean "gpu"?'],
    ["sampler", studyText('sampler: "tpee",'), 2, "sampler: expected one of", "did you mean tpe?"],
    ["pruner", studyText('pruner: "medium",'), 2, "pruner: expected one of", "did you mean median?"],
  ]);
});

describe("space", () => {
  refusals([
    ["empty", space("{}"), 2, "space: expected at least one param, got none"],
    ["low > high", space("{ x: float(2, 1) }"), 2, "space.x: expected low <= high, got low 2 and high 1"],
    ["log from 0", space("{ x: float(0, 1, { log: true }) }"), 2, "log: expected low > 0, got low 0"],
    ["step that does not fit", space("{ x: float(0, 1, { step: 0.3 }) }"), 2, "step: expected", "got 0.3"],
    ["step that is too large", space("{ x: int(0, 10, { step: 20 }) }"), 2, "step: expected", "got 20"],
    ["no choices", space("{ x: categorical([]) }"), 2, "space.x:", "expected"],
    ["a number", space("{ x: 3 }"), 2, "space.x:", "expected", "got 3"],
    [
      "unknown when",
      space('{ kind: categorical(["a", "b"]), x: float(0, 1).when("knid", "a") }'),
      2,
      "space.x: when: expected the name of a param",
      'did you mean "kind"?',
      'got "knid"',
    ],
    [
      "when of no choice",
      space('{ kind: categorical(["a", "b"]), x: float(0, 1).when("kind", "c") }'),
      2,
      "space.x: when: expected a value of kind (a | b)",
      'got "c"',
    ],
    [
      "cyclic when",
      space('{ a: categorical([1, 2]).when("b", 1), b: categorical([1, 2]).when("a", 1) }'),
      2,
      "space.a: when: expected no cycle, got a -> b -> a",
    ],
  ]);
});

describe("any refusal", () => {
  test("writes the stack trace to the log at level debug only", async () => {
    const cwd = folder();
    write(cwd, { "study.ts": studyText('\n  data() {\n    throw new Error("no file");\n  },') });
    await belay(cwd, ["launch", "study.ts"]);
    expect(readFileSync(join(cwd, "belay.log"), "utf8")).not.toContain('"stack"');
    await belay(cwd, ["launch", "study.ts", "--log-level", "debug"]);
    const line = /^.*"stack".*$/m.exec(readFileSync(join(cwd, "belay.log"), "utf8"))?.[0];
    const { err, msg } = JSON.parse(line ?? "{}") as { err: { stack: string }; msg: string };
    expect(err.stack).toMatch(/Error: no file\n +at .*data.*study\.ts:10/);
    expect(msg).toBe("study.ts: data: threw Error: no file");
  });

  test("of a file that loops for ever leaves no process and no temporary folder behind", async () => {
    const cwd = folder();
    write(cwd, { "study.ts": studyText('name: "spinner-of-tests", data() { for (;;); },') });
    const temporary = folder();
    const args = ["launch", "study.ts", "--setup-timeout", "5s"];
    await expectRefusal(cwd, args, { code: 1, says: ["within 5 s"], env: { TMPDIR: temporary } });
    await until("its host to be gone", () => processesIn(cwd).length === 0, 2_000);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("leaves stdout empty with --json", async () => {
    const cwd = folder();
    write(cwd, { "study.ts": studyText("train: undefined,") });
    await expectRefusal(cwd, ["launch", "study.ts", "--json"], { code: 2, says: ["train:"] });
  });
});
