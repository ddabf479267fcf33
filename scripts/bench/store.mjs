// How fast the store is: the whole life of a trial (ask at random, start, one split, finish, final memory) beside Optuna
// with SQLite in one run on the same disk; flat to 100,000 trials; resume and query of 100,000 trials of five splits.
//   npm run bench:store -- [--trials 100000] [--optuna 200] [--python PYTHON] [--folder FOLDER] [--json]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runControl } from "../../dist/coordinator/control.js";
import { openRun } from "../../dist/coordinator/study.js";
import { systemClock } from "../../dist/core/clock.js";
import { rng } from "../../dist/core/rng.js";
import { TrialHistory } from "../../dist/core/search/history.js";
import { compileSpace, toParams } from "../../dist/core/space/space.js";
import { UNKNOWN_MEMORY } from "../../dist/core/trial.js";
import { currentIdentity } from "../../dist/machine/identity.js";
import { samplers } from "../../dist/sampler/registry.js";
import { openStore } from "../../dist/sqlite/store.js";

const here = dirname(fileURLToPath(import.meta.url));
const MAIN = join(here, "../../dist/cli/main.js");
const { values: options } = parseArgs({
  options: {
    trials: { type: "string", default: "100000" },
    optuna: { type: "string", default: "200" },
    python: { type: "string", default: "python3" },
    folder: { type: "string", default: tmpdir() },
    json: { type: "boolean", default: false },
  },
});
const MEMORY = {
  ...UNKNOWN_MEMORY,
  rssBytes: 93e6,
  baselineBytes: 90e6,
  peakBytes: 190e6,
  heapBytes: 20e6,
  tensors: 0,
};
const SPACE = compileSpace(
  Object.fromEntries(
    Array.from({ length: 5 }, (_, i) => [
      `x${i}`,
      { distribution: { kind: "float", low: -5, high: 5, log: false, step: null }, conditions: [] },
    ]),
  ),
);

const folder = mkdtempSync(join(options.folder, "belay-bench-"));
const results = {};
try {
  const count = Number(options.trials);
  const short = Math.min(count, 3_000);
  results.full = await lives(join(folder, "full.db"), "full", short);
  results.optuna = optuna(join(folder, "optuna.db"), Number(options.optuna));
  results.fullAgain = await lives(join(folder, "full-2.db"), "full", short);
  results.normal = await lives(join(folder, "normal.db"), "normal", short);
  results.flat = await flat(join(folder, "flat.db"), count);
  results.large = await large(join(folder, "large.db"), count);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (options.json) console.log(JSON.stringify(results));
else print(results);

async function newStudy(store, splitCount, trials) {
  const settings = {};
  const limits = {
    setupTimeoutMs: 1,
    splitTimeoutMs: null,
    trialTimeoutMs: null,
    memoryBytes: null,
    reserveBytes: 0,
    graceMs: 1,
  };
  const record = {
    ...{ name: "bench", directions: ["minimize"], space: SPACE, splitCount, splitHash: "s", codeHash: "c" },
    ...{ studyFile: "/bench.ts", seed: 1, sampler: "random", pruner: "none", backend: null, noise: false },
    ...{ trials, maxAttempts: 3, settings, limits },
  };
  return store.createStudy(record, currentIdentity());
}

/** A function that lives the life of the next trial, as the coordinator does: every write is awaited. */
function liver(owned, splitCount = 1) {
  const sampler = samplers.make("sampler", "random");
  const history = new TrialHistory(SPACE, 1);
  let number = 0;
  return async () => {
    const row = sampler.ask({
      ...{ space: SPACE, directions: ["minimize"], history, number, noise: false },
      rng: (purpose) => rng(1, number, purpose),
      studyRng: (purpose) => rng(1, -1, purpose),
    });
    history.start(number, row);
    const key = await owned.startTrial({ number, params: toParams(SPACE, row) });
    await owned.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: 90e6 });
    const value = row.reduce((sum, x) => sum + x * x, 0);
    const result = { values: [value], constraints: [], durationMs: 10, memory: MEMORY };
    for (let split = 0; split < splitCount; split++) await owned.recordSplit(key, { split, ...result });
    const outcome = { state: "complete", values: [value], constraints: [] };
    await owned.finish(key, outcome, { ...MEMORY, source: "worker" }, { durationMs: 10 });
    history.append({
      number,
      state: "complete",
      reason: null,
      row,
      values: [value],
      constraints: [],
      overrun: 0,
      steps: [],
    });
    number++;
  };
}

async function lives(file, durability, count) {
  const store = openStore(file, { durability });
  const owned = await newStudy(store, 1, count);
  const live = liver(owned);
  for (let i = 0; i < 50; i++) await live();
  const began = performance.now();
  for (let i = 0; i < count; i++) await live();
  const msPerTrial = (performance.now() - began) / count;
  await store.close();
  return { msPerTrial };
}

/** The same to `count` trials: time per trial at the start and at the end. */
async function flat(file, count) {
  const store = openStore(file, { durability: "normal" });
  const owned = await newStudy(store, 1, count);
  const live = liver(owned);
  for (let i = 0; i < 200; i++) await live();
  const parts = [];
  const part = Math.floor(count / 10);
  for (let p = 0; p < 10; p++) {
    const began = process.cpuUsage();
    const start = performance.now();
    for (let i = 0; i < part; i++) await live();
    const { user, system } = process.cpuUsage(began);
    parts.push({
      msPerTrial: (performance.now() - start) / part,
      cpuMsPerTrial: (user + system) / 1000 / part,
    });
  }
  await store.close();
  return { parts, bytesPerTrial: statSync(file).size / (part * 10) };
}

/** `count` trials of five splits: resume, query, size. */
async function large(file, count) {
  const store = openStore(file, { durability: "normal" });
  const owned = await newStudy(store, 5, count + 1);
  const live = liver(owned, 5);
  for (let i = 0; i < count; i++) await live();
  await owned.release("stopped");
  await store.close();
  const fileBytes = statSync(file).size;

  globalThis.gc?.();
  const before = process.memoryUsage();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const again = openStore(file, { durability: "normal" });
  const resumed = await again.claim(owned.id, currentIdentity());
  await resumed.settle();
  const plan = {
    ...{
      owned: resumed,
      space: SPACE,
      directions: ["minimize"],
      splitCount: 5,
      seed: 1,
    },
    ...{ lag: null, trials: count + 1, target: null, clock: systemClock, listen: () => {} },
  };
  const study = await openRun(plan, runControl());
  await resumed.reads.waiting();
  const resumeMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  if (study.finished !== count) throw new Error(`expected ${count} trials, got ${study.finished}`);
  globalThis.gc?.();
  const after = process.memoryUsage();
  const heapBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  await resumed.release("stopped");
  await again.close();
  return {
    fileBytes,
    fileBytesPerTrial: fileBytes / count,
    resumeMs,
    resumeCpuMs: (user + system) / 1000,
    memoryBytesPerTrial: globalThis.gc ? heapBytes / count : null,
    queryMs: query(file),
  };
}

/** `belay query --limit 20 --sort value`: the whole command, and what a command that does nothing takes. */
function query(file) {
  const time = (...args) => {
    const runs = Array.from({ length: 5 }, () => {
      const began = performance.now();
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      return performance.now() - began;
    });
    return runs.sort((a, b) => a - b)[2];
  };
  const whole = time("query", "bench", "--limit", "20", "--sort", "value", "--db", file);
  return { whole, nothing: time("--version") };
}

function optuna(file, count) {
  const { status, stdout, stderr } = spawnSync(
    options.python,
    [join(here, "store.py"), file, String(count)],
    {
      encoding: "utf8",
    },
  );
  if (status === 0) return JSON.parse(stdout);
  console.error(
    `Optuna was not measured: ${stderr.trim().split("\n").at(-1)} (--python names an interpreter that has it)`,
  );
  return null;
}

function print({ full, fullAgain, normal, optuna: peer, flat: { parts, bytesPerTrial }, large: big }) {
  const best = Math.min(full.msPerTrial, fullAgain.msPerTrial);
  const ratio = (ms) => (peer ? `, ${(peer.msPerTrial / ms).toFixed(0)} times Optuna's rate` : "");
  if (peer) console.log(`Optuna ${peer.version}, SQLite: ${peer.msPerTrial.toFixed(2)} ms a trial`);
  console.log(`Belay, full:   ${best.toFixed(3)} ms a trial${ratio(best)}`);
  console.log(`Belay, normal: ${normal.msPerTrial.toFixed(3)} ms a trial${ratio(normal.msPerTrial)}`);
  const shown = parts.map(
    ({ msPerTrial, cpuMsPerTrial }) => `${msPerTrial.toFixed(3)} (${cpuMsPerTrial.toFixed(3)})`,
  );
  console.log(
    `tenths of ${options.trials} trials, ms wall (CPU): ${shown.join("  ")}; ${bytesPerTrial.toFixed(0)} bytes a trial on disk`,
  );
  console.log(
    `${options.trials} trials x 5 splits: ${(big.fileBytes / 1e6).toFixed(0)} MB (${big.fileBytesPerTrial.toFixed(0)} bytes a trial)`,
  );
  const memory =
    big.memoryBytesPerTrial === null ? "" : `, ${big.memoryBytesPerTrial.toFixed(0)} bytes of memory a trial`;
  console.log(`resume: ${big.resumeMs.toFixed(0)} ms (CPU ${big.resumeCpuMs.toFixed(0)})${memory}`);
  console.log(
    `query --limit 20 --sort value: ${big.queryMs.whole.toFixed(0)} ms, of which ${big.queryMs.nothing.toFixed(0)} ms for --version`,
  );
}
