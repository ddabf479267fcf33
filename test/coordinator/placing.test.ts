import { expect, test } from "vitest";
import { runControl } from "../../src/coordinator/control.ts";
import type { Engine, TrialTask } from "../../src/core/engine.ts";
import { type VirtualClock, virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { fleet } from "../../src/simulation/fleet.ts";
import { simulatedMachine } from "../../src/simulation/machine.ts";
import { MEMORY_STUDY_SPACE, memoryStudyTrial } from "../../src/simulation/memory-study.ts";
import { simulate } from "../support/simulated.ts";
import { SPACE } from "../support/store.ts";

/** Which machine a trial runs on. */

const SEED = 5;
const RESERVE_BYTES = 1e9;
const trial = (task: TrialTask) => memoryStudyTrial(SEED, task);
const limits = {
  ...{ setupTimeoutMs: 1, splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null },
  ...{ reserveBytes: RESERVE_BYTES, graceMs: 1 },
};

function machine(clock: VirtualClock, name: string, workers: number, totalBytes: number) {
  return simulatedMachine({ clock, name, workers, totalBytes, reserveBytes: RESERVE_BYTES, trial });
}

/** An engine that notes the machine of each task. */
function noting(engine: Engine, note: (task: TrialTask) => void): Engine {
  return {
    ...engine,
    run(task, signal) {
      note(task);
      return engine.run(task, signal);
    },
  };
}

test("a trial that fits on no small machine waits for a large one, and the small ones go on meanwhile", async () => {
  const clock = virtualClock();
  const { engine, join } = fleet();
  const small = [machine(clock, "small", 8, 4e9), machine(clock, "smaller", 8, 3e9)];
  const large = machine(clock, "large", 8, 24e9);
  for (const each of [...small, large]) join(each.engine);
  const tasks: TrialTask[] = [];
  const run = await simulate({
    ...{ clock, engine: noting(engine, (task) => tasks.push(task)), space: MEMORY_STUDY_SPACE },
    ...{ trials: 400, seed: SEED, scheduling: { limits } },
  });
  expect(run.end).toBe("finished");
  expect(new Set(tasks.map(({ number }) => number)).size).toBe(400);
  const peaksOn = (name: string) =>
    tasks.filter((task) => task.machine === name).map((task) => trial(task).peakBytes);
  // Until the peaks of a few trials are known, any trial may start anywhere.
  const late = tasks.slice(40);
  for (const [name, mostBytes] of [
    ["small", 3e9],
    ["smaller", 2e9],
  ] as const) {
    expect(peaksOn(name).length).toBeGreaterThan(40);
    const there = late.filter((task) => task.machine === name);
    expect(there.filter((task) => trial(task).peakBytes > mostBytes * 1.1)).toEqual([]);
  }
  expect(Math.max(...peaksOn("large"))).toBeGreaterThan(6e9);
  expect(large.use().utilisation).toBeGreaterThan(0.7);
  for (const each of [...small, large]) expect(each.use().over).toBeLessThan(0.02);
});

test("a trial that is too large for every machine runs alone on the largest one", async () => {
  const clock = virtualClock();
  const { engine, join } = fleet();
  for (const [name, bytes] of [
    ["a", 3e9],
    ["b", 4e9],
  ] as const)
    join(machine(clock, name, 4, bytes).engine);
  const tasks: TrialTask[] = [];
  const run = await simulate({
    ...{ clock, engine: noting(engine, (task) => tasks.push(task)), space: MEMORY_STUDY_SPACE },
    ...{ trials: 200, seed: SEED, scheduling: { limits, breaker: null } },
  });
  expect(run.end).toBe("finished");
  const ended = run.events.filter(({ kind }) => kind === "trial-ended");
  expect(ended).toHaveLength(200);
  const huge = tasks.slice(40).filter((task) => trial(task).peakBytes > 5e9);
  expect(huge.length).toBeGreaterThan(0);
  expect(new Set(huge.map((task) => task.machine))).toEqual(new Set(["b"]));
});

test("a run on one machine of a fleet is the same as on that machine alone", async () => {
  const play = async (isFleet: boolean) => {
    const clock = virtualClock();
    const alone = machine(clock, "one", 16, 24e9).engine;
    const together = fleet();
    together.join(alone);
    const { events, elapsedMs } = await simulate({
      ...{ clock, engine: isFleet ? together.engine : alone, space: MEMORY_STUDY_SPACE },
      ...{ trials: 150, seed: 3, scheduling: { limits } },
    });
    return {
      elapsedMs,
      order: events.flatMap((event) => (event.kind === "trial-started" ? [event.number] : [])),
    };
  };
  expect(await play(true)).toEqual(await play(false));
});

/** Engines of one machine each with these slots, and the most trials that ran at the same time: on each, and in all. */
function unlike(clock: VirtualClock, slots: Readonly<Record<string, number>>) {
  const { engine, join } = fleet();
  const each = new Map(
    Object.entries(slots).map(([name, workers]) => [
      name,
      simulatedEngine({ clock, name, workers, seed: 1, splitCount: 1, totalBytes: 1e9 }),
    ]),
  );
  for (const one of each.values()) join(one);
  const running: Record<string, number> = {};
  const most: Record<string, number> = {};
  const counted: Engine = {
    ...engine,
    async *run(task, signal) {
      const names = [task.machine!, "all"];
      for (const name of names) {
        running[name] = (running[name] ?? 0) + 1;
        most[name] = Math.max(most[name] ?? 0, running[name]);
      }
      try {
        yield* engine.run(task, signal);
      } finally {
        for (const name of names) running[name]!--;
      }
    },
  };
  return { engine: counted, each, most };
}

test("each machine runs as many trials as it has slots, and a number of workers is that of all of them together", async () => {
  const slots = { a: 1, b: 5, c: 2 };
  const clock = virtualClock();
  const all = unlike(clock, slots);
  await simulate({ clock, engine: all.engine, space: SPACE, trials: 100, scheduling: { breaker: null } });
  expect(all.most).toEqual({ ...slots, all: 8 });
  const other = virtualClock();
  const some = unlike(other, slots);
  const scheduling = { breaker: null, workers: 3 };
  await simulate({ clock: other, engine: some.engine, space: SPACE, trials: 100, scheduling });
  expect(some.most.all).toBe(3);
});

test("no trial starts on a machine below its reserve, while the others go on", async () => {
  const clock = virtualClock();
  const { engine, each } = unlike(clock, { a: 2, b: 2 });
  let isShort = false;
  const wrong: number[] = [];
  const control = runControl();
  const ran: string[] = [];
  const watched = noting(engine, ({ machine: name, number }) => {
    if (isShort && name === "a") wrong.push(number);
    if (isShort) ran.push(name!);
  });
  for (const [atMs, bytes] of [
    [60_000, 2e9],
    [600_000, 0],
  ] as const)
    clock.after(atMs, () => {
      isShort = bytes > 0;
      each.get("a")!.reserve(bytes);
    });
  const { end } = await simulate({
    ...{ clock, engine: watched, control, space: SPACE, trials: 300, scheduling: { breaker: null } },
  });
  expect(end).toBe("finished");
  expect(wrong).toEqual([]);
  expect(new Set(ran)).toEqual(new Set(["b"]));
});
