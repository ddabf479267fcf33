import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { belay, folder, processesIn, rows, start, trials, until, write } from "../../support/belay.ts";
import { pythonTest } from "../../support/python.ts";

/** Programs that speak the protocol: one process for a trial, its splits, reports and verdicts. */

const HELPER = readFileSync(new URL("../../../src/study/templates/belay.py", import.meta.url), "utf8");

const study = (fields: string, file = "t.py"): string => `
import { defineCommandStudy, int } from "belay";
export default defineCommandStudy({ name: "s", direction: "minimize", space: { kind: int(0, 99) },
  command: () => ["python3", "${file}"], ${fields} });
`;

const enqueued = (...kinds: readonly number[]): string[] => [
  "--sampler",
  "random",
  "--trials",
  String(kinds.length),
  ...kinds.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]),
];

pythonTest("one process serves the splits of a trial, with its params, seeds and reports", async () => {
  const cwd = folder();
  write(cwd, {
    "s.ts": study("splits: 3"),
    "belay.py": HELPER,
    "t.py": `
import belay, os
trial = belay.trial()
print("process", os.getpid(), "trial", trial.number, "attempt", trial.attempt, "of", trial.split_count)
for split in trial.splits():
    for step in range(3):
        split.report(step, trial.params["kind"] + step)
    split.done(split.index + trial.params["kind"])
print("cleaned up")
`,
  });
  const { code, stderr } = await belay(cwd, ["launch", "s.ts", ...enqueued(1, 2)]);
  expect(code, stderr).toBe(0);
  const found = await trials(cwd, "s");
  expect(found.map(({ value, splits }) => [value, splits.map((split) => split.value)])).toEqual([
    [2, [1, 2, 3]],
    [3, [2, 3, 4]],
  ]);
  const log = readFileSync(join(cwd, "belay.log"), "utf8");
  expect(log.match(/process \d+/g)).toHaveLength(2);
  expect(log).toContain("trial 1 attempt 1 of 3");
  expect(log.match(/cleaned up/g)).toHaveLength(2);
  expect(await rows(cwd, "select count(*) as n from reports")).toEqual([{ n: 18 }]);
  expect(log, "its host is clean").not.toContain("a fresh host takes over");
});

pythonTest("a pruned trial ends at its report, and the program may clean up", async () => {
  const cwd = folder();
  write(cwd, {
    "s.ts": study(`pruner: threshold({ upper: 10 })`).replace("int }", "int, threshold }"),
    "belay.py": HELPER,
    "t.py": `
import belay
trial = belay.trial()
for split in trial.splits():
    try:
        for step in range(1000):
            split.report(step, step * trial.params["kind"])
    except Exception:
        print("caught by a broad except")
    finally:
        print("finally", step)
    split.done(1)
`,
  });
  const { code, stderr } = await belay(cwd, ["launch", "s.ts", ...enqueued(1, 0)], { BELAY_PRUNER: "" });
  expect(code, stderr).toBe(0);
  expect((await trials(cwd, "s"))[0]).toMatchObject({ state: "pruned", reason: "pruner" });
  const log = readFileSync(join(cwd, "belay.log"), "utf8");
  expect(log).toMatch(/finally 1\d\b/);
  expect(log).not.toContain("caught");
  expect(processesIn(cwd)).toEqual([]);
});

const GARBAGE = `
import json, os, sys
kind = json.loads(os.environ["BELAY_PARAMS"])["kind"]
fd = int(os.environ["BELAY_WRITE_FD"])
lines = os.fdopen(int(os.environ["BELAY_READ_FD"]))
def say(text): os.write(fd, text.encode() + b"\\n")
if kind == 1: os.write(fd, bytes(range(256)) + b"\\n")
if kind == 2: say('{"kind": "value", "value": 1}')
if kind > 2 or kind == 0: say('{"kind": "hello", "protocol": %d}' % (2 if kind == 3 else 1))
if kind == 4: say('{"kind": "value", "value": "1"}')
if kind == 5: say('{"kind": "report", "step": 1}')
if kind == 6: say('{"kind": "hello", "protocol": 1}')
if kind == 7: os.write(fd, b"x" * 2000000)
if kind == 8: say('{"kind": "boot"}')
if kind == 9: sys.exit(0)
if kind == 10: os.close(fd)
if kind == 11: say('{"kind": "value", "values": [1, 2]}')
if kind == 12: say('{"kind": "value", "value": "NaN"}')
if kind == 13: say("[" * 100000)
if kind == 0: say('{"kind": "value", "value": 0.5}')
for line in lines:
    if "bye" in line: break
if kind == 10: sys.exit(3)
`;

pythonTest("what is no message of the protocol ends that trial with its reason, and no other", async () => {
  const cwd = folder();
  write(cwd, { "s.ts": study(`limits: { splitTimeout: "20s" }`), "t.py": GARBAGE });
  const kinds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 0];
  const { code, stderr } = await belay(cwd, ["launch", "s.ts", ...enqueued(...kinds), "--workers", "2"]);
  expect(code, stderr).toBe(0);
  const ends = (await trials(cwd, "s")).map(({ reason, error }) => [reason, error?.message ?? null]);
  const got = (text: string): (string | null)[] => [
    "crash",
    `program: expected messages of protocol 1, got ${text}`,
  ];
  expect(ends).toEqual([
    [null, null],
    ["crash", expect.stringContaining("got a line that is no JSON")],
    got("a value before its hello"),
    got("a hello of protocol 2"),
    got('one that does not fit (value: expected a number, got "1")'),
    got("one that does not fit (value: expected a number, got undefined)"),
    got("a second hello"),
    got("a line of more than 1000000 characters"),
    got('a message of an unknown kind ("boot")'),
    ["exit", null],
    ["error", "the program returned: expected a number, got [1, 2]"],
    ["not-finite", null],
    ["crash", expect.stringContaining("got a line that is no JSON")],
    [null, null],
  ]);
  expect(processesIn(cwd)).toEqual([]);
});

const SLOW = `
import belay, os, time
trial = belay.trial()
done = trial.load("done", [])
for split in trial.splits():
    print("runs", trial.number, split.index, "after", done)
    if split.index == 2 and trial.attempt == 1:
        open("waiting-%d" % trial.number, "w").write(str(os.getpid()))
        time.sleep(600)
    done.append(split.index)
    trial.save("done", done)
    split.done(split.index)
`;

pythonTest(
  "kill -9 of the coordinator leaves no process, and a resume runs only the missing splits",
  async () => {
    const cwd = folder();
    write(cwd, { "s.ts": study("splits: 4"), "belay.py": HELPER, "t.py": SLOW });
    const run = start(cwd, ["launch", "s.ts", ...enqueued(1, 2), "--workers", "2"]);
    await until("both trials to wait in split 2", async () => {
      const log = run.output().stderr + run.output().stdout;
      return log !== "" && processesIn(cwd, "t.py").length === 2 && bothWait(cwd);
    });
    run.child.kill("SIGKILL");
    await run.finished;
    await until("all processes to be gone", () => processesIn(cwd).length === 0, 10_000);
    const resumed = await belay(cwd, ["resume", "s"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const found = await trials(cwd, "s");
    expect(found.map(({ state, attempts, value }) => ({ state, attempts, value }))).toEqual([
      { state: "complete", attempts: 2, value: 1.5 },
      { state: "complete", attempts: 2, value: 1.5 },
    ]);
    const log = readFileSync(join(cwd, "belay.log"), "utf8");
    for (const [split, times] of [0, 1, 2, 3].map((each) => [each, each === 2 ? 2 : 1] as const))
      expect(log.match(new RegExp(`runs 0 ${split} `, "g")), `split ${split}`).toHaveLength(times);
    expect(log, "a checkpoint lasts").toContain("runs 0 2 after [0, 1]");
  },
);

function bothWait(cwd: string): boolean {
  try {
    return [0, 1].every((number) => readFileSync(join(cwd, `waiting-${number}`), "utf8") !== "");
  } catch {
    return false;
  }
}
