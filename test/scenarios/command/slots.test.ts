import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, processesIn, rows, start, trials, until, write } from "../../support/belay.ts";
import { pythonTest } from "../../support/python.ts";

/** What a program gets of its slot, processes of single splits, and ends that a person asks for. */

const HELPER = readFileSync(new URL("../../../src/study/templates/belay.py", import.meta.url), "utf8");

const study = (fields: string): string => `
import { defineCommandStudy, float } from "belay";
export default defineCommandStudy({ name: "s", direction: "minimize", space: { x: float(0, 1) }, ${fields} });
`;

test("each slot has its share of the cores and a GPU of its own", async () => {
  const cwd = folder();
  const script = 'echo "gpu=$CUDA_VISIBLE_DEVICES threads=$OMP_NUM_THREADS."; sleep 0.5; echo 1';
  write(cwd, { "s.ts": study(`command: () => ["sh", "-c", ${JSON.stringify(script)}]`) });
  const options = ["--trials", "4", "--workers", "2", "--sampler", "random"];
  const env = { CUDA_VISIBLE_DEVICES: "4,7" };
  const { code, stderr } = await belay(cwd, ["launch", "s.ts", ...options], env);
  expect(code, stderr).toBe(0);
  const log = readFileSync(join(cwd, "belay.log"), "utf8");
  const found = new Set([...log.matchAll(/gpu=(\d+) threads=\d+\./g)].map(([, gpu]) => gpu));
  expect([...found].sort()).toEqual(["4", "7"]);
  const own = await belay(cwd, ["launch", "s.ts", "--name", "own", "--trials", "1"], {
    OMP_NUM_THREADS: "11",
  });
  expect(own.code, own.stderr).toBe(0);
  expect(readFileSync(join(cwd, "belay.log"), "utf8")).toContain("threads=11.");
});

test("GPU memory of a program is that of its trial", async () => {
  const cwd = folder();
  // Stands for the driver's tool, and says that the program and another one hold memory.
  const tool = `#!/bin/sh\n[ -e ${cwd}/pid ] && echo call >> ${cwd}/calls\nprintf '%s, 100\\n1, 7\\n' "$(cat ${cwd}/pid)"\n`;
  write(cwd, {
    "bin/nvidia-smi": tool,
    "s.ts": study(
      `command: () => ["sh", "-c", "echo $$ > pid; until [ -e seen ]; do sleep 0.1; done; echo 1"]`,
    ),
  });
  chmodSync(join(cwd, "bin/nvidia-smi"), 0o755);
  const env = { CUDA_VISIBLE_DEVICES: "0", PATH: `${join(cwd, "bin")}:${process.env.PATH}` };
  const run = start(cwd, ["launch", "s.ts", "--trials", "1"], env);
  // What one call says is known when the next but one is made.
  await until("the tool to be asked three times", () => linesOf(cwd, "calls") >= 3);
  write(cwd, { seen: "" });
  expect((await run.finished).code).toBe(0);
  const found = await rows<{ gpu: number }>(cwd, "select max(gpu_bytes) as gpu from memory_log");
  expect(found).toEqual([{ gpu: 100 * 2 ** 20 }]);
});

const PIDS = `
import belay, os
trial = belay.trial()
for split in trial.splits():
    print("pid", os.getpid(), "split", split.index)
    split.done(split.index)
`;

pythonTest(
  "per split each split has a process, also of a program that does not get the protocol",
  async () => {
    const cwd = folder();
    write(cwd, { "t.py": PIDS, "belay.py": HELPER });
    for (const [name, fields] of [
      ["speaks", `per: "split"`],
      ["prints", `protocol: false`],
    ] as const) {
      write(cwd, { "s.ts": study(`splits: 3, ${fields}, command: () => ["python3", "t.py"]`) });
      const { code, stderr } = await belay(cwd, ["launch", "s.ts", "--name", name, "--trials", "1"]);
      expect(code, stderr).toBe(0);
      const [trial] = await trials(cwd, name);
      expect(trial?.splits.map(({ value }) => value)).toEqual([0, 1, 2]);
    }
    const log = readFileSync(join(cwd, "belay.log"), "utf8");
    expect(new Set([...log.matchAll(/pid (\d+) split/g)].map(([, pid]) => pid)).size).toBe(6);
  },
);

const WAITS = `
import belay, time
trial = belay.trial()
for split in trial.splits():
    if split.index == 1 and trial.attempt == 1:
        open("waits", "w").close()
        try:
            time.sleep(600)
        finally:
            trial.save("state", "saved at the end")
    if split.index == 1:
        print("loaded:", trial.load("state"))
    split.done(split.index)
`;

pythonTest("Ctrl-C twice lets the program save what its next attempt needs", async () => {
  const cwd = folder();
  write(cwd, {
    "t.py": WAITS,
    "belay.py": HELPER,
    "s.ts": study(`splits: 2, command: () => ["python3", "t.py"]`),
  });
  const run = start(cwd, ["launch", "s.ts", "--trials", "1"]);
  await until("the program to wait", () => processesIn(cwd, "t.py").length > 0 && hasFile(cwd, "waits"));
  run.child.kill("SIGINT");
  await until("the first signal to be noticed", () => /Ctrl-C|stop/i.test(run.output().stderr));
  run.child.kill("SIGINT");
  await run.finished;
  expect(processesIn(cwd)).toEqual([]);
  const resumed = await belay(cwd, ["resume", "s"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await trials(cwd, "s"))[0]).toMatchObject({ state: "complete", attempts: 2, value: 0.5 });
  expect(readFileSync(join(cwd, "belay.log"), "utf8")).toContain("loaded: saved at the end");
});

function linesOf(cwd: string, name: string): number {
  return hasFile(cwd, name) ? readFileSync(join(cwd, name), "utf8").trim().split("\n").length : 0;
}

function hasFile(cwd: string, name: string): boolean {
  try {
    readFileSync(join(cwd, name));
    return true;
  } catch {
    return false;
  }
}
