import { join } from "node:path";
import { runControl } from "../../../src/coordinator/control.ts";
import { run } from "../../../src/coordinator/run.ts";
import type { TrialTask } from "../../../src/core/engine.ts";
import { rng } from "../../../src/core/rng.ts";
import type { Params } from "../../../src/core/space/space.ts";
import { fromUnit } from "../../../src/core/space/unit-cube.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import { pruners } from "../../../src/pruner/registry.ts";
import { samplers } from "../../../src/sampler/registry.ts";
import { THRESHOLDS } from "../../../src/scheduler/concurrency.ts";
import type { SchedulerOptions } from "../../../src/scheduler/options.ts";
import { virtualClock } from "../../../src/simulation/clock.ts";
import { simulatedMachine } from "../../../src/simulation/machine.ts";
import { MEMORY_STUDY_SPACE, memoryStudyTrial } from "../../../src/simulation/memory-study.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";
import { progress, table } from "../harness.ts";
import { folder, type Part, percent, SEED } from "./setting.ts";

/** The options in which a simulated run differs from the default; `slots` is how many slots the machine has. */
type Changes = Partial<SchedulerOptions> & { readonly slots?: number };

/** Runs the real coordinator on a simulated machine, in virtual time. */
async function simulate(name: string, trials: number, changes: Changes) {
  progress(`simulated: ${name} ...`);
  const { slots = 64, ...scheduling } = changes;
  const [totalBytes, reserveBytes] = [66e9, 2e9];
  const clock = virtualClock();
  const trial = (task: TrialTask) => memoryStudyTrial(SEED, task);
  const machine = simulatedMachine({
    clock,
    workers: slots,
    totalBytes,
    reserveBytes,
    trial,
  });
  const store = openSqliteStore(join(folder, `${name}.db`), { durability: "normal", now: clock.now });
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
      space: MEMORY_STUDY_SPACE,
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
      space: MEMORY_STUDY_SPACE,
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
        ...scheduling,
      },
    },
    runControl(),
  );
  const hours = (clock.elapsed() - from) / 3_600_000;
  clock.stop();
  await store.close();
  const seconds = (performance.now() - began) / 1000;
  return { name, hours, ...machine.use(), seconds };
}

export const simulated: Part = async ({ trials: asked }) => {
  const trials = asked ?? 10_000;
  const peaks = Array.from(
    { length: 4_000 },
    (_, number) => memoryStudyTrial(SEED, taskOf(number)).peakBytes,
  );
  const p95 = peaks.sort((a, b) => a - b)[Math.floor(peaks.length * 0.95)]!;
  const fixed = Math.floor(64e9 / p95);
  const off = { admission: false };
  const figures = [
    await simulate("auto, admission on", trials, {}),
    await simulate("auto, admission off", trials, off),
    await simulate("64 workers, admission off", trials, { workers: 64, ...off }),
    await simulate(`${fixed} workers (95th percentile), off`, trials, {
      ...{ workers: fixed, slots: fixed },
      ...off,
    }),
  ];
  progress("");
  const title = `simulated: ${trials} trials, 64 slots, budget 64 GB, peaks 0.5 to 7 GB that follow from the params`;
  const rows = figures.map(({ name, hours, utilisation, over, kills, seconds }) => [
    ...[name, hours.toFixed(2), percent(utilisation), percent(over), kills, seconds.toFixed(0)],
  ]);
  const columns = ["workers", "hours", "utilisation", "over budget", "killed", "real s"];
  return { figures, text: `${title}\n${table(columns, rows)}` };
};

function taskOf(number: number): TrialTask {
  const limits = { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1 };
  return { number, attempt: 1, params: drawParams(number), recorded: [], limits };
}

function drawParams(number: number): Params {
  const random = rng(SEED, number, "draw");
  return Object.fromEntries(
    MEMORY_STUDY_SPACE.params.map(({ name, distribution }) => [name, fromUnit(distribution, random.next())]),
  );
}
