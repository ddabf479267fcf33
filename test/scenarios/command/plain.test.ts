import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, processesIn, trials, write } from "../../support/belay.ts";
import { pythonTest } from "../../support/python.ts";
import type { QueriedTrial } from "../../support/query.ts";

/** Programs that do not speak the protocol: their exit code, and the value in what they print or write. */

const study = (fields: string, space = "kind: int(0, 99)"): string => `
import { defineCommandStudy, categorical, float, int } from "belay";
export default defineCommandStudy({ name: "s", direction: "minimize", space: { ${space} }, ${fields} });
`;

/** Runs a trial of each kind. */
async function launch(
  files: Readonly<Record<string, string>>,
  kinds: readonly number[],
  ...options: readonly string[]
): Promise<{ cwd: string; rows: readonly QueriedTrial[]; log: string }> {
  const cwd = folder();
  write(cwd, files);
  const wanted = kinds.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]);
  const args = ["launch", "s.ts", "--sampler", "random", "--trials", String(kinds.length), ...wanted];
  const { code, stderr } = await belay(cwd, [...args, ...options]);
  expect(code, stderr).toBe(0);
  expect(processesIn(cwd), "no process is left").toEqual([]);
  return { cwd, rows: await trials(cwd, "s"), log: readFileSync(join(cwd, "belay.log"), "utf8") };
}

test("a shell command trains: params by the environment and a file, a process for each split, the value in its last line", async () => {
  const script = `echo "split $BELAY_SPLIT of $BELAY_SPLITS"; cat "$BELAY_PARAMS_FILE"; echo; echo "0.$BELAY_PARAM_kind$BELAY_SPLIT"`;
  const files = { "s.ts": study(`splits: 3, command: () => ["sh", "-c", ${JSON.stringify(script)}]`) };
  const { rows, log } = await launch(files, [5, 7]);
  expect(rows.map(({ state, splits }) => ({ state, values: splits.map(({ value }) => value) }))).toEqual([
    { state: "complete", values: [0.5, 0.51, 0.52] },
    { state: "complete", values: [0.7, 0.71, 0.72] },
  ]);
  expect(log).toContain("split 2 of 3");
  expect(log).toContain(String.raw`{\"kind\":7}`);
});

test("the value comes from the named file or the last match of a pattern, and several directions have several numbers", async () => {
  const byFile = study(
    `cwd: "here", value: { file: "score-{trial}.txt" }, command: ({ params, trial }) => ["sh", "-c", \`echo noise; echo \${params.kind} > score-\${trial.number}.txt\`]`,
  );
  const file = await launch({ "s.ts": byFile, "here/x": "" }, [3]);
  expect(file.rows[0]).toMatchObject({ state: "complete", value: 3 });
  const byPattern = study(
    `value: { pattern: /loss=(\\S+)/ }, command: () => ["sh", "-c", "echo loss=5 loss=4; echo done"]`,
  );
  expect((await launch({ "s.ts": byPattern }, [1])).rows[0]).toMatchObject({ state: "complete", value: 4 });
  const two = `import { defineCommandStudy, int } from "belay";
    export default defineCommandStudy({ name: "s", directions: ["minimize", "maximize"], space: { kind: int(0, 99) },
      command: () => ["echo", '{"values": [1, -2.5e-3], "constraints": [-1]}'] });`;
  expect((await launch({ "s.ts": two }, [1])).rows[0]).toMatchObject({
    state: "complete",
    values: [1, -0.0025],
  });
});

const KINDS = `
import ctypes, os, signal, sys
kind = int(sys.argv[1])
if kind == 1: raise ValueError("a bad\\nvalue")
if kind == 2: sys.exit(7)
if kind == 3: ctypes.string_at(0)
if kind == 4: raise MemoryError()
if kind == 5: raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
if kind == 6: os.kill(os.getpid(), signal.SIGKILL)
if kind == 7: sys.exit("no data here")
if kind == 8: print("no number")
if kind == 9: print("nan")
if kind == 10: sys.exit(0)
if kind == 0: print(0.5)
`;

pythonTest(
  "every way in which a program ends has its reason, with the error of Python in the row",
  async () => {
    const files = {
      "s.ts": study(`command: ({ params }) => ["python3", "kinds.py", String(params.kind)]`),
      "kinds.py": KINDS,
    };
    const { rows } = await launch(files, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const ends = rows.map(({ state, reason, detail, error }) => ({ state, reason, detail, error }));
    const during = "split 0";
    expect(ends).toMatchObject([
      { state: "complete" },
      { reason: "error", error: { name: "ValueError", message: "a bad\nvalue" } },
      { reason: "exit", detail: { exitCode: 7, during } },
      { reason: "crash", detail: { signal: "SIGSEGV", during } },
      { reason: "heap", detail: { by: "python" }, error: { name: "MemoryError" } },
      { reason: "heap", detail: { by: "cuda" }, error: { name: "RuntimeError" } },
      { reason: "crash", detail: { signal: "SIGKILL" } },
      { reason: "exit", detail: { exitCode: 1 }, error: { message: "no data here" } },
      {
        reason: "error",
        error: {
          name: "ValueError",
          message: 'value: expected a number in the last line of its output, got "no number"',
        },
      },
      { state: "pruned", reason: "not-finite", detail: { value: "NaN" } },
      {
        reason: "error",
        error: { message: "value: expected a number in the last line of its output, got nothing" },
      },
    ]);
    expect(ends[1]?.error?.stack).toMatch(
      /^Traceback \(most recent call last\):\n {2}File ".*kinds\.py", line 4/,
    );
  },
);

test("a program that is not there, and arguments that are no texts, are told in one line", async () => {
  const command = `({ params }) => params.kind === 1 ? ["no-such-program"] : ["echo", params.kind === 0 ? "1" : params.kind as unknown as string]`;
  const { rows } = await launch({ "s.ts": study(`command: ${command}`) }, [1, 2, 0]);
  expect(rows.slice(0, 2).map(({ reason, error }) => [reason, error?.message])).toEqual([
    [
      "error",
      expect.stringMatching(
        /^command: expected a program that is installed and a folder that exists, got "no-such-program" in /,
      ),
    ],
    ["error", "command returned: [1]: expected text, got 2; String(...) makes text of a number"],
  ]);
});

test.each([
  [`train: () => 1, command: () => ["true"]`, "command: expected either train or command, got both"],
  [
    `command: "python3 train.py"`,
    'command: expected a function, such as ({ params }) => ["python3", "train.py"], got "python3 train.py"',
  ],
  [
    `command: () => [], splits: 0`,
    "splits: expected a number of splits from 1 to 10000 in a study with command, got 0",
  ],
  [`command: () => [], data: () => 1`, "data: expected one of name,"],
  [
    `command: () => [], value: { pattern: "score" }`,
    "value.pattern: expected a group, such as (\\S+), got none",
  ],
  [`command: () => [], env: { A: 1 }`, "env.A: expected text, got 1"],
  [`command: () => [], protocol: "yes"`, 'protocol: expected true, false or "auto", got "yes"'],
])("a study with { %s } is refused in one line", async (fields, message) => {
  const cwd = folder();
  write(cwd, { "s.ts": study(fields) });
  const { code, stderr } = await belay(cwd, ["launch", "s.ts"]);
  expect(code).toBe(2);
  expect(stderr).toContain(`belay: s.ts: ${message}`);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("programs do not run in thread isolation, where nothing would end them with their host", async () => {
  const cwd = folder();
  write(cwd, { "s.ts": study(`command: () => ["echo", "1"]`) });
  const { code, stderr } = await belay(cwd, ["launch", "s.ts", "--isolation", "thread"]);
  expect({ code, stderr: stderr.trim() }).toEqual({
    code: 2,
    stderr:
      "belay: --isolation: expected process in a study with command, whose programs end with their host, got thread",
  });
});
