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
import { fleet } from "../../../src/simulation/fleet.ts";
import { simulatedMachine } from "../../../src/simulation/machine.ts";
import { MEMORY_STUDY_SPACE, memoryStudyTrial } from "../../../src/simulation/memory-study.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";
import { progress, table } from "../harness.ts";
import { folder, type Part, percent, SEED } from "./setting.ts";

/** A machine to simulate. */
interface Kind {
  readonly slots: number;
  readonly totalBytes: number;
  /** How many times faster than usual it trains. */
  readonly speed: number;
}

/** The options in which a simulated run differs from the default. */
type Changes = Partial<SchedulerOptions> & { readonly machines?: readonly Kind[] };

const RESERVE_BYTES = 2e9;
const ONE: Kind = { slots: 64, totalBytes: 66e9, speed: 1 };

/** Runs the real coordinator on simulated machines, in virtual time. */
async function simulate(name: string, trials: number, changes: Changes) {
  progress(`simulated: ${name} ...`);
  const { machines: kinds = [ONE], ...scheduling } = changes;
  const clock = virtualClock();
  const machines = kinds.map(({ slots, totalBytes, speed }, index) =>
    simulatedMachine({
      ...{ clock, name: `machine ${index}`, workers: slots, totalBytes, reserveBytes: RESERVE_BYTES },
      trial(task: TrialTask) {
        const { peakBytes, durationMs } = memoryStudyTrial(SEED, task);
        return { peakBytes, durationMs: durationMs / speed };
      },
    }),
  );
  const { engine, join: add } = fleet();
  for (const machine of machines) add(machine.engine);
  const budget = kinds.reduce((sum, { totalBytes }) => sum + totalBytes - RESERVE_BYTES, 0);
  let started = 0;
  let full = 0;
  /** The share of the budget of all machines that was in use from the first start until now. */
  const utilisation = (): number =>
    machines.reduce((sum, machine) => sum + machine.use().byteMs, 0) / (budget * (clock.elapsed() - from));
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
      limits: { ...nothing, reserveBytes: RESERVE_BYTES },
    },
    currentIdentity(),
  );
  const began = performance.now();
  const from = clock.elapsed();
  await run(
    {
      owned,
      clock,
      engine,
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
      listen({ kind }) {
        if (kind === "trial-started" && ++started === trials) full = utilisation();
      },
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
  const whole = utilisation();
  clock.stop();
  await store.close();
  const seconds = (performance.now() - began) / 1000;
  const used = machines.map((machine) => machine.use());
  return {
    ...{ name, hours, utilisation: whole, full, seconds },
    over: Math.max(...used.map(({ over }) => over)),
    kills: used.reduce((sum, { kills }) => sum + kills, 0),
  };
}

/** Machines that are unlike in memory (12 to 60 GB), in slots (one for each GB) and in speed (half to twice). */
function unlike(count: number): Kind[] {
  const chance = rng(SEED, 0, "machines");
  return Array.from({ length: count }, () => {
    const gigabytes = Math.round(12 * 5 ** chance.next());
    return { slots: gigabytes, totalBytes: gigabytes * 1e9, speed: 0.5 * 4 ** chance.next() };
  });
}

/** One machine that has the memory and the slots of all of them. */
function together(kinds: readonly Kind[]): Kind {
  const budget = kinds.reduce((sum, { totalBytes }) => sum + totalBytes - RESERVE_BYTES, 0);
  return {
    slots: kinds.reduce((sum, { slots }) => sum + slots, 0),
    totalBytes: budget + RESERVE_BYTES,
    speed: kinds.reduce((sum, { speed }) => sum + speed, 0) / kinds.length,
  };
}

type Figures = Awaited<ReturnType<typeof simulate>>;

function tableOf(figures: readonly Figures[]): string {
  const rows = figures.map(({ name, hours, utilisation, full, over, kills, seconds }) => [
    ...[
      name,
      hours.toFixed(2),
      percent(utilisation),
      percent(full),
      percent(over),
      kills,
      seconds.toFixed(0),
    ],
  ]);
  const columns = [
    "workers",
    "hours",
    "utilisation",
    "until the last start",
    "over budget",
    "killed",
    "real s",
  ];
  return table(columns, rows);
}

/** Compares machines that are unlike with one machine that has all that they have, and with one that is as large as most. */
export const machines: Part = async ({ trials: asked }) => {
  const trials = asked ?? 10_000;
  const kinds = unlike(64);
  const figures = [
    await simulate("one machine of 64 slots", trials, {}),
    await simulate("64 unlike machines", trials, { machines: kinds }),
    await simulate("one machine with all they have", trials, { machines: [together(kinds)] }),
  ];
  progress("");
  const { slots, totalBytes } = together(kinds);
  const title = `machines: ${trials} trials, 64 machines of 12 to 60 GB with ${slots} slots and ${Math.round(totalBytes / 1e9)} GB together, half to twice as fast`;
  return { figures, text: `${title}\n${tableOf(figures)}` };
};

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
      ...{ workers: fixed, machines: [{ ...ONE, slots: fixed }] },
      ...off,
    }),
  ];
  progress("");
  const title = `simulated: ${trials} trials, 64 slots, budget 64 GB, peaks 0.5 to 7 GB that follow from the params`;
  return { figures, text: `${title}\n${tableOf(figures)}` };
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
