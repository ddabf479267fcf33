// Kills coordinators with SIGKILL, half of them at a random moment and half within 150 ms of the fork of a host, and
// checks 2 s later which processes are left: hosts, processes that trials have started, the compiler. Seeded. Linux.
//
//   npm run orphans -- [--kills 200] [--within 2000] [--seed 0]
import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rng } from "../src/core/rng.ts";
import { BELAY } from "./run.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Name of an environment variable that every process that a coordinator starts inherits. */
const VARIABLE = "BELAY_ORPHANS";
const AFTER_FORK_MS = 150;
/** A launch that has not forked its hosts after this time never will. */
const PATIENCE_MS = 60_000;
/** Forks of a launch: the host that reads the study, the first host, spares and slots, and their replacements. */
const FORKS = 8;
/** The ways to run: one slot, several hosts that start at once, and a fresh host for each trial. */
const WAYS = [
  ["--workers", "1"],
  ["--workers", "4"],
  ["--workers", "2", "--recycle", "always"],
  ["--workers", "4", "--recycle", "always"],
];

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    within: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
  },
});
const goneWithinMs = Number(values.within);
const kills = Number(values.kills);
const folder = mkdtempSync(join(tmpdir(), "belay-orphans-"));
writeStudy();
/**
 * Kills "at any moment" happen within this time: it covers a launch up to its trials, at this machine's present speed.
 */
const anyMomentMs = 1.2 * (await timeOfLaunch());
const counts = new Map<string, { kills: number; hosts: number; left: number }>();
const gone: number[] = [];
const failures: string[] = [];
for (let i = 0; i < kills; i++) {
  const way = WAYS[(i >> 1) % WAYS.length]!;
  const moment = i % 2 === 0 ? "at any moment" : `within ${AFTER_FORK_MS} ms of a fork`;
  const { afterMs, left, alive, isKilled } = await killCoordinator(i, way, i % 2 === 1);
  if (!isKilled) failures.push(`kill ${i}: the launch had ended before`);
  const key = `${moment}, ${way.join(" ")}`;
  const count = counts.get(key) ?? { kills: 0, hosts: 0, left: 0 };
  counts.set(key, { kills: count.kills + 1, hosts: count.hosts + alive, left: count.left + left.length });
  gone.push(afterMs);
  for (const { pid, command } of left) failures.push(`kill ${i} (${key}): ${pid} ${command}`);
}
rmSync(folder, { recursive: true, force: true });

for (const [key, count] of [...counts].sort())
  console.log(
    `${String(count.kills).padStart(4)} kills ${key}: ${count.hosts} processes beside, ${count.left} left`,
  );
gone.sort((a, b) => a - b);
console.log(
  `all of ${kills}: ${failures.length} processes left after ${goneWithinMs / 1000} s; the last was gone after ${gone[gone.length >> 1]} ms in the middle, ${gone.at(-1)} ms at most`,
);
for (const line of failures) console.log(line);
if (failures.length > 0) process.exitCode = 1;

interface Marked {
  readonly pid: number;
  readonly command: string;
}
interface KillResult {
  readonly afterMs: number;
  readonly left: readonly Marked[];
  /** How many processes there were beside the coordinator when it was killed. */
  readonly alive: number;
  /** Whether the kill ended the coordinator, rather than the launch itself. */
  readonly isKilled: boolean;
}

/** Launches a study and kills its coordinator. */
async function killCoordinator(i: number, way: readonly string[], atFork: boolean): Promise<KillResult> {
  const chance = rng(Number(values.seed), i, "orphans");
  const mark = `${process.pid}-${i}`;
  const coordinator = launch(mark, way);
  const ended = new Promise<string | null>((resolve) =>
    coordinator.on("exit", (_, signal) => resolve(signal)),
  );
  if (atFork) {
    await forks(coordinator.pid!, 1 + chance.int(FORKS));
    await sleep(chance.next() * AFTER_FORK_MS);
  } else await sleep(chance.next() * anyMomentMs);
  const alive = marked(mark).length - 1;
  coordinator.kill("SIGKILL");
  const killedAt = performance.now();
  const isKilled = (await ended) === "SIGKILL";
  const elapsed = () => Math.round(performance.now() - killedAt);
  let left = marked(mark);
  while (left.length > 0 && elapsed() < goneWithinMs) {
    await sleep(10);
    left = marked(mark);
  }
  const afterMs = elapsed();
  for (const { pid } of left) tryKill(pid);
  return { afterMs, left, alive, isKilled };
}

function launch(mark: string, way: readonly string[]): ChildProcess {
  const name = ["--name", `orphans-${mark}`, "--db", `${mark}.db`];
  return spawn(process.execPath, [BELAY, "launch", "study.mjs", ...name, "--trials", "1000", ...way], {
    cwd: folder,
    stdio: "ignore",
    env: { ...process.env, [VARIABLE]: mark, BELAY_ADMISSION: "off", BELAY_BREAKER: "off" },
  });
}

async function timeOfLaunch(): Promise<number> {
  const began = performance.now();
  const coordinator = launch("first", WAYS.at(-1)!);
  await forks(coordinator.pid!, FORKS);
  coordinator.kill("SIGKILL");
  return performance.now() - began;
}

/** Waits until a coordinator has started `count` hosts in all, including those that have ended. */
async function forks(pid: number, count: number): Promise<void> {
  const seen = new Set<string>();
  const deadline = performance.now() + PATIENCE_MS;
  while (seen.size < count && performance.now() < deadline) {
    try {
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
      for (const child of text ? text.split(" ") : []) if (isHost(child)) seen.add(child);
    } catch {
      return; // The coordinator has ended.
    }
    await sleep(1);
  }
}

/** Every child but the compiler is a host. A host is not known by its name, which it gets only with its `exec`. */
function isHost(pid: string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("esbuild");
  } catch {
    return false;
  }
}

/** The processes that carry the mark and are alive; zombies are not. */
function marked(mark: string): Marked[] {
  const found: Marked[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, "latin1").split("\0").includes(`${VARIABLE}=${mark}`))
        continue;
      if (readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)![0] === "Z") continue;
      const command = readFileSync(`/proc/${name}/cmdline`, "latin1").replaceAll("\0", " ").slice(0, 120);
      found.push({ pid: Number(name), command });
    } catch {
      // The process has ended, or belongs to another user.
    }
  }
  return found;
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process has ended.
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Writes a study of short trials, some with a child process, so that hosts are started all the time. */
function writeStudy(): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules", "belay"));
  writeFileSync(
    join(folder, "study.mjs"),
    `import { spawn } from "node:child_process";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "orphans",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ params, trial }) => {
    if (trial.number % 5 === 4) spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    await new Promise((resolve) => setTimeout(resolve, 30 + params.x * 100));
    return params.x;
  },
});
`,
  );
}
