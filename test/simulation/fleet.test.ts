import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Engine, TrialTask } from "../../src/core/engine.ts";
import { type Rng, rng } from "../../src/core/rng.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { type VirtualClock, virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { type Fleet, fleet } from "../../src/simulation/fleet.ts";
import { simulatedMachine } from "../../src/simulation/machine.ts";
import { MEMORY_STUDY_SPACE, memoryStudyTrial } from "../../src/simulation/memory-study.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import { engineConformance } from "../conformance/engine.ts";
import { simulate } from "../support/simulated.ts";

/** Machines that come, go, grow, shrink and differ, in virtual time: what holds in every run, whatever they do. */

engineConformance("a fleet of one machine", async () => {
  const { engine, join } = fleet();
  join(simulatedEngine({ clock: virtualClock(), seed: 3, workers: 2, splitCount: 3, totalBytes: 64e9 }));
  const run: Engine["run"] = (task, signal) => engine.run({ ...task, machine: "simulated" }, signal);
  return { engine: { ...engine, run }, wait: sleep };
});

/** More virtual time than any of these runs can need: one that lasts so long waits for something that never comes. */
const FOR_EVER_MS = 30 * 24 * 3_600_000;
const SEEDS = 24;

/** What has happened that must not, and how often each kind of change has come. */
interface Seen {
  readonly wrong: string[];
  readonly changes: Record<string, number>;
}

/** Makes a machine join, leave, grow or shrink three times a minute or so, as the seed has it; at times there is none at all. */
function disturb(clock: VirtualClock, chance: Rng, { join, leave }: Fleet, make: Make, seen: Seen): void {
  const there = new Map<string, Engine>();
  let made = 0;
  const add = (): void => {
    const name = `machine ${made++}`;
    const engine = make(name, 1 + chance.int(6), 0.25 * 16 ** chance.next());
    there.set(name, engine);
    join(engine);
  };
  const change = (): void => {
    const kind = there.size === 0 ? "join" : ["join", "leave", "leave", "resize"][chance.int(4)]!;
    seen.changes[kind] = (seen.changes[kind] ?? 0) + 1;
    const [name, engine] = [...there][chance.int(Math.max(1, there.size))] ?? [];
    if (kind === "join" && there.size < 8) add();
    else if (kind === "leave") {
      leave(name!);
      there.delete(name!);
    } else if (kind === "resize") engine!.resize(chance.int(6));
    clock.after(500 + chance.int(40_000), change);
  };
  for (let count = chance.int(4); count > 0; count--) add();
  clock.after(10_000, change);
}

type Make = (name: string, slots: number, speed: number) => Engine;

/** Checks of each task that its machine has told of a slot for it, and that no split of it is trained after its record. */
function checking(engine: Engine, seen: Seen, recorded: ReadonlySet<string>): Engine {
  const running = new Map<string, number>();
  return {
    ...engine,
    async *run(task, signal) {
      const name = task.machine!;
      const used = (running.get(name) ?? 0) + 1;
      const told = engine.machines().find((machine) => machine.name === name)?.slots;
      if (told !== undefined && used > told) seen.wrong.push(`${name}: ${used} of ${told} slots are used`);
      running.set(name, used);
      for (const { split } of task.recorded)
        if (!recorded.has(`${task.number}/${split}`))
          seen.wrong.push(`trial ${task.number}: split ${split} is not recorded, and its task says so`);
      try {
        for await (const event of engine.run(task, signal)) {
          if (event.kind === "split-began" && recorded.has(`${task.number}/${event.split}`))
            seen.wrong.push(`trial ${task.number}: split ${event.split} is trained after its record`);
          yield event;
        }
      } finally {
        running.set(name, running.get(name)! - 1);
      }
    },
  };
}

/** Notes the splits that are recorded, as `number/split`. */
function noting(recorded: Set<string>, numbers: Map<number, number>) {
  return (owned: OwnedStudy): OwnedStudy => ({
    ...owned,
    async startTrial(trial) {
      const key = await owned.startTrial(trial);
      numbers.set(key.trialId, trial.number);
      return key;
    },
    async recordSplit(key, result, options) {
      await owned.recordSplit(key, result, options);
      recorded.add(`${numbers.get(key.trialId)}/${result.split}`);
    },
  });
}

interface Row {
  readonly number: number;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  /** How many of its attempts were lost without a recorded split. */
  readonly wasted: number;
}

function rowsOf(file: string): Row[] {
  const db = openDatabase(file, { readonly: true });
  const rows = db
    .prepare(
      `SELECT number, state, reason, attempts, (SELECT count(*) FROM attempts AS a WHERE a.trial_id = t.id AND cause = 'host'
       AND NOT EXISTS (SELECT 1 FROM splits AS s WHERE s.trial_id = t.id AND s.attempt = a.attempt)) AS wasted
       FROM trials AS t ORDER BY number`,
    )
    .all();
  db.close();
  return rows as Row[];
}

/** Runs a study on machines that come and go. */
async function play(seed: number, make: (clock: VirtualClock) => Make, splitCount: number) {
  const chance = rng(seed, 0, "fleet");
  const clock = virtualClock();
  const machines = fleet();
  const seen: Seen = { wrong: [], changes: {} };
  const recorded = new Set<string>();
  const trials = 20 + chance.int(60);
  disturb(clock, chance, machines, make(clock), seen);
  const run = await simulate({
    ...{ clock, trials, seed, splitCount, space: MEMORY_STUDY_SPACE, studyTimeoutMs: FOR_EVER_MS },
    engine: checking(machines.engine, seen, recorded),
    pruner: pruners.make("pruner", seed % 2 === 0 ? "none" : "median"),
    ...(seed % 3 === 0 && { lag: 8 }),
    through: noting(recorded, new Map()),
    scheduling: { breaker: null, ...(seed % 4 === 0 && { workers: 5 }) },
  });
  const told = run.events.flatMap((event) => (event.kind === "trial-ended" ? [event.number] : []));
  return { ...{ trials, seen, told }, end: run.end, rows: rowsOf(run.store.location) };
}

type Played = Awaited<ReturnType<typeof play>>;

function keepsItsPromises({ end, rows, trials, told, seen }: Played): void {
  expect(end).toBe("finished"); // else it has waited for ever
  expect(seen.wrong).toEqual([]);
  const numbers = Array.from({ length: trials }, (_, number) => number);
  expect(rows.map(({ number }) => number)).toEqual(numbers);
  expect([...told].sort((a, b) => a - b)).toEqual(numbers); // each once
  for (const { state, reason, wasted } of rows) {
    expect(["complete", "pruned", "fail"]).toContain(state);
    expect(reason === "interrupted").toBe(wasted >= 3);
  }
}

test(`every trial is recorded once, whatever the machines do: ${SEEDS} seeds, splits and a pruner`, async () => {
  const changes: Record<string, number> = {};
  let lost = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const make =
      (clock: VirtualClock): Make =>
      (name, workers, speed) =>
        simulatedEngine({ ...{ clock, name, workers, speed, seed, splitCount: 4 }, failures: 0.02 });
    const played = await play(seed, make, 4);
    keepsItsPromises(played);
    lost += played.rows.reduce((sum, { attempts }) => sum + attempts - 1, 0);
    for (const [kind, count] of Object.entries(played.seen.changes))
      changes[kind] = (changes[kind] ?? 0) + count;
  }
  // Without these a run has shown nothing.
  expect(lost).toBeGreaterThan(50);
  for (const kind of ["join", "leave", "resize"]) expect(changes[kind]).toBeGreaterThan(50);
});

test(`the same with machines that are unlike in memory: ${SEEDS} seeds`, async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const chance = rng(seed, 1, "fleet");
    const make =
      (clock: VirtualClock): Make =>
      (name, workers, speed) =>
        simulatedMachine({
          ...{ clock, name, workers, totalBytes: 3e9 + 20e9 * chance.next(), reserveBytes: 0 },
          trial(task: TrialTask) {
            const { peakBytes, durationMs } = memoryStudyTrial(seed, task);
            return { peakBytes, durationMs: durationMs / speed };
          },
        }).engine;
    keepsItsPromises(await play(seed, make, 1));
  }
});
