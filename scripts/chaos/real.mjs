// Real chaos: a launch with real hosts; coordinator and hosts are killed, stopped and told to end while trials are in
// flight; the study is resumed until its target is reached.
import { spawn } from "node:child_process";
import {
  existsSync,
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
import { rng } from "../../dist/core/rng.js";
import { openDatabase } from "../../dist/store/database.js";
import { brokenPromises } from "./invariants.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const MAIN = join(ROOT, "dist/cli/main.js");
const TRIALS = 8;
const MAX_LIVES = 12;

/** What is done to a run, each while a trial is in flight. `ends`: the coordinator ends by it. */
const FAULTS = {
  "coordinator: SIGKILL": { ends: true, strike: ({ pid }) => process.kill(pid, "SIGKILL") },
  "coordinator: SIGTERM": { ends: true, strike: ({ pid }) => process.kill(pid, "SIGTERM") },
  "coordinator: SIGINT": { ends: true, strike: ({ pid }) => process.kill(pid, "SIGINT") },
  "coordinator: SIGSTOP, SIGCONT": { ends: false, strike: ({ pid }, chance) => pause(pid, chance) },
  "host: SIGKILL": { ends: false, strike: (run, chance) => strikeHost(run, chance, "SIGKILL") },
  "host: SIGTERM": { ends: false, strike: (run, chance) => strikeHost(run, chance, "SIGTERM") },
  "host: SIGSTOP, SIGCONT": { ends: false, strike: (run, chance) => pauseHost(run, chance) },
};

/** What must have come at least once in a campaign. */
export const REAL_FAULTS = [...Object.keys(FAULTS), "two coordinators at once"];

/**
 * @param {number} seed
 * @returns {Promise<{ broken: string[], fired: Record<string, number>, lives: number }>}
 */
export async function realChaos(seed) {
  const chance = rng(seed, 2, "chaos");
  const folder = mkdtempSync(join(tmpdir(), "belay-chaos-"));
  const name = `chaos-${process.pid}-${seed}`;
  const fired = {};
  const count = (fault) => {
    fired[fault] = (fired[fault] ?? 0) + 1;
  };
  writeStudy(folder, name);
  const world = { seed, chance, folder, name, count, recorded: new Map() };
  try {
    const { broken, lives } = await liveUntilTarget(world);
    if (broken.length === 0 && Object.keys(fired).length === 0)
      broken.push("no fault came while a trial was in flight");
    return { broken, fired, lives };
  } finally {
    for (const pid of processesOf(name)) tryKill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function liveUntilTarget(world) {
  const { folder, name, chance, seed } = world;
  const common = ["--workers", "2", "--durability", chance.next() < 0.5 ? "full" : "normal"];
  let strikes = 2 + chance.int(3);
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
    strikes -= await disturb(world, runs, life === 0 ? Math.max(1, strikes) : strikes, seed + life);
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

/** Strikes up to `most` times while trials run; @returns how often. */
async function disturb(world, runs, most, turn) {
  const { chance, folder, count } = world;
  const names = Object.keys(FAULTS);
  let done = 0;
  while (done < most) {
    const run = await inFlight(folder, runs);
    if (!run) return done;
    await sleep(chance.int(250));
    if (run.isEnded() || runningPid(folder) !== run.pid) continue;
    remember(world);
    const name = names[(turn * 3 + done + chance.int(2)) % names.length];
    if (
      !(await FAULTS[name].strike(
        { pid: run.pid, name: world.name, coordinators: runs.map(({ pid }) => pid) },
        chance,
      ))
    ) {
      if (run.isEnded()) return done;
      continue;
    }
    count(name);
    done++;
    if (FAULTS[name].ends) return done;
  }
  return done;
}

/** Waits until the owner of the study runs a trial; null: all runs have ended. */
async function inFlight(folder, runs) {
  for (;;) {
    const pid = runningPid(folder);
    const run = runs.find((candidate) => candidate.pid === pid && !candidate.isEnded());
    if (run) return run;
    if (runs.every(({ isEnded }) => isEnded())) return null;
    await sleep(10);
  }
}

function pause(pid, chance) {
  process.kill(pid, "SIGSTOP");
  setTimeout(() => tryKill(pid, "SIGCONT"), 100 + chance.int(600));
  return true;
}

function strikeHost({ name, coordinators }, chance, signal) {
  const hosts = processesOf(name).filter((pid) => !coordinators.includes(pid));
  return hosts.length > 0 && tryKill(hosts[chance.int(hosts.length)], signal);
}

function pauseHost({ name, coordinators }, chance) {
  const hosts = processesOf(name).filter((pid) => !coordinators.includes(pid));
  return hosts.length > 0 && pause(hosts[chance.int(hosts.length)], chance);
}

function tryKill(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** What is recorded before a fault must be there after it. */
function remember({ folder, recorded }) {
  look(folder, (db) => {
    for (const { key, value } of db.prepare(RECORDED).all()) recorded.set(key, value);
  });
}

const RECORDED = `SELECT 'split ' || trial_id || '/' || split || ' of attempt ' || attempt AS key, value FROM splits
  UNION ALL SELECT 'end of trial ' || number, state FROM trials WHERE told IS NOT NULL`;

function inspect({ folder, recorded }, isEnded) {
  const broken = [];
  look(folder, (db) => {
    broken.push(...brokenPromises(db, { ended: isEnded, target: isEnded ? TRIALS : null }));
    const now = new Map(
      db
        .prepare(RECORDED)
        .all()
        .map(({ key, value }) => [key, value]),
    );
    for (const [key, value] of recorded)
      if (now.get(key) !== value) broken.push(`${key}: was ${value}, is ${now.get(key)}`);
  });
  return broken;
}

function raceFaults(ends) {
  const refused = ends.filter(
    ({ code, stderr }) => code === 1 && /expected no other coordinator/.test(stderr),
  );
  return refused.length <= 1 ? [] : ["of two coordinators both were refused"];
}

function internalErrors(stderr) {
  return stderr.includes("internal error")
    ? [`internal error: ${stderr.slice(stderr.indexOf("internal error"), 400)}`]
    : [];
}

/** Hosts end within moments of their coordinator. */
async function leftBehind(name) {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const left = processesOf(name);
    if (left.length === 0) return [];
    if (performance.now() > deadline) return [`processes are left: ${left.join(", ")}`];
    await sleep(20);
  }
}

function isFinished(folder) {
  return look(
    folder,
    (db) => db.prepare("SELECT count(*) FROM trials WHERE told IS NOT NULL").pluck().get() >= TRIALS,
  );
}

function hasStudy(folder) {
  return look(folder, (db) => db.prepare("SELECT count(*) FROM studies").pluck().get() > 0) ?? false;
}

/** The owner's pid, while a trial of its own is running. */
function runningPid(folder) {
  return look(folder, (db) => db.prepare(RUNNING_OWNER).pluck().get() ?? null);
}

const RUNNING_OWNER = `SELECT o.pid FROM owners o WHERE o.released_at IS NULL AND o.epoch = (SELECT max(epoch) FROM owners)
  AND EXISTS (SELECT 1 FROM attempts a WHERE a.epoch = o.epoch AND a.state = 'running' AND a.host_pid IS NOT NULL)`;

function look(folder, read) {
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
    return null; // The schema is not there yet.
  }
}

/** Processes that live and have the study's name in their command line or title; its coordinators among them. */
function processesOf(name) {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)[0];
        return state !== "Z" && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(name);
      } catch {
        return false;
      }
    });
}

function start(cwd, args) {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  let isEnded = false;
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise((resolve) => {
    child.on("close", (code, signal) => {
      isEnded = true;
      resolve({ code, signal, stderr });
    });
  });
  return { pid: child.pid, ended, isEnded: () => isEnded };
}

/** Four splits of 40 to 120 ms. */
function writeStudy(folder, name) {
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

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
