import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { belay, folder, MAIN, processesIn, rows, trials, until, write } from "../../support/belay.ts";

/** Ctrl-C, once and twice, sent as a terminal does: to the whole process group. */

/** Splits 0 and 1 are quick; later ones wait for the file `go`. */
const GATED = `import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "gated",
  direction: "minimize",
  space: { x: float(0, 1) },
  splits: () => [0, 1, 2, 3].map((i) => ({ train: [i], validation: [i + 4], index: i })),
  train: async ({ params, split }) => {
    while (split.index > 1 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
    return params.x;
  },
});
`;

/** Starts belay as the leader of its own process group, as a shell does. */
function startInGroup(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid!;
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const finished = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    finished,
    signal: (signal: NodeJS.Signals) => process.kill(-pid, signal),
    says: (text: string) => until(`"${text}" in\n${stderr}`, () => stderr.includes(text)),
  };
}

/** Launches a study and waits until both trials have recorded two splits and wait in the third. */
async function launchGated(...options: string[]) {
  const cwd = folder();
  write(cwd, { "gated.ts": GATED });
  const run = startInGroup(cwd, ["launch", "gated.ts", "--trials", "4", "--workers", "2", ...options]);
  await until("four recorded splits", async () => {
    if (!existsSync(join(cwd, "belay.db"))) return false;
    return (await rows<{ n: number }>(cwd, "select count(*) n from splits"))[0]?.n === 4;
  });
  return { cwd, run };
}

const states = async (cwd: string): Promise<string[]> =>
  (await trials(cwd, "gated")).map(({ state }) => state);
const splits = async (cwd: string): Promise<number[]> =>
  (await trials(cwd, "gated")).map((trial) => trial.splits.length);

describe("Ctrl-C", () => {
  test("once: running splits finish, their trials wait, and a resume continues them", async () => {
    const { cwd, run } = await launchGated();
    run.signal("SIGINT");
    await run.says("stopping: running splits finish; Ctrl-C again ends them now");
    write(cwd, { go: "" });
    const { code, stdout, stderr } = await run.finished;
    expect(code).toBe(130);
    expect(stderr).toContain("trial 0 interrupted: it waits for resume");
    expect(stdout).toContain("gated: stopped after");
    expect(stdout).toContain("`belay resume gated` goes on");
    expect(await states(cwd)).toEqual(["waiting", "waiting"]);
    expect(await splits(cwd), "the running split is on record").toEqual([3, 3]);

    expect((await belay(cwd, ["resume", "gated"])).code).toBe(0);
    expect(await states(cwd)).toEqual(["complete", "complete", "complete", "complete"]);
    const again = await rows(cwd, "select split from splits group by trial_id, split having count(*) > 1");
    expect(again, "no split ran twice").toEqual([]);
  });

  test("twice: the run ends at once, and recorded results remain", async () => {
    const { cwd, run } = await launchGated("--json");
    run.signal("SIGINT");
    await run.says("stopping:");
    run.signal("SIGINT");
    await run.says("ending now: what is recorded stays");
    const { code, stdout } = await run.finished;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      state: "stopped",
      trials: { complete: 0, waiting: 2, running: 0 },
    });
    expect(await states(cwd)).toEqual(["waiting", "waiting"]);
    expect(await splits(cwd)).toEqual([2, 2]);
    const ends = await rows(cwd, "select distinct state, cause from attempts");
    expect(ends).toEqual([{ state: "interrupted", cause: "ctrl-c" }]);
  });

  test("while data loads: the launch ends at once and leaves nothing behind", async () => {
    const cwd = folder();
    const temporary = folder();
    const hangs =
      'name: "gated-data", data: () => { console.log("loading"); return new Promise(() => {}); },';
    write(cwd, { "gated.ts": GATED.replace('name: "gated",', hangs) });
    const log = ["--log", "run.log"];
    const run = startInGroup(cwd, ["launch", "gated.ts", ...log], { TMPDIR: temporary });
    await until("data to be loading", () => processesIn(cwd, "belay gated-data").length > 0);
    run.signal("SIGINT");
    const { code, stdout, stderr } = await run.finished;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toBe("belay: stopped before the study ran: nothing was recorded\n");
    expect(readdirSync(cwd).sort()).toEqual(["gated.ts", "run.log"]);
    expect(readdirSync(temporary)).toEqual([]);
    await until("its host to be gone", () => processesIn(cwd).length === 0, 2_000);
  });
});

describe.each(["SIGTERM", "SIGHUP"] as const)("%s", (signal) => {
  test("ends the run at once, in good order", async () => {
    const { cwd, run } = await launchGated();
    run.signal(signal);
    expect((await run.finished).code).toBe(130);
    expect(await states(cwd)).toEqual(["waiting", "waiting"]);
    const { stdout } = await belay(cwd, ["list", "--json"]);
    expect(JSON.parse(stdout), "no coordinator owns the study").toMatchObject([{ owner: null }]);
  });
});
