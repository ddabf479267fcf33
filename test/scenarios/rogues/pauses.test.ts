import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder, type Running, rows, start, trials, until, write } from "../../support/belay.ts";

/** A container that is paused, or a whole run that is stopped: clocks go on meanwhile, but the run can do nothing. */

const PAUSE_MS = 9_000;

/** A process and all its descendants, parents first. */
function family(pid: number): number[] {
  try {
    const lists = readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").trim(),
    );
    return [pid, ...lists.flatMap((list) => (list ? list.split(" ").map(Number) : [])).flatMap(family)];
  } catch {
    return []; // The process has ended.
  }
}

/** Stops all processes of a run, and continues them later. */
async function pause(run: Running): Promise<void> {
  const all = family(run.pid);
  expect(all.length).toBeGreaterThan(1);
  send(all, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  send(all, "SIGCONT");
}

/** Sends a signal; processes that have ended meanwhile, such as the host that only read the study, are skipped. */
function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

const study = (settings: string): string => `
import { writeFileSync } from "node:fs";
import { defineStudy, float, kFold } from "belay";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const work = async () => {
  writeFileSync("working", "");
  await sleep(1_000);
};
export default defineStudy({
  name: "paused",
  direction: "minimize",
  space: { x: float(0, 1) },
  splits: () => kFold(10, { folds: 2 }),
  ${settings},
});
`;

/** Pauses a launch once its study is at work, and waits until the launch ends. */
async function launchPaused(settings: string, limits: readonly string[]): Promise<string> {
  const cwd = folder();
  write(cwd, { "study.mjs": study(settings) });
  const run = start(cwd, ["launch", "study.mjs", "--trials", "1", "--grace", "200ms", ...limits]);
  await until("the study to be at work", () => existsSync(join(cwd, "working")));
  await pause(run);
  const { code, stderr } = await run.finished;
  expect(code, stderr).toBe(0);
  return cwd;
}

test("the time of a pause does not count in splits and trials", async () => {
  // The pause is longer than both limits. Host and watcher check the trial's limit, and between two splits the worker.
  const limits = ["--split-timeout", "4s", "--trial-timeout", "6s"];
  const cwd = await launchPaused("train: async () => (await work(), 1)", limits);
  expect(await trials(cwd, "paused")).toMatchObject([{ state: "complete", reason: null, attempts: 1 }]);
  const durations = await rows<{ ms: number }>(cwd, "select duration_ms as ms from splits order by split");
  expect(durations).toHaveLength(2);
  for (const { ms } of durations) expect(ms).toBeLessThan(4_000);
});

test("the time of a pause does not count in the setup", async () => {
  const settings = "data: work, train: async () => 1";
  const cwd = await launchPaused(settings, ["--setup-timeout", "8s"]);
  expect(await trials(cwd, "paused")).toMatchObject([{ state: "complete" }]);
});
