import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { belay, folder, processesIn, start, trials, until, write } from "../../support/belay.ts";

/** Daemons: processes that a trial starts and that leave its host's process group, session and process tree. */

/** Each child writes its pid to a file; the last one stays alive, and its parent is the system. */
const daemon = (settings: string, work: string): string => `
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
const STAY = ${JSON.stringify(`require("fs").writeFileSync("daemon.pid", String(process.pid)); ${work}; setInterval(() => {}, 1e6);`)};
const LEAVE = \`require("child_process").spawn(process.execPath, ["-e", \${JSON.stringify(STAY)}], { detached: true, stdio: "ignore" }).unref()\`;
const { defineStudy, float } = await import("belay");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default defineStudy({
  name: "daemons",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ trial }) => {
    if (trial.number > 0) return 1;
    spawn(process.execPath, ["-e", LEAVE], { detached: true, stdio: "ignore", ${settings} });
    while (!existsSync("daemon.pid")) await sleep(10);
    ${work ? "await sleep(30_000);" : ""}
    return 0;
  },
});
`;

const TITLE = `
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// Servers do this to show a title in ps; it overwrites their environment.
const DAEMON = \`
  use POSIX;
  exit if fork; POSIX::setsid(); exit if fork;
  $0 = "a title " x 500;
  open(STDIN, "<", "/dev/null"); open(STDOUT, ">", "/dev/null"); open(STDERR, ">", "/dev/null");
  open(my $file, ">", "daemon.pid"); print $file $$; close($file);
  sleep 1000;
\`;
export default defineStudy({
  name: "daemons",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async () => {
    spawnSync("perl", ["-e", DAEMON]);
    while (!existsSync("daemon.pid")) await sleep(10);
    return 0;
  },
});
`;

/** The process that starts the daemon ends and is waited for before the trial ends, so the host has no child left. */
const WAITED_FOR = `
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const STAY = 'require("fs").writeFileSync("daemon.pid", String(process.pid)); setInterval(() => {}, 1e6);';
const LEAVE = \`require("child_process").spawn(process.execPath, ["-e", \${JSON.stringify(STAY)}], { detached: true, stdio: "ignore" }).unref()\`;
export default defineStudy({
  name: "daemons",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ trial }) => {
    if (trial.number !== 2) return 1;
    spawnSync(process.execPath, ["-e", LEAVE], { stdio: "ignore" });
    while (!existsSync("daemon.pid")) await sleep(10);
    return 0;
  },
});
`;

/** Waits until the daemon that a study has started has ended. */
async function untilDaemonEnds(cwd: string): Promise<void> {
  const file = join(cwd, "daemon.pid");
  expect(existsSync(file), "a daemon was started").toBe(true);
  const pid = Number(readFileSync(file, "latin1"));
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  await until("the daemon to be gone", () => !isAlive(pid));
}

/** Whether a process is alive; zombies are not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

test("the memory of a daemon counts as its trial's, which is pruned for it", async () => {
  const cwd = folder();
  write(cwd, { "study.mjs": daemon("", "globalThis.held = Buffer.alloc(300e6, 1)") });
  const { code, stderr } = await belay(cwd, [
    ...["launch", "study.mjs", "--trials", "2", "--memory-limit", "280MB"],
  ]);
  expect(code, stderr).toBe(0);
  const [first, second] = await trials(cwd, "daemons");
  expect(first).toMatchObject({ state: "pruned", reason: "memory-limit" });
  expect(first?.detail?.seenBytes).toBeGreaterThan(280e6);
  expect(first?.memory?.baselineBytes).toBeLessThan(150e6);
  expect(first?.memory?.peakBytes).toBeGreaterThan(280e6);
  expect(second?.state).toBe("complete");
  await untilDaemonEnds(cwd);
});

test("a daemon with an empty environment ends with its host", async () => {
  const cwd = folder();
  write(cwd, { "study.mjs": daemon("env: {}", "") });
  const { code, stderr } = await belay(cwd, ["launch", "study.mjs", "--trials", "1"]);
  expect(code, stderr).toBe(0);
  await untilDaemonEnds(cwd);
});

test("a host whose trial left a daemon behind is replaced, although it has no child any more", async () => {
  const cwd = folder();
  write(cwd, { "study.mjs": WAITED_FOR });
  const { code, stderr } = await belay(cwd, [
    ...["launch", "study.mjs", "--trials", "5", "--workers", "1", "--log", "run.log"],
  ]);
  expect(code, stderr).toBe(0);
  const lines = readFileSync(join(cwd, "run.log"), "utf8").split("\n").filter(Boolean);
  const replaced = lines
    .map((line) => JSON.parse(line) as { readonly trial?: number; readonly msg: string })
    .filter(({ msg }) => msg.startsWith("a fresh host takes over"));
  expect(replaced).toMatchObject([
    { trial: 2, msg: expect.stringMatching(/left behind: 1 child processes$/) },
  ]);
  await untilDaemonEnds(cwd);
});

const HAS_PERL = spawnSync("perl", ["-e", "1"]).status === 0;

test.skipIf(!HAS_PERL)(
  "a daemon that overwrites its environment with a title ends with its host",
  async () => {
    const cwd = folder();
    write(cwd, { "study.mjs": TITLE });
    const { code, stderr } = await belay(cwd, ["launch", "study.mjs", "--trials", "1"]);
    expect(code, stderr).toBe(0);
    await untilDaemonEnds(cwd);
  },
);

const STARTS_ALL_THE_TIME = `
import { spawn } from "node:child_process";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "daemons",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: () =>
    new Promise(() => {
      setInterval(() => spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }).unref(), 5);
    }),
});
`;

test("processes that a trial starts while its coordinator dies end too", async () => {
  const cwd = folder();
  write(cwd, { "study.mjs": STARTS_ALL_THE_TIME });
  const run = start(cwd, ["launch", "study.mjs", "--trials", "1"]);
  await until("the trial to have started some", () => processesIn(cwd, "sleep\0").length > 5);
  process.kill(run.pid, "SIGKILL");
  onTestFinished(() => {
    for (const pid of processesIn(cwd)) process.kill(pid, "SIGKILL");
  });
  await until("the host and all of them to be gone", () => processesIn(cwd).length === 0, 10_000);
});
