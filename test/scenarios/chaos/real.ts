// Real chaos: a launch with real hosts. Coordinator and hosts are killed, stopped and told to end while trials are
// running; the study is resumed until its target is reached.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Rng, rng } from "../../../src/core/rng.ts";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { brokenPromises } from "./invariants.ts";
import { FAULTS, processesOf, tryKill } from "./real-faults.ts";
import type { Campaign, Fired } from "./world.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const MAIN = join(ROOT, "dist/cli/main.js");
const TRIALS = 8;
const MAX_LIVES = 12;

interface World {
  readonly seed: number;
  readonly chance: Rng;
  readonly folder: string;
  readonly name: string;
  /** Results that were recorded before a fault. */
  readonly recorded: Map<string, unknown>;
  count(fault: string): void;
}

interface Run {
  readonly pid: number;
  readonly ended: Promise<End>;
  isEnded(): boolean;
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Runs the study of a seed through kills, stops and rival coordinators until its target is reached. */
export async function realChaos(seed: number): Promise<Campaign> {
  const chance = rng(seed, 2, "chaos");
  const folder = mkdtempSync(join(tmpdir(), "belay-chaos-"));
  // Ends in a letter: processes are found by this text, and the name of seed 1 must not be found in that of seed 12.
  const name = `chaos-${process.pid}-${seed}x`;
  const fired: Fired = {};
  const count = (fault: string): void => {
    fired[fault] = (fired[fault] ?? 0) + 1;
  };
  writeStudy(folder, name);
  const world: World = { seed, chance, folder, name, count, recorded: new Map() };
  try {
    const { broken, lives } = await runUntilTarget(world);
    if (broken.length === 0 && Object.keys(fired).length === 0)
      broken.push("no fault came while a trial was in flight");
    return { broken, fired, lives };
  } finally {
    for (const pid of processesOf(name)) tryKill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runUntilTarget(world: World): Promise<{ broken: string[]; lives: number }> {
  const { folder, name, chance, seed } = world;
  const common = ["--workers", "2", "--durability", chance.next() < 0.5 ? "full" : "normal"];
  let faultsLeft = 2 + chance.int(3);
  for (let life = 0; life < MAX_LIVES; life++) {
    const args =
      life === 0 || !existsSync(join(folder, "belay.db")) || !hasStudy(folder)
        ? [
            "launch",
            "study.mjs",
            "--trials",
            String(TRIALS),
            "--seed",
            String(seed),
            "--max-attempts",
            "20",
            ...common,
          ]
        : ["resume", name];
    const isRace = args[0] === "resume" && chance.next() < 0.4;
    const runs = Array.from({ length: isRace ? 2 : 1 }, () => start(folder, args));
    if (isRace) world.count("two coordinators at once");
    faultsLeft -= await disturb(world, runs, life === 0 ? Math.max(1, faultsLeft) : faultsLeft, seed + life);
    const ends = await Promise.all(runs.map(({ ended }) => ended));
    const broken = [...(await leftBehind(name)), ...ends.flatMap(({ stderr }) => internalErrors(stderr))];
    if (isRace) broken.push(...raceFaults(ends));
    const isEnded =
      ends.some(({ code, signal }) => signal === null && (code === 0 || code === 1)) && isFinished(folder);
    broken.push(...inspect(world, isEnded));
    if (broken.length > 0) return { broken: broken.map((line) => `life ${life}: ${line}`), lives: life };
    if (isEnded) return { broken: [], lives: life };
  }
  return { broken: [`the target was not reached in ${MAX_LIVES} lives`], lives: MAX_LIVES };
}

/** Causes up to `most` faults while trials run. @returns how many. */
async function disturb(world: World, runs: readonly Run[], most: number, turn: number): Promise<number> {
  const { chance, folder, count } = world;
  const names = Object.keys(FAULTS);
  let done = 0;
  while (done < most) {
    const run = await inFlight(folder, runs);
    if (!run) return done;
    await sleep(chance.int(250));
    if (run.isEnded() || runningPid(folder) !== run.pid) continue;
    remember(world);
    const name = names[(turn * 3 + done + chance.int(2)) % names.length]!;
    if (
      !FAULTS[name]!.inject(
        { pid: run.pid, name: world.name, coordinators: runs.map(({ pid }) => pid) },
        chance,
      )
    ) {
      if (run.isEnded()) return done;
      continue;
    }
    count(name);
    done++;
    if (FAULTS[name]!.ends) return done;
  }
  return done;
}

/** Waits until the owner of the study runs a trial. @returns its run, or null if all runs have ended. */
async function inFlight(folder: string, runs: readonly Run[]): Promise<Run | null> {
  for (;;) {
    const pid = runningPid(folder);
    const run = runs.find((candidate) => candidate.pid === pid && !candidate.isEnded());
    if (run) return run;
    if (runs.every(({ isEnded }) => isEnded())) return null;
    await sleep(10);
  }
}

interface Recorded {
  readonly key: string;
  readonly value: unknown;
}

/** Notes all recorded results before a fault; they must still be there after it. */
function remember({ folder, recorded }: World): void {
  look(folder, (db) => {
    for (const { key, value } of db.prepare(RECORDED).all() as Recorded[]) recorded.set(key, value);
  });
}

const RECORDED = `SELECT 'split ' || trial_id || '/' || split || ' of attempt ' || attempt AS key, value FROM splits
  UNION ALL SELECT 'end of trial ' || number, state FROM trials WHERE told IS NOT NULL`;

function inspect({ folder, recorded }: World, isEnded: boolean): string[] {
  const broken: string[] = [];
  look(folder, (db) => {
    broken.push(...brokenPromises(db, { ended: isEnded, target: isEnded ? TRIALS : null }));
    const now = new Map((db.prepare(RECORDED).all() as Recorded[]).map(({ key, value }) => [key, value]));
    for (const [key, value] of recorded)
      if (now.get(key) !== value) broken.push(`${key}: was ${value}, is ${now.get(key)}`);
  });
  return broken;
}

function raceFaults(ends: readonly End[]): string[] {
  const refused = ends.filter(({ code, stderr }) => code === 1 && /is run by pid/.test(stderr));
  return refused.length <= 1 ? [] : ["of two coordinators both were refused"];
}

function internalErrors(stderr: string): string[] {
  return stderr.includes("internal error")
    ? [`internal error: ${stderr.slice(stderr.indexOf("internal error"), 400)}`]
    : [];
}

/** The processes that are left 5 s after their coordinator has ended; hosts normally end within moments. */
async function leftBehind(name: string): Promise<string[]> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const left = processesOf(name);
    if (left.length === 0) return [];
    if (performance.now() > deadline) return [`processes are left: ${left.join(", ")}`];
    await sleep(20);
  }
}

function isFinished(folder: string): boolean {
  const finished = look(folder, (db) =>
    db.prepare("SELECT count(*) FROM trials WHERE told IS NOT NULL").pluck().get(),
  );
  return Number(finished ?? 0) >= TRIALS;
}

function hasStudy(folder: string): boolean {
  return Number(look(folder, (db) => db.prepare("SELECT count(*) FROM studies").pluck().get()) ?? 0) > 0;
}

/** The owner's pid if one of its trials is running, else null. */
function runningPid(folder: string): number | null {
  return look(folder, (db) => (db.prepare(RUNNING_OWNER).pluck().get() as number | undefined) ?? null);
}

const RUNNING_OWNER = `SELECT o.pid FROM owners o WHERE o.released_at IS NULL AND o.epoch = (SELECT max(epoch) FROM owners)
  AND EXISTS (SELECT 1 FROM attempts a WHERE a.epoch = o.epoch AND a.state = 'running' AND a.host_pid IS NOT NULL)`;

function look<T>(folder: string, read: (db: ReturnType<typeof openDatabase>) => T): T | null {
  const file = join(folder, "belay.db");
  if (!existsSync(file)) return null;
  try {
    const db = openDatabase(file, { readonly: true });
    try {
      return read(db);
    } finally {
      db.close();
    }
  } catch {
    return null; // The schema does not exist yet.
  }
}

function start(cwd: string, args: readonly string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  let isEnded = false;
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<End>((resolve) => {
    child.on("close", (code, signal) => {
      isEnded = true;
      resolve({ code, signal, stderr });
    });
  });
  return { pid: child.pid!, ended, isEnded: () => isEnded };
}

/** Writes a study with four splits of 40 to 120 ms. */
function writeStudy(folder: string, name: string): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules", "belay"));
  writeFileSync(
    join(folder, "study.mjs"),
    `import { defineStudy, float, kFold } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: float(0, 1), y: float(1e-3, 1, { log: true }) },
  splits: () => kFold(40, { folds: 4 }),
  train: async ({ params, splitIndex, seed }) => {
    await new Promise((resolve) => setTimeout(resolve, 40 + (seed % 80)));
    return params.x * params.y + splitIndex;
  },
});
`,
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
