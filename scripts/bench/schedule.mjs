// Measures the scheduler: npm run bench:schedule -- [simulated|pinball|overhead|real] ... (all without arguments).
// The build (dist/) must be there. Figures and what they mean: docs/scheduling.md.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runControl } from "../../dist/coordinator/control.js";
import { run } from "../../dist/coordinator/run.js";
import { rng } from "../../dist/core/rng.js";
import { compileSpace } from "../../dist/core/space/space.js";
import { fromUnit } from "../../dist/core/space/unit-cube.js";
import { pruners } from "../../dist/pruner/registry.js";
import { samplers } from "../../dist/sampler/registry.js";
import { THRESHOLDS } from "../../dist/scheduler/concurrency.js";
import { pinball, quantileModel } from "../../dist/scheduler/quantile.js";
import { virtualClock } from "../../dist/simulation/clock.js";
import { simulatedMachine } from "../../dist/simulation/machine.js";
import { SCHEDULE_SPACE, scheduledTrial } from "../../dist/simulation/memory-study.js";
import { currentIdentity } from "../../dist/store/identity.js";
import { openStore } from "../../dist/store/sqlite.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SEED = 7;
// In memory where that can be had: what is measured is the scheduler.
const parent = process.argv[2] === "simulated" && existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const folder = mkdtempSync(join(parent, "belay-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;

/** Runs the real coordinator on a machine in virtual time. */
async function simulate(/** @type {string} */ name, /** @type {number} */ trials, scheduling) {
  const [totalBytes, reserveBytes] = [66e9, 2e9];
  const clock = virtualClock();
  const trial = (/** @type {import("../../dist/core/engine.js").TrialTask} */ task) =>
    scheduledTrial(SEED, task);
  const machine = simulatedMachine({
    clock,
    workers: scheduling.slots ?? 64,
    totalBytes,
    reserveBytes,
    trial,
  });
  const store = openStore(join(folder, `${name}.db`), { durability: "normal", now: clock.now });
  const nothing = {
    setupTimeoutMs: 1,
    splitTimeoutMs: null,
    trialTimeoutMs: null,
    memoryBytes: null,
    graceMs: 1,
  };
  const owned = await store.createStudy(
    {
      name,
      directions: ["minimize"],
      space: SCHEDULE_SPACE,
      splitCount: 1,
      splitHash: "",
      codeHash: "",
      studyFile: "/",
      seed: SEED,
      sampler: "random",
      pruner: "none",
      backend: null,
      noise: false,
      trials,
      maxAttempts: 3,
      settings: {},
      limits: { ...nothing, reserveBytes },
    },
    currentIdentity(),
  );
  const began = performance.now();
  const from = clock.elapsed();
  await run(
    {
      owned,
      clock,
      engine: machine.engine,
      space: SCHEDULE_SPACE,
      splitCount: 1,
      seed: SEED,
      sampler: samplers.make("sampler", "random"),
      pruner: pruners.make("pruner", "none"),
      directions: ["minimize"],
      noise: false,
      limits: nothing,
      trials,
      studyTimeoutMs: null,
      target: null,
      lag: null,
      listen: () => {},
      scheduling: {
        workers: "auto",
        machine: { cores: 64, gpus: null },
        admission: true,
        breaker: null,
        autoSplitTimeout: false,
        thresholds: THRESHOLDS,
        settings: {},
        limits: owned.row.limits,
        past: [],
        readCpu: () => ({ total: 0, others: 0 }),
        readMemory: machine.readMemory,
        ...scheduling,
      },
    },
    runControl(),
  );
  const hours = (clock.elapsed() - from) / 3_600_000;
  clock.stop();
  await store.close();
  const { utilisation, over, kills } = machine.use();
  console.log(
    `  ${name.padEnd(34)} ${hours.toFixed(2)} h  utilisation ${percent(utilisation)}  over budget ${percent(over)}  killed ${kills}  (${((performance.now() - began) / 1000).toFixed(0)} s real)`,
  );
}

async function simulated() {
  const trials = Number(process.env.TRIALS ?? 10_000);
  console.log(
    `simulated: ${trials} trials, 64 slots, budget 64 GB, peaks 0.5 to 7 GB that follow from the params`,
  );
  const peaks = Array.from(
    { length: 4_000 },
    (_, number) => scheduledTrial(SEED, { number, params: drawParams(number) }).peakBytes,
  );
  const p95 = peaks.sort((a, b) => a - b)[Math.floor(peaks.length * 0.95)];
  const fixed = Math.floor(64e9 / p95);
  await simulate("auto, admission on", trials, {});
  await simulate("auto, admission off", trials, { admission: false });
  await simulate("64 workers, admission off", trials, { workers: 64, admission: false });
  await simulate(`${fixed} workers (95th percentile), off`, trials, {
    workers: fixed,
    admission: false,
    slots: fixed,
  });
}

function drawParams(/** @type {number} */ number) {
  const random = rng(SEED, number, "draw");
  return Object.fromEntries(
    SCHEDULE_SPACE.params.map(({ name, distribution }) => [name, fromUnit(distribution, random.next())]),
  );
}

/** Peaks and durations of several shapes: how well is the 95 % quantile of a held-out trial forecast? */
function pinballs() {
  const param = (/** @type {number} */ low, /** @type {number} */ high, log = false) => ({
    distribution: { kind: "int", low, high, log, step: 1 },
    conditions: [],
  });
  const optimizer = { distribution: { kind: "categorical", choices: ["adam", "sgd"] }, conditions: [] };
  const rate = {
    distribution: { kind: "float", low: 1e-4, high: 0.1, log: true, step: null },
    conditions: [],
  };
  const space = compileSpace({
    units: param(32, 1024),
    layers: param(1, 4),
    batch: param(8, 256, true),
    rate,
    optimizer,
  });
  const shapes = {
    "product of sizes on a base": (r) =>
      90e6 + r[0] * r[1] * 4e5 * (r[4] === 0 ? 1.5 : 1) + r[2] * r[0] * 4e3,
    "one size decides": (r) => 5e7 * Math.exp(r[0] / 250),
    "a step (one choice is dear)": (r) => (r[4] === 0 ? 2e9 : 3e8),
    "a bump in the middle": (r) => 1e8 + 2e9 * Math.exp(-(((r[0] - 500) / 120) ** 2)),
    "params predict nothing": () => 1e9,
  };
  console.log(
    "pinball loss (0.95, log space) on 1,000 held-out trials; noise 10 %; share below the forecast",
  );
  for (const [name, shape] of Object.entries(shapes)) {
    for (const count of [20, 50, 200]) {
      const model = quantileModel(space);
      const constant = quantileModel(compileSpace({}));
      const draw = (/** @type {number} */ n) => {
        const random = rng(SEED, n, "row");
        const row = Float64Array.from(
          space.params.map(({ distribution }) => fromUnit(distribution, random.next())),
        );
        return {
          row,
          value: shape(row) * Math.exp((name.startsWith("params") ? 0.6 : 0.1) * random.normal()),
        };
      };
      for (let n = 0; n < count; n++) {
        const { row, value } = draw(n);
        model.observe(row, value);
        constant.observe(new Float64Array(0), value);
      }
      let [ours, theirs, below] = [0, 0, 0];
      for (let n = 0; n < 1_000; n++) {
        const { row, value } = draw(1e6 + n);
        const high = model.forecast(row).high;
        ours += pinball(Math.log(value), Math.log(high), 0.95) / 1_000;
        theirs +=
          pinball(Math.log(value), Math.log(constant.forecast(new Float64Array(0)).high), 0.95) / 1_000;
        below += value <= high ? 0.001 : 0;
      }
      console.log(
        `  ${name.padEnd(28)} after ${String(count).padStart(3)}: ${ours.toFixed(4)} (${model.model}), constant ${theirs.toFixed(4)}, below ${percent(below)}`,
      );
    }
  }
}

/** Runs `belay` and reads its JSON. */
function belay(/** @type {string[]} */ ...args) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [MAIN, ...args, "--json", "--quiet", "--log-level", "silent"],
    {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 1e9,
    },
  );
  if (status !== 0) throw new Error(stderr || stdout);
  return JSON.parse(stdout);
}

const machineText = () => `${cpus().length} cores, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`;

/** What is left without Belay: a process and a worker that sleep 100 ms and pass one message each way. */
const BARE = {
  "bare.mjs": `import { fork } from "node:child_process";
const [rounds, slots] = [100, 2];
const slot = () => new Promise((resolve) => {
  const host = fork("bare-host.mjs", { serialization: "advanced" });
  let [round, began] = [0, performance.now()];
  host.on("message", () => {
    if (round === 0) began = performance.now();
    if (round++ < rounds) host.send({ x: round });
    else { host.kill(); resolve((performance.now() - began) / rounds); }
  });
});
const all = await Promise.all(Array.from({ length: slots }, slot));
console.log((all.reduce((sum, ms) => sum + ms) / slots).toFixed(1));`,
  "bare-host.mjs": `import { Worker } from "node:worker_threads";
const worker = new Worker("./bare-worker.mjs");
worker.on("message", (message) => process.send(message));
process.on("message", (message) => worker.postMessage(message));
process.send("ready");`,
  "bare-worker.mjs": `import { parentPort } from "node:worker_threads";
parentPort.on("message", (message) => void setTimeout(() => parentPort.postMessage(message), 100));`,
};

function bare() {
  for (const [name, text] of Object.entries(BARE)) writeFileSync(join(folder, name), text);
  const { stdout } = spawnSync(process.execPath, ["bare.mjs"], { cwd: folder, encoding: "utf8" });
  console.log(`bare process and worker: ${stdout.trim()} ms for 100 ms`);
}

function overhead() {
  bare();
  const trials = Number(process.env.TRIALS ?? 1_000);
  writeFileSync(
    join(folder, "sleep.ts"),
    `import { defineStudy, float } from "belay";
export default defineStudy({ name: "sleep", direction: "minimize", space: { x: float(0, 1) },
  train: async ({ params }) => { await new Promise((resolve) => setTimeout(resolve, 100)); return params.x; } });`,
  );
  for (const durability of ["full", "normal"]) {
    const db = `overhead-${durability}.db`;
    belay(
      "launch",
      "sleep.ts",
      "--db",
      db,
      "--trials",
      String(trials),
      "--workers",
      "2",
      "--sampler",
      "random",
      "--durability",
      durability,
    );
    const [{ ms, gap }] = belay(
      "sql",
      "select max(ended_at) - min(started_at) as ms, avg(duration_ms) as gap from attempts",
      "--db",
      db,
    );
    const ideal = (trials / 2) * 100;
    console.log(
      `overhead: ${trials} trials of 100 ms on 2 slots, durability ${durability}: ${(ms / 1000).toFixed(1)} s, ideal ${ideal / 1000} s: ${percent(ms / ideal - 1)} over; an attempt takes ${gap.toFixed(1)} ms (${machineText()})`,
    );
  }
}

/** A mixed study under a memory budget: short and long, small and large trials. The reserve leaves BUDGET_GB. */
function real() {
  const trials = Number(process.env.TRIALS ?? 40);
  writeFileSync(
    join(folder, "mixed.ts"),
    `import { defineStudy, float, int } from "belay";
export default defineStudy({ name: "mixed", direction: "minimize", noise: true,
  space: { x: float(0, 1), megabytes: int(20, 600, { log: true }), ms: int(200, 2000, { log: true }) },
  train: async ({ params }) => {
    const held = Buffer.alloc(params.megabytes * 1e6, 1);
    const end = performance.now() + params.ms;
    while (performance.now() < end) { Math.sqrt(held[3]!); if (Math.random() < 1e-3) await new Promise(setImmediate); }
    return params.x;
  } });`,
  );
  const [{ data }] = belay("doctor").filter(({ subject }) => subject === "memory");
  const reserve = Math.round(data.availableBytes - Number(process.env.BUDGET_GB ?? 1.2) * 1e9);
  console.log(
    `real: ${trials} mixed trials (20 to 600 MB, 0.2 to 2 s of computing), budget ${process.env.BUDGET_GB ?? 1.2} GB (${machineText()})`,
  );
  for (const workers of ["auto", "1", "2", "3"]) {
    const db = `real-${workers}.db`;
    const { durationMs, trials: counts } = belay(
      "launch",
      "mixed.ts",
      "--db",
      db,
      "--trials",
      String(trials),
      "--workers",
      workers,
      "--seed",
      "3",
      "--sampler",
      "random",
      "--memory-reserve",
      String(reserve),
      "--cpu-thresholds",
      "100,99,98",
      ...(workers === "auto" ? [] : ["--admission", "off"]),
    );
    const [{ over }] = belay(
      "sql",
      "select avg(hosts_bytes > budget_bytes) as over from metrics",
      "--db",
      db,
    );
    console.log(
      `  workers ${workers.padEnd(4)} ${(durationMs / 1000).toFixed(1)} s  over budget in ${percent(over)} of samples  ${JSON.stringify(counts)}`,
    );
  }
}

const all = { pinball: pinballs, simulated, overhead, real };
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(all))
  await all[/** @type {keyof typeof all} */ (name)]();
