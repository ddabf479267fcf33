import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { belay, rows } from "../support/belay.ts";
import { expectRefusal, launchBowl } from "../support/refused.ts";

/** Mistakes on the command line: each is refused with one line that says what was expected and what was typed. */

const COMMANDS = [
  "new",
  "check",
  "launch",
  "resume",
  "set",
  "pause",
  "stop",
  "kill",
  "enqueue",
  "invalidate",
  "query",
  "sql",
  "export",
];
let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "belay-test-"));
  launchBowl(cwd);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** A command line as typed, and texts that the refusal must contain. */
type Row = readonly [typed: string, ...says: string[]];

const refusals = (table: readonly Row[]) =>
  test.each(table)("belay %s", async (typed, ...says) => {
    await expectRefusal(cwd, split(typed), { code: 2, says });
  });

/** Splits a command line into words; quotes hold a word together. */
function split(typed: string): string[] {
  return (typed.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
}

describe("commands and their arguments", () => {
  refusals([
    ["", "expected one, got none", "belay --help"],
    ["lunch bowl.ts", `expected one of ${COMMANDS.join(", ")}`, 'got "lunch"', "did you mean launch?"],
    ["frobnicate", 'got "frobnicate"', "belay --help"],
    ["launch", "launch: expected <study-file>, got none", "belay launch --help"],
    ["resume", "resume: expected <study>, got none"],
    ["query", "query: expected <study>, got none"],
    ["show", "show: expected <study>, got none"],
    ["best", "best: expected <study>, got none"],
    ["sql", "sql: expected <select>, got none"],
    ["launch bowl.ts more", "expected only <study-file> after the command", 'got "more" as well'],
    ["list more", "expected nothing after the command", 'got "more" as well'],
    ["completion basch", "shell: expected one of bash, zsh, fish", 'got "basch"', "did you mean bash?"],
    ["completion bash zsh", "expected only [shell] after the command", 'got "zsh" as well'],
  ]);
});

describe("options", () => {
  refusals([
    ["launch bowl.ts --trails 3", "got --trails", "did you mean --trials?"],
    ["query bowl --lmit 3", "got --lmit", "did you mean --limit?"],
    ["list --frobnicate", "got --frobnicate", "belay list --help"],
    ["list -x", "got -x"],
    ["launch bowl.ts --trials", "--trials: expected a value, got none"],
    ["launch bowl.ts --trials=", "--trials: expected a value, got none"],
    ["launch bowl.ts --no-trials", "--trials: expected --trials and a value, got --no-trials"],
    ["launch bowl.ts --enqueue", "--enqueue: expected a value, got none"],
    ["launch bowl.ts --trials 3 --trials 4", "--trials: expected it once, got it 2 times"],
    ["list --db", "--db: expected a value, got none"],
    ["list --db a.db --db b.db", "--db: expected it once, got it 2 times"],
    ["list --json=yes", '--json: expected no value, got "yes"'],
    ["resume bowl --trials 5 --add 2", "expected either --trials or --add, got both"],
  ]);
});

describe("values of options", () => {
  refusals([
    ["query bowl --plot x", "--plot: expected two columns, such as units,value", 'got "x"'],
    ["query bowl --plot x,valu", '--plot: expected a column, got "valu"', "did you mean value?"],
    ["query bowl --plot value,state", "--plot: expected numbers in the second column", 'got "state"'],
    ["query bowl --plot x,value --json", "got the format json", "--columns x,value has the numbers"],
    ["query bowl --plot x,value --group-by x", "expected no --group-by beside it, got both"],
    ["launch bowl.ts --trials 0", '--trials: expected a whole number of at least 1, got "0"'],
    ["launch bowl.ts --trials many", '--trials: expected a whole number of at least 1, got "many"'],
    [
      "launch bowl.ts --workers 2.5",
      "--workers: expected auto, low, medium, high or a whole number from 1 to 256",
      'got "2.5"',
    ],
    ["launch bowl.ts --seed -1", "--seed: expected a whole number of at least 0", 'got "-1"'],
    ["launch bowl.ts --target low", '--target: expected a number, got "low"'],
    ["launch bowl.ts --trial-timeout soon", "--trial-timeout: expected a duration such as", 'got "soon"'],
    ["launch bowl.ts --split-timeout 0s", "--split-timeout: expected a duration such as", 'got "0s"'],
    ["launch bowl.ts --setup-timeout 5x", "--setup-timeout: expected a duration", 'got "5x"'],
    ["launch bowl.ts --study-timeout -5m", "--study-timeout: expected a duration", 'got "-5m"'],
    ["launch bowl.ts --memory-limit 12PB", '--memory-limit: expected a size such as "12GB"', 'got "12PB"'],
    ["launch bowl.ts --memory-reserve some", "--memory-reserve: expected a size", 'got "some"'],
    ["launch bowl.ts --backend gpuu", "--backend: expected one of auto, gpu, node, wasm, cpu", 'got "gpuu"'],
    ["launch bowl.ts --isolation fork", "--isolation: expected one of process, thread", 'got "fork"'],
    ["launch bowl.ts --recycle often", "--recycle: expected clean, always or a number of trials"],
    ["launch bowl.ts --durability some", "--durability: expected one of full, normal", 'got "some"'],
    ["launch bowl.ts --sampler tpee", "--sampler: expected one of", 'got "tpee"', "did you mean tpe?"],
    ["launch bowl.ts --pruner mediann", "--pruner: expected one of", "did you mean median?"],
    ["launch bowl.ts --log-level loud", "--log-level: expected one of trace, debug", 'got "loud"'],
    ["launch bowl.ts --log no/such.log", "--log: expected a file that can be written", "no/such.log"],
    ["launch bowl.ts --name .hidden", "--name: expected 1 to 64 letters", 'got ".hidden"'],
    ["launch bowl.ts --name=-x", "--name: expected 1 to 64 letters", 'got "-x"'],
    ["new -- -x", "name: expected 1 to 64 letters", 'got "-x"'],
    ["query bowl --columns ,", "--columns: expected one name or several with commas", 'got ","'],
    ["query bowl --state ,", "--state: expected one name or several with commas", 'got ","'],
    ["launch bowl.ts --name 'a b'", "--name: expected 1 to 64 letters", 'got "a b"'],
    ["resume bowl --add x", '--add: expected a whole number of at least 1, got "x"'],
    [
      "query bowl --format tabel",
      "--format: expected one of table, json",
      'got "tabel"',
      "did you mean table?",
    ],
    ["query bowl --sort vlaue", '--sort: expected a column, got "vlaue"', "did you mean value?"],
    ["query bowl --columns number,vlaue", "--columns: expected a column", "did you mean value?"],
    ["query bowl --where 'vlaue > 1'", "--where: expected a column", "did you mean value?"],
    ["query bowl --where 'value >'", "--where: expected a column or a value, got the end"],
    ["query bowl --where 'x > 5q'", "--where: expected x to be compared with a number", 'got "5q"'],
    ["query bowl --where '0x1F > 2'", "--where: expected a number such as 5, 5m or 2GB", 'got "0x1F"'],
    ["query bowl --where 'memory.peak > 5q'", "expected memory.peakBytes to be compared with a size", '"5q"'],
    ["query bowl --state compleet", "--state: expected waiting, running", "did you mean complete?"],
    ["query bowl --reason memory", "--reason: expected pruner, split-timeout", 'got "memory"'],
    ["query bowl --limit -1", "--limit: expected a whole number of at least 0", 'got "-1"'],
    ["show bowl first", "number: expected a whole number of at least 0", 'got "first"'],
    ["show bowl 99", "trial: expected 0 to 0, got 99"],
    ["sql 'delete from studies'", "sql: expected a statement that only reads"],
  ]);
});

describe("names and params", () => {
  refusals([
    ["query bolw", 'study: expected a name that exists, got "bolw"', 'did you mean "bowl"?'],
    ["query -- --help", 'study: expected a name that exists, got "--help"'],
    ["query -- bowl --json", "query: expected only <study> after the command", 'got "--json"'],
    ["show bolw", 'got "bolw"', 'did you mean "bowl"?'],
    ["resume bolw", 'got "bolw"', 'did you mean "bowl"?'],
    ["best bolw", 'got "bolw"', 'did you mean "bowl"?'],
    ["launch bowl.ts", 'expected a new one, got "bowl"', "belay resume bowl", "--name"],
    [`launch bowl.ts --name new --enqueue '{"x":5}'`, "param x: expected -1..1, got 5"],
    [
      `launch bowl.ts --name new --enqueue '{"y":5}'`,
      'param "y": expected a param of the space',
      'mean "x"?',
    ],
    [
      "launch bowl.ts --name new --enqueue x=1",
      "--enqueue: expected a JSON object such as",
      'got "x=1", which is no file',
    ],
    ["launch bowl.ts --name new --enqueue bowl.ts", "bowl.ts:1: expected a JSON object such as"],
  ]);

  test("a refused launch does not change an existing study", async () => {
    const before = await rows(cwd, "select * from trial_results");
    await expectRefusal(cwd, ["launch", "bowl.ts"], { code: 2, says: ["bowl"] });
    expect(await rows(cwd, "select * from trial_results")).toEqual(before);
    expect(await rows(cwd, "select name from studies")).toEqual([{ name: "bowl" }]);
  });
});

describe("the environment", () => {
  const table: readonly (readonly [string, string, ...string[]])[] = [
    ["BELAY_TRIAL_TIMEOUT", "soon", "BELAY_TRIAL_TIMEOUT: expected a duration", 'got "soon"'],
    [
      "BELAY_WORKERS",
      "none",
      "BELAY_WORKERS: expected auto, low, medium, high or a whole number",
      'got "none"',
    ],
    ["BELAY_SAMPLER", "tpee", "BELAY_SAMPLER: expected one of", "did you mean tpe?"],
  ];
  test.each(table)("%s=%s", async (name, value, ...says) => {
    const args = ["launch", "bowl.ts", "--name", "new"];
    await expectRefusal(cwd, args, { code: 2, says, env: { [name]: value } });
  });

  test("messages do not depend on the language of the machine", async () => {
    const env = { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" };
    await expectRefusal(cwd, ["query"], { code: 2, says: ["query: expected <study>, got none"], env });
  });
});

describe("--help", () => {
  test.each(COMMANDS)("of %s has an example", async (command) => {
    const { code, stdout, stderr } = await belay(cwd, [command, "--help"]);
    expect(stdout).toMatch(new RegExp(`Examples:\\n {2}belay ${command}`));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("of belay lists every command", async () => {
    const { code, stdout } = await belay(cwd, ["--help"]);
    for (const command of COMMANDS) expect(stdout).toContain(`belay ${command}`);
    expect(code).toBe(0);
  });

  test("--version is the package's own, wherever it is typed", async () => {
    expect((await belay(tmpdir(), ["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
