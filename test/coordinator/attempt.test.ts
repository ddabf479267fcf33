import { expect, test } from "vitest";
import type { Answer, Engine, EngineEvent, TrialTask } from "../../src/core/engine.ts";
import type { Pruner } from "../../src/core/search/pruner.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { plainMachine } from "../../src/simulation/plain-machine.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import { StoreError } from "../../src/store/store-error.ts";
import { simulate } from "../support/simulated.ts";
import { FINAL, SPACE, splitResult } from "../support/store.ts";

/** The order in which an attempt's writes reach the database, and what waits for them. */

const SPLITS = 2;

/** An engine with one slot, in which each trial starts and finishes its splits at once. */
function engine(began: (number: number) => void, isCut = false): Engine {
  async function* run({ number, recorded }: TrialTask): AsyncGenerator<EngineEvent> {
    began(number);
    yield { kind: "started", slot: 0, pid: 1, baselineBytes: 1 };
    for (let split = recorded.length; split < SPLITS; split++) {
      let reply: (answer: Answer) => void = () => {};
      const answered = new Promise<Answer>((resolve) => {
        reply = resolve;
      });
      yield { kind: "split", result: splitResult(split, 1), partial: null, answer: reply };
      if (split < SPLITS - 1 && (await answered) !== "go") return;
    }
    if (isCut) return;
    yield { kind: "outcome", end: { state: "complete", values: [1], constraints: [] } };
    yield { kind: "final", memory: FINAL, durationMs: 1 };
  }
  const fixed = { resize: () => {}, limit: () => {}, reserve: () => {} };
  const machine = plainMachine({ slots: () => 1 });
  const machines = { machines: () => [machine], subscribe: () => () => {} };
  return { ...fixed, ...machines, run, slots: () => [], close: async () => {} };
}

/** A study that logs when each write about an attempt begins and when it is made; `hold` delays it in between. */
function loggingStudy(log: string[], hold: (write: string) => Promise<void>) {
  return (owned: OwnedStudy): OwnedStudy => {
    const numbers = new Map<number, number>(); // Keyed by the id of the trial.
    const note = async <T>(write: string, make: () => Promise<T>): Promise<T> => {
      log.push(write);
      await hold(write);
      const made = await make();
      log.push(`${write}: made`);
      return made;
    };
    const of = ({ trialId }: { readonly trialId: number }) => `trial ${numbers.get(trialId)}`;
    return {
      ...owned,
      async startTrial(trial) {
        const key = await note(`start of trial ${trial.number}`, () => owned.startTrial(trial));
        numbers.set(key.trialId, trial.number);
        return key;
      },
      recordStart: (key, ...rest) => note(`place of ${of(key)}`, () => owned.recordStart(key, ...rest)),
      recordSplit: (key, result, ...rest) =>
        note(`split ${result.split} of ${of(key)}`, () => owned.recordSplit(key, result, ...rest)),
      finish: (key, ...rest) => note(`end of ${of(key)}`, () => owned.finish(key, ...rest)),
    };
  };
}

const writesOf = (number: number): string[] =>
  ["start", "place", "split 0", "split 1", "end"].flatMap((write) => [
    `${write} of trial ${number}`,
    `${write} of trial ${number}: made`,
  ]);

function trialsOf(file: string): unknown[] {
  const db = openDatabase(file, { readonly: true });
  const rows = db.prepare("SELECT number, state, reason FROM trials ORDER BY number").all();
  db.close();
  return rows;
}

const common = () => ({ clock: virtualClock(), space: SPACE, splitCount: SPLITS, trials: 2, scheduling: {} });

test("writes about an attempt are made in order, its end last, and the next start follows it", async () => {
  const log: string[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  await simulate({ ...common(), engine: engine(() => {}), through: loggingStudy(log, turn) });
  expect(log).toEqual([...writesOf(0), ...writesOf(1)]);
});

test("the next trial is sent to a free slot while the last split and the end of the trial before are being recorded", async () => {
  const log: string[] = [];
  let next: () => void = () => {};
  const sent = new Promise<void>((resolve) => {
    next = resolve;
  });
  const begin = (number: number) => {
    log.push(`trial ${number} is sent`);
    if (number === 1) next();
  };
  // If trial 1 were sent after these writes, they would never be made.
  const hold = async (write: string) => {
    if (write === "split 1 of trial 0") await sent;
  };
  await simulate({ ...common(), engine: engine(begin), through: loggingStudy(log, hold) });
  expect(log.filter((line) => !line.endsWith(" is sent"))).toEqual([...writesOf(0), ...writesOf(1)]);
  expect(log.indexOf("trial 1 is sent")).toBeLessThan(log.indexOf("split 1 of trial 0: made"));
});

test("a verdict that was lost in a crash is computed again: the trial is pruned without running", async () => {
  const sent: number[] = [];
  const pruner: Pruner = {
    name: "strict",
    judge: ({ trial }) =>
      trial.number === 0 ? { prune: true, detail: { steps: trial.steps.length } } : { prune: false },
  };
  const run = await simulate({
    ...common(),
    engine: engine((number) => sent.push(number)),
    pruner,
    async through(owned) {
      const params = { learningRate: 0.01, optimizer: "adam" };
      const key = await owned.startTrial({ number: 0, params });
      await owned.recordSplit(key, splitResult(0, 1));
      await owned.interrupt(key, "coordinator");
      return owned;
    },
  });
  expect(sent).toEqual([1]);
  expect(trialsOf(run.store.location)).toEqual([
    { number: 0, state: "pruned", reason: "pruner" },
    { number: 1, state: "complete", reason: null },
  ]);
  const ended = run.events.flatMap((event) => (event.kind === "trial-ended" ? [event.outcome] : []));
  expect(ended[0]).toMatchObject({ state: "pruned", detail: { pruner: "strict", steps: 1 } });
});

test("nothing is recorded of a trial whose start was not recorded", async () => {
  const log: string[] = [];
  const through = loggingStudy(log, async (write) => {
    if (write === "start of trial 1") throw new StoreError("store", "the file is gone");
  });
  await expect(simulate({ ...common(), engine: engine(() => {}), through })).rejects.toThrow(
    "the file is gone",
  );
  expect(log).toEqual([...writesOf(0), "start of trial 1"]);
});

test("if a split cannot be recorded, the end of its trial is not recorded either", async () => {
  const log: string[] = [];
  const through = loggingStudy(log, async (write) => {
    if (write === "split 1 of trial 0") throw new StoreError("store", "the file is gone");
  });
  await expect(simulate({ ...common(), engine: engine(() => {}), through })).rejects.toThrow(
    "the file is gone",
  );
  expect(log).toEqual([...writesOf(0).slice(0, 6), "split 1 of trial 0"]);
});

test("an engine that ends without a final event is an internal error of the run", async () => {
  await expect(simulate({ ...common(), engine: engine(() => {}, true) })).rejects.toThrow(
    "trial 0: the engine ended without a final event",
  );
});
