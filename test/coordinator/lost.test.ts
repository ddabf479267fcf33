import { expect, test } from "vitest";
import { runControl } from "../../src/coordinator/control.ts";
import type { Engine, EngineEvent } from "../../src/core/engine.ts";
import { type VirtualClock, virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { fleet } from "../../src/simulation/fleet.ts";
import { plainMachine } from "../../src/simulation/plain-machine.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import { simulate } from "../support/simulated.ts";
import { FINAL, SPACE } from "../support/store.ts";

/** What becomes of trials whose machine goes while they run, and of tasks that no machine has taken. */

const SPLITS = 3;
const study = { space: SPACE, splitCount: SPLITS, scheduling: { breaker: null } };

function machine(
  clock: VirtualClock,
  name: string,
  workers = 2,
  onTrain?: (number: number, split: number) => void,
) {
  return simulatedEngine({
    ...{ clock, name, workers, seed: 1, splitCount: SPLITS },
    onTrain: (task, split) => onTrain?.(task.number, split),
  });
}

function rowsOf(file: string, sql: string): unknown[] {
  const db = openDatabase(file, { readonly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows;
}

const attemptsOf = (file: string) =>
  rowsOf(
    file,
    `SELECT number, attempt, a.state, cause FROM attempts AS a JOIN trials AS t ON t.id = trial_id ORDER BY number, attempt`,
  ) as { number: number; attempt: number; state: string; cause: string | null }[];

test("trials of a machine that goes start again at once on another, and recorded splits are not trained again", async () => {
  const clock = virtualClock();
  const { engine, join, leave } = fleet();
  const trained: string[] = [];
  const note = (number: number, split: number) => trained.push(`${number}/${split}`);
  join(machine(clock, "stays", 2, note));
  join(machine(clock, "goes", 2, note));
  clock.after(60_000, () => leave("goes"));
  const run = await simulate({ ...study, clock, engine, trials: 30 });
  expect(run.end).toBe("finished");
  const { location } = run.store;
  const lost = attemptsOf(location).filter(({ state }) => state === "interrupted");
  expect(lost).toHaveLength(2);
  expect(lost.map(({ cause }) => cause)).toEqual(["host", "host"]);
  const said = rowsOf(
    location,
    "SELECT data ->> 'by' AS by, data ->> 'machine' AS machine FROM events WHERE kind = 'interrupt'",
  );
  expect(said).toEqual(Array(2).fill({ by: "host", machine: "goes" }));
  expect(rowsOf(location, "SELECT state, count(*) AS n FROM trials GROUP BY state")).toEqual([
    { state: "complete", n: 30 },
  ]);
  const numbers = lost.map(({ number }) => number);
  expect(run.events.filter(({ kind }) => kind === "trial-interrupted")).toEqual(
    numbers.map((number) => ({ kind: "trial-interrupted", number, lostOn: "goes" })),
  );
  const again = trained.filter((split, at) => trained.indexOf(split) !== at);
  expect(again.length).toBeLessThanOrEqual(2); // the split that ran in each of its slots
  for (const split of again) expect(numbers).toContain(Number(split.split("/")[0]));
  // They start before any other trial does.
  const started = run.events.flatMap((event) =>
    event.kind === "trial-started" ? [[event.number, event.attempt]] : [],
  );
  const first = started.findIndex(([, attempt]) => attempt === 2);
  expect(started.slice(first, first + 2).map(([, attempt]) => attempt)).toEqual([2, 2]);
});

test("a trial that takes its machine along fails after three attempts, and the study is finished with the others", async () => {
  for (const lag of [null, 4]) {
    const clock = virtualClock();
    const { engine, join, leave } = fleet();
    let machines = 0;
    const add = () => {
      const name = `machine ${machines++}`;
      join(
        machine(clock, name, 2, (number) => {
          if (number === 3)
            clock.after(1, () => {
              leave(name);
              add();
            });
        }),
      );
    };
    add();
    const run = await simulate({ ...study, clock, engine, trials: 12, ...(lag !== null && { lag }) });
    expect(run.end).toBe("finished");
    const file = run.store.location;
    const ended = rowsOf(file, "SELECT number, reason FROM trials WHERE state = 'fail'");
    expect(ended).toEqual([{ number: 3, reason: "interrupted" }]);
    expect(attemptsOf(file).filter(({ number }) => number === 3)).toHaveLength(3);
    expect(rowsOf(file, "SELECT count(*) AS n FROM trials")).toEqual([{ n: 12 }]);
    expect(machines).toBe(4);
    const told = run.events.filter((event) => event.kind === "trial-ended" && event.number === 3);
    expect(told).toMatchObject([{ outcome: { state: "fail", reason: "interrupted" } }]);
  }
});

test("a lost trial starts again when the sampler has nothing more to propose", async () => {
  const clock = virtualClock();
  const { engine, join, leave } = fleet();
  join(machine(clock, "stays"));
  join(machine(clock, "goes"));
  let left = 6;
  const sampler = { name: "few", ask: () => (left-- > 0 ? Float64Array.of(0.01, 0) : null) };
  clock.after(300, () => leave("goes"));
  const run = await simulate({
    ...{ ...study, clock, engine, sampler, trials: 100 },
  });
  expect(run.end).toBe("exhausted");
  expect(rowsOf(run.store.location, "SELECT state, count(*) AS n FROM trials GROUP BY state")).toEqual([
    { state: "complete", n: 6 },
  ]);
});

test("a run that is to stop does not wait for a machine that takes no task: the trial waits for a resume", async () => {
  const clock = virtualClock();
  const control = runControl();
  const only = plainMachine({ slots: () => 1 });
  async function* run(_: unknown, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    yield { kind: "outcome", end: { state: "interrupted" } };
    yield { kind: "final", memory: FINAL, durationMs: 0 };
  }
  const fixed = { resize: () => {}, limit: () => {}, reserve: () => {}, slots: () => [] };
  const engine: Engine = {
    ...{ ...fixed, machines: () => [only], subscribe: () => () => {} },
    ...{ run, close: async () => {} },
  };
  clock.after(60_000, control.stop);
  const stopped = await simulate({ ...study, clock, engine, control, trials: 3 });
  expect(stopped.end).toBe("stopped");
  expect(attemptsOf(stopped.store.location)).toEqual([
    { number: 0, attempt: 1, state: "interrupted", cause: "ctrl-c" },
  ]);
});

test("a task for a machine that has just gone is lost, and runs on another", async () => {
  const clock = virtualClock();
  const { engine, join, leave } = fleet();
  join(machine(clock, "goes"));
  let isFirst = true;
  const late: Engine = {
    ...engine,
    run(task, signal) {
      if (isFirst) {
        join(machine(clock, "comes"));
        leave("goes");
      }
      isFirst = false;
      return engine.run(task, signal);
    },
  };
  const run = await simulate({ ...study, clock, engine: late, trials: 2 });
  expect(run.end).toBe("finished");
  expect(attemptsOf(run.store.location).map(({ number, state }) => [number, state])).toEqual([
    [0, "interrupted"],
    [0, "complete"],
    [1, "complete"],
  ]);
});
