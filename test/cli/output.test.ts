import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { printable } from "../../src/core/printable.ts";
import { belay, MAIN, write } from "../support/belay.ts";

/** What the reading commands print, to which stream, and that it cannot control a terminal. */

const ESCAPE = "\u001b";
const CODES = new RegExp(`${ESCAPE}\\[[0-9;?]*[a-zA-Z]`, "g");

let cwd: string;

/** Characters that control a terminal: ESC, BEL, NUL, CR, backspace, DEL, an 8-bit CSI, and one that reverses text. */
const NASTY = "\u001b[2J\u001b]0;owned\u0007\u0000\r\b\u007f\u009b31m\u202e";
const LONG = "a long story that goes on and on, and is not cut where a program reads it";

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "belay-test-"));
  write(cwd, {
    "nasty.ts": `import { categorical, defineStudy, float } from "belay";
export default defineStudy({
  name: "nasty",
  direction: "minimize",
  space: {
    kind: categorical(${JSON.stringify([`k${NASTY}`])}),
    optimizer: categorical(["adam", "sgd"]),
    momentum: float(0, 0.95).when("optimizer", "sgd"),
  },
  splits: () => [{ train: [0], validation: [1] }],
  train: () => {
    throw new Error(${JSON.stringify(`${LONG} ${NASTY}`)});
  },
});
`,
  });
  spawnSync(process.execPath, [MAIN, "launch", "nasty.ts", "--trials", "2", "--quiet", "--seed", "1"], {
    cwd,
    stdio: "ignore",
    env: { ...process.env, BELAY_BREAKER: "off" },
  });
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Runs a command as if its output were a terminal of this width. */
async function onTerminal(columns: number, ...args: string[]) {
  const fake = (name: string): string =>
    `Object.assign(process.${name}, { isTTY: true, columns: ${columns}, rows: ${columns === 0 ? 0 : 24} });`;
  const preload = `data:text/javascript,${encodeURIComponent(fake("stdout") + fake("stderr"))}`;
  return belay(cwd, args, { NODE_OPTIONS: `--import ${preload}` });
}

/** The characters in a text that control a terminal. */
const harmful = (text: string): string[] => text.match(/(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e]/gu) ?? [];

describe("control characters in outputs, choices and error messages do not reach a terminal", () => {
  test.each(
    [
      ["show", "nasty", "0"],
      ["show", "nasty"],
      ["query", "nasty", "--columns", "number,kind,error"],
      ["query", "nasty", "--json"],
      ["query", "nasty", "--format", "ndjson"],
      ["query", "nasty", "--format", "csv"],
      ["query", "nasty", "--format", "markdown"],
      ["memory", "nasty"],
      ["list"],
      ["sql", "select number, params, error from trial_results"],
      ["sql", "select number, error as `a\u001bb` from trial_results", "--format", "csv"],
      ["launch", "nasty.ts", "--trials", "1", "--name", "again", "--db", "other.db", "--log", "other.log"],
      ["check", "nasty.ts"],
      ["query", "nasty", "--where", "number = '\u009b31m'"],
    ].map((args) => [printable(args.join(" ")), args] as const),
  )("belay %s", async (_, args) => {
    const { stdout, stderr } = await onTerminal(200, ...args);
    expect((stdout + stderr).length).toBeGreaterThan(0);
    expect(harmful(stdout)).toEqual([]);
    // The live block of a run is drawn with escape codes; only those may remain, and none from the study.
    const own = args[0] === "launch" ? stderr.replace(CODES, "") : stderr;
    expect(harmful(own)).toEqual([]);
    for (const code of ["\u001b]0;", "\u001b[2J"]) expect(stderr).not.toContain(code);
  });

  test("plain lines of a run and the log show them as escapes", async () => {
    const { stderr } = await belay(cwd, [
      "launch",
      "nasty.ts",
      "--trials",
      "1",
      "--name",
      "plain",
      "--log",
      "p.log",
    ]);
    expect(harmful(stderr)).toEqual([]);
    expect(stderr).toContain("\\u001b[2J");
    const log = readFileSync(join(cwd, "p.log"), "utf8");
    expect(harmful(log)).toEqual([]);
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { error?: { message: string } });
    expect(lines.find(({ error }) => error)?.error?.message).toBe(`${LONG} ${NASTY}`);
  });

  test("a program gets them unchanged", async () => {
    const [json, csv] = await Promise.all([
      belay(cwd, ["query", "nasty", "--json", "--limit", "1"]),
      belay(cwd, ["query", "nasty", "--columns", "error", "--format", "csv", "--limit", "1"]),
    ]);
    expect(JSON.parse(json.stdout)[0]).toMatchObject({ error: { message: `${LONG} ${NASTY}` } });
    expect(csv.stdout).toBe(`error\n"${LONG} ${NASTY}"\n`);
  });
});

describe("the width of the terminal", () => {
  test("unknown: lines are not cut", async () => {
    for (const args of [
      ["list"],
      ["query", "nasty", "--columns", "number,error"],
      ["memory", "nasty"],
      ["sql", "select name, state from studies where name = 'nasty'"],
      ["list", "--help"],
    ]) {
      const { stdout } = await onTerminal(0, ...args);
      expect(stdout.split("\n")[0]!.length, args.join(" ")).toBeGreaterThan(8);
      expect(stdout).not.toContain("…");
    }
    const args = [
      "launch",
      "nasty.ts",
      "--trials",
      "1",
      "--name",
      "narrow",
      "--db",
      "n.db",
      "--log",
      "n.log",
    ];
    const { stderr } = await onTerminal(0, ...args);
    expect(stderr).toContain(`failed: error: Error: ${LONG}`);
    expect(stderr).toMatch(/narrow.*\d\/1 trials/);
  });

  test("known: long cells are cut on a terminal, and nowhere else", async () => {
    const query = ["query", "nasty", "--columns", "error", "--limit", "1"];
    const sql = ["sql", "select error from trial_results limit 1"];
    for (const args of [query, sql]) {
      expect((await onTerminal(200, ...args)).stdout).toContain("…");
      for (const format of ["table", "markdown"])
        expect((await belay(cwd, [...args, "--format", format])).stdout).toContain(LONG);
    }
  });
});

describe("sql shows the exact contents of the database", () => {
  const select =
    "select 9007199254740993 as big, 9e999 as inf, -9e999 as neg, 1 as a, 2 as a, 0.1 + 0.2 as sum";
  const sql = async (...more: string[]): Promise<string> =>
    (await belay(cwd, ["sql", select, ...more])).stdout;

  test("in every format: all digits, infinities, and columns of one name", async () => {
    expect(await sql("--format", "csv")).toBe(
      "big,inf,neg,a,a,sum\n9007199254740993,Infinity,-Infinity,1,2,0.30000000000000004\n",
    );
    expect((await sql()).split("\n")[1]).toMatch(
      /^9007199254740993 +Infinity +-Infinity +1 +2 +0.30000000000000004$/,
    );
    const json = await sql("--json");
    expect(json).toContain('"big":9007199254740993,');
    const whole = { big: 2 ** 53, inf: Infinity, neg: -Infinity, a: 1, a_2: 2, sum: 0.1 + 0.2 };
    expect(JSON.parse(json)).toEqual([whole]); // Only the reader rounds, because its numbers are doubles.
    expect(JSON.parse(await sql("--format", "ndjson"))).toEqual(whole);
  });

  test("a repeated column gets a name that no other column has", async () => {
    const { stdout } = await belay(cwd, ["sql", "select 1 as a, 2 as a, 3 as a_2, 4 as a", "--json"]);
    expect(JSON.parse(stdout)).toEqual([{ a: 1, a_3: 2, a_2: 3, a_4: 4 }]);
  });
});

test("show prints the conditions of a param as they were written", async () => {
  const { stdout } = await belay(cwd, ["show", "nasty"]);
  expect(stdout).toMatch(/momentum {2}0\.\.0\.95 {2}when optimizer = sgd$/m);
});

test("a reader that leaves ends the command, however much it would print", async () => {
  const endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";
  const command = spawn(process.execPath, [MAIN, "sql", endless, "--format", "ndjson"], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void command.kill("SIGKILL"));
  let stderr = "";
  command.stderr.on("data", (text) => {
    stderr += text;
  });
  const ended = once(command, "exit");
  await once(command.stdout, "data");
  command.stdout.destroy();
  await ended;
  expect(stderr).toBe("");
});
