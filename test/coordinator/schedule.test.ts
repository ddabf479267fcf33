import { expect, test } from "vitest";
import { runControl } from "../../src/coordinator/control.ts";
import type { TrialTask } from "../../src/core/engine.ts";
import { UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedMachine } from "../../src/simulation/machine.ts";
import { MEMORY_STUDY_SPACE, memoryStudyTrial } from "../../src/simulation/memory-study.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { simulate } from "../support/simulated.ts";

const SEED = 5;
const TOTAL_BYTES = 66e9;
const RESERVE_BYTES = 2e9;

function machine(workers: number, load?: (elapsedMs: number) => { total: number; others: number }) {
  const clock = virtualClock();
  const trial = (task: TrialTask) => memoryStudyTrial(SEED, task);
  const simulated = simulatedMachine({
    clock,
    workers,
    totalBytes: TOTAL_BYTES,
    reserveBytes: RESERVE_BYTES,
    trial,
    ...(load && { load: () => load(clock.elapsed()) }),
  });
  return { clock, ...simulated };
}

const limits = (reserveBytes: number) => ({
  setupTimeoutMs: 1,
  splitTimeoutMs: null,
  trialTimeoutMs: null,
  memoryBytes: null,
  reserveBytes,
  graceMs: 1,
});

test("admission fills the memory and hardly ever exceeds it; without admission trials are killed", async () => {
  const on = machine(64);
  const scheduling = { limits: limits(RESERVE_BYTES) };
  const run = await simulate({ ...on, space: MEMORY_STUDY_SPACE, trials: 500, seed: SEED, scheduling });
  expect(run.end).toBe("finished");
  expect(on.use().over).toBeLessThan(0.01);
  expect(on.use().kills).toBe(0);
  expect(on.use().utilisation).toBeGreaterThan(0.78); // This includes the first trials, which run alone, and the last ones.

  const off = machine(64);
  await simulate({
    ...off,
    space: MEMORY_STUDY_SPACE,
    trials: 500,
    seed: SEED,
    scheduling: { admission: false, workers: 64, limits: limits(RESERVE_BYTES) },
  });
  expect(off.use().kills).toBeGreaterThan(20);
});

test("a trial that waits for memory is a waiting row, and the metrics say why", async () => {
  const { clock, engine } = machine(64);
  const scheduling = { limits: limits(RESERVE_BYTES) };
  const run = await simulate({
    clock,
    engine,
    space: MEMORY_STUDY_SPACE,
    trials: 120,
    seed: SEED,
    scheduling,
  });
  const db = openDatabase(run.store.location, { readonly: true });
  const last = db
    .prepare("SELECT waiting, why FROM metrics WHERE waiting > 0 ORDER BY at DESC LIMIT 1")
    .get();
  const { waiting, why } = last as { waiting: number; why: string };
  const counts = db.prepare("SELECT count(*) AS n, sum(enqueued) AS asked FROM trials").get();
  db.close();
  expect(why.split("\n")).toHaveLength(waiting);
  for (const line of why.split("\n"))
    expect(line).toMatch(
      /^trial \d+: expected to need up to \d+\.\d\d GB, and \d+\.\d\d GB of \d+\.\d\d GB are free beside the \d+ that run$/,
    );
  expect(counts).toEqual({ n: 120, asked: 0 }); // None of them was enqueued.
  const started = run.events.flatMap((event) => (event.kind === "trial-started" ? [event.number] : []));
  expect([...started].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i));
});

test("the metrics say what keeps trials from starting, with the amount that is missing, and nothing once all have begun", async () => {
  const load = (elapsedMs: number) => ({ total: 0.9, others: elapsedMs > 600_000 ? 0.9 : 0 });
  const { clock, engine } = machine(64, load);
  const control = runControl();
  clock.after(300_000, control.pause);
  clock.after(360_000, control.resume);
  const scheduling = { limits: limits(RESERVE_BYTES) };
  const run = await simulate({
    ...{ clock, engine, control, scheduling },
    ...{ space: MEMORY_STUDY_SPACE, trials: 300, seed: SEED },
  });
  const seen = run.events.flatMap((event) => (event.kind === "metrics" ? [event.metrics] : []));
  const waits = seen.flatMap((metrics) => metrics.waits);
  expect(new Set(waits.map(({ kind }) => kind))).toEqual(
    new Set(["memory", "first-peak", "processor", "paused"]),
  );
  for (const { kind, trial, missingBytes } of waits) {
    expect(trial !== null).toBe(kind === "memory" || kind === "first-peak");
    expect(missingBytes === null || missingBytes > 0).toBe(true);
    expect(missingBytes !== null).toBe(kind === "memory");
  }
  for (const metrics of seen)
    expect(metrics.waits.filter(({ trial }) => trial !== null)).toHaveLength(metrics.waiting);
  expect(seen.at(-1)!.waits).toEqual([]);
});

test("one seed gives one schedule", async () => {
  const play = async () => {
    const { clock, engine } = machine(16);
    const scheduling = { limits: limits(RESERVE_BYTES) };
    const { events, elapsedMs } = await simulate({
      clock,
      engine,
      space: MEMORY_STUDY_SPACE,
      trials: 60,
      seed: 3,
      scheduling,
    });
    return {
      elapsedMs,
      order: events.flatMap((event) => (event.kind === "trial-started" ? [event.number] : [])),
    };
  };
  expect(await play()).toEqual(await play());
});

/** A machine on which a trial is lost if `broken` returns true for its number. */
function failing(broken: (number: number) => boolean) {
  const parts = machine(4);
  const { engine } = parts;
  return {
    ...parts,
    engine: Object.assign(engine, {
      async *run(task: TrialTask) {
        await parts.clock.sleep(1_000);
        const isLost = broken(task.number);
        yield {
          kind: "outcome" as const,
          end: isLost
            ? {
                state: "fail" as const,
                reason: "error" as const,
                detail: {},
                error: { name: "Error", message: "no", stack: null },
              }
            : { state: "complete" as const, values: [1], constraints: [] },
        };
        yield {
          kind: "final" as const,
          memory: { ...UNKNOWN_MEMORY, source: "worker" as const },
          durationMs: 1_000,
        };
      },
    }),
  };
}

test("a broken study ends by itself after three probes", async () => {
  const { clock, engine } = failing(() => true);
  const { end, events, elapsedMs } = await simulate({
    clock,
    engine,
    space: MEMORY_STUDY_SPACE,
    trials: 100,
    scheduling: { workers: 4 },
  });
  expect(end).toBe("breaker");
  const ended = events.filter(({ kind }) => kind === "trial-ended").length;
  expect(ended).toBeLessThanOrEqual(10 + 3 + 3); // Ten in a row, the trials beside the tenth, and three probes.
  expect(elapsedMs).toBeGreaterThan(30_000);
  expect(elapsedMs).toBeLessThan(45_000);
  const states = events.flatMap((event) => (event.kind === "breaker" ? [event.state] : []));
  expect(states).toEqual(["open", "open", "open", "dead"]);
});

test("a study whose trials recover goes on; without a breaker even a broken study does", async () => {
  const healing = failing((number) => number < 13);
  const healed = await simulate({
    ...healing,
    space: MEMORY_STUDY_SPACE,
    trials: 40,
    scheduling: { workers: 4 },
  });
  expect(healed.end).toBe("finished");
  expect(healed.events.flatMap((event) => (event.kind === "breaker" ? [event.state] : [])).at(-1)).toBe(
    "closed",
  );
  const regardless = await simulate({
    ...failing(() => true),
    space: MEMORY_STUDY_SPACE,
    trials: 40,
    scheduling: { workers: 4, breaker: null },
  });
  expect(regardless.end).toBe("finished");
});

test("runs fewer trials while other programs need the machine", async () => {
  const isBusy = (elapsedMs: number) => elapsedMs > 200_000 && elapsedMs < 500_000;
  const load = (elapsedMs: number) => ({ total: 1, others: isBusy(elapsedMs) ? 0.9 : 0.05 });
  const { clock, engine } = machine(16, load);
  const scheduling = { admission: false, limits: limits(RESERVE_BYTES) };
  const run = await simulate({ clock, engine, space: MEMORY_STUDY_SPACE, trials: 200, scheduling });
  const slots = run.events.flatMap((event) => (event.kind === "metrics" ? [event.metrics.slots] : []));
  expect(slots[10]).toBe(16);
  expect(Math.min(...slots)).toBe(4);
  expect(slots.at(-1)).toBe(16);
});
