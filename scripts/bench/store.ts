// Measures the store: the whole life of a trial (ask at random, start, one split, finish, final memory), beside Optuna
// with SQLite in one run on the same disk; the same in each tenth of 100,000 trials; and how long resume and query take
// with 100,000 trials of five splits.
//   npm run bench:store -- [--trials 100000] [--optuna 200] [--python PYTHON] [--folder FOLDER] [--json]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runControl } from "../../src/coordinator/control.ts";
import { runEvents } from "../../src/coordinator/events.ts";
import { openRun } from "../../src/coordinator/study.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { BELAY } from "../run.ts";
import { inTurn, machineText, print, progress, readArguments, startWatch, timeNode } from "./harness.ts";
import { median } from "./statistics.ts";
import { newStudy, SEED, SPACE, STUDY, trialPlayer } from "./store/lives.ts";

const { trials, optuna, python, folder, json } = readArguments({
  ...{ trials: 100_000, optuna: 200, python: "python3", folder: tmpdir() },
});
const SPLITS = 5;
const QUERIES = 5;

const home = mkdtempSync(join(folder, "belay-bench-"));
try {
  const figures = await measureAll();
  print(json, figures, () => textOf(figures));
} finally {
  rmSync(home, { recursive: true, force: true });
}

async function measureAll() {
  const few = Math.min(trials, 3_000);
  progress("lives of trials, full and normal ...");
  const full = await lives("full", "full", few);
  const peer = measureOptuna();
  const fullAgain = await lives("full-2", "full", few);
  const normal = await lives("normal", "normal", few);
  progress(`lives of ${trials} trials ...`);
  const flat = await tenths();
  progress(`lives of ${trials} trials of ${SPLITS} splits ...`);
  const large = await largeStudy();
  progress("");
  return { full, optuna: peer, fullAgain, normal, flat, large };
}

async function lives(name: string, durability: "full" | "normal", count: number) {
  const store = openSqliteStore(join(home, `${name}.db`), { durability });
  const playTrial = trialPlayer(await newStudy(store, 1, count));
  for (let i = 0; i < 50; i++) await playTrial();
  const watch = startWatch();
  for (let i = 0; i < count; i++) await playTrial();
  const { wallMs, cpuMs } = watch();
  await store.close();
  return { msPerTrial: wallMs / count, cpuMsPerTrial: cpuMs / count };
}

/** Measures whether a trial takes the same time to the last: the time per trial in each tenth of them. */
async function tenths() {
  const file = join(home, "flat.db");
  const store = openSqliteStore(file, { durability: "normal" });
  const playTrial = trialPlayer(await newStudy(store, 1, trials));
  for (let i = 0; i < 200; i++) await playTrial();
  const part = Math.floor(trials / 10);
  const parts = [];
  for (let p = 0; p < 10; p++) {
    const watch = startWatch();
    for (let i = 0; i < part; i++) await playTrial();
    const { wallMs, cpuMs } = watch();
    parts.push({ msPerTrial: wallMs / part, cpuMsPerTrial: cpuMs / part });
  }
  await store.close();
  return { parts, bytesPerTrial: statSync(file).size / (part * 10) };
}

/** Measures a large study with splits: its size, and the time that a resume and a query take to read it. */
async function largeStudy() {
  const file = join(home, "large.db");
  const store = openSqliteStore(file, { durability: "normal" });
  const owned = await newStudy(store, SPLITS, trials + 1);
  const playTrial = trialPlayer(owned, SPLITS);
  for (let i = 0; i < trials; i++) await playTrial();
  await owned.release("stopped");
  await store.close();
  const fileBytes = statSync(file).size;
  const resume = await resumeStudy(file, owned.id);
  return { fileBytes, fileBytesPerTrial: fileBytes / trials, ...resume, queryMs: await query(file) };
}

/** Does what a resume does before it asks for the first trial. */
async function resumeStudy(file: string, id: number) {
  const clock = virtualClock(); // No trial runs, so no time passes on it.
  globalThis.gc?.();
  const before = process.memoryUsage();
  const watch = startWatch();
  const store = openSqliteStore(file, { durability: "normal" });
  const owned = await store.claim(id, currentIdentity());
  await owned.settle();
  const waiting = await owned.reads.waiting();
  const limits = { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1 };
  const study = await openRun(
    {
      ...{ owned, clock, limits, space: SPACE, directions: ["minimize"], splitCount: SPLITS, seed: SEED },
      ...{ noise: false, trials: trials + 1, studyTimeoutMs: null, target: null, lag: null },
      engine: simulatedEngine({ clock, seed: SEED, workers: 1, splitCount: SPLITS }),
      sampler: samplers.make("sampler", "random"),
      pruner: pruners.make("pruner", "none"),
      listen: () => {},
    },
    runControl(),
    runEvents([], () => {}),
    waiting,
  );
  const { wallMs, cpuMs } = watch();
  if (study.finished !== trials) throw new Error(`expected ${trials} trials, got ${study.finished}`);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const heapBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  await owned.release("stopped");
  await store.close();
  clock.stop();
  return {
    resumeMs: wallMs,
    resumeCpuMs: cpuMs,
    memoryBytesPerTrial: globalThis.gc ? heapBytes / trials : null,
  };
}

/** Times `belay query --limit 20 --sort value` as a whole command, and a command that does nothing. */
async function query(file: string) {
  const asked = ["query", STUDY, "--limit", "20", "--sort", "value", "--db", file];
  const [whole, nothing] = await inTurn(
    QUERIES,
    [asked, ["--version"]].map((args) => () => timeNode([BELAY, ...args]).wallMs),
  );
  return { whole: median(whole!), nothing: median(nothing!) };
}

/** Times the lives of trials in Optuna; null if Optuna is not installed or not wanted. */
function measureOptuna(): { readonly version: string; readonly msPerTrial: number } | null {
  if (optuna === 0) return null;
  const script = fileURLToPath(new URL("store/optuna.py", import.meta.url));
  const args = [script, join(home, "optuna.db"), String(optuna)];
  const { status, stdout, stderr, error } = spawnSync(python, args, { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout);
  const why = error ? error.message : stderr.trim().split("\n").at(-1);
  console.error(`Optuna was not measured: ${why} (--python names an interpreter that has it)`);
  return null;
}

function textOf(figures: Awaited<ReturnType<typeof measureAll>>): string {
  const { full, fullAgain, normal, optuna: peer, flat, large } = figures;
  const best = Math.min(full.msPerTrial, fullAgain.msPerTrial);
  const ratio = (ms: number) => (peer ? `, ${(peer.msPerTrial / ms).toFixed(0)} times Optuna's rate` : "");
  const shown = flat.parts.map(
    ({ msPerTrial, cpuMsPerTrial }) => `${msPerTrial.toFixed(3)} (${cpuMsPerTrial.toFixed(3)})`,
  );
  const memory =
    large.memoryBytesPerTrial === null
      ? ""
      : `, ${large.memoryBytesPerTrial.toFixed(0)} bytes of memory a trial`;
  return [
    machineText(),
    ...(peer ? [`Optuna ${peer.version}, SQLite: ${peer.msPerTrial.toFixed(2)} ms a trial`] : []),
    `Belay, full:   ${best.toFixed(3)} ms a trial${ratio(best)}`,
    `Belay, normal: ${normal.msPerTrial.toFixed(3)} ms a trial${ratio(normal.msPerTrial)}`,
    `tenths of ${trials} trials, ms wall (CPU): ${shown.join("  ")}; ${flat.bytesPerTrial.toFixed(0)} bytes a trial on disk`,
    `${trials} trials x ${SPLITS} splits: ${(large.fileBytes / 1e6).toFixed(0)} MB (${large.fileBytesPerTrial.toFixed(0)} bytes a trial)`,
    `resume: ${large.resumeMs.toFixed(0)} ms (CPU ${large.resumeCpuMs.toFixed(0)})${memory}`,
    `query --limit 20 --sort value: ${large.queryMs.whole.toFixed(0)} ms, of which ${large.queryMs.nothing.toFixed(0)} ms for --version`,
  ].join("\n");
}
