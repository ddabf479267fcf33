import { expect, test } from "vitest";
import { type History, STATE_CODE } from "../../src/core/search/history.ts";
import type { Sampler } from "../../src/core/search/sampler.ts";
import { random } from "../../src/sampler/random.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { simulate } from "../support/simulated.ts";
import { collect, SPACE } from "../support/store.ts";
import { sendAt, type Timed } from "./timed-commands.ts";

/** Trials that people make invalid while the study runs, in virtual time. */

const invalidate = (atMs: number, number: number, undo = false): Timed => ({
  ...{ atMs, kind: "invalidate" },
  data: { number, undo, reason: "a spoiled machine" },
});

/** Runs a study, and sends it commands. @returns also what the sampler saw at each ask. */
async function runWith(
  commands: readonly Timed[],
  options: { readonly lag?: number; readonly trials: number },
) {
  const clock = virtualClock();
  const seen = new Map<
    number,
    { readonly numbers: readonly number[]; readonly running: readonly number[]; readonly atMs: number }
  >();
  const began = clock.elapsed();
  const sampler: Sampler = {
    name: "watching",
    ask(context) {
      const { history } = context;
      const atMs = clock.elapsed() - began;
      seen.set(context.number, { numbers: numbersOf(history), running: [...history.running.keys()], atMs });
      return random().ask(context);
    },
  };
  let answers: ReturnType<typeof sendAt> = [];
  const run = await simulate({
    ...{ clock, sampler, space: SPACE, scheduling: {}, ...options },
    engine: simulatedEngine({ clock, seed: 1, workers: 4, splitCount: 1 }),
    // The ends of trials are recorded late: an invalidation comes when samplers know more than the database has.
    through: (owned) => ({
      ...owned,
      finish: async (...end) => {
        await clock.sleep(4_000);
        return owned.finish(...end).finally(clock.hold());
      },
    }),
    begin: ({ location }, studyId) => {
      answers = sendAt(clock, { location, studyId }, commands);
    },
  });
  return { ...run, seen, answers: await Promise.all(answers) };
}

function numbersOf({ size, number, state }: History): number[] {
  expect([...state.slice(0, size)].every((code) => Object.values(STATE_CODE).includes(code as 0))).toBe(true);
  return [...number.slice(0, size)];
}

test("samplers do not see an invalid trial, see it again after an undo, and lose no other one", async () => {
  const commands = Array.from({ length: 24 }, (_, i) => invalidate(80_000 + i * 13_000, i % 6, i % 12 >= 6));
  const { end, events, seen, answers } = await runWith(commands, { trials: 100 });
  expect(end).toBe("finished");
  expect(answers.map(({ ok }) => ok)).toEqual(commands.map(() => true));
  const order = events.flatMap((event) => (event.kind === "trial-started" ? [event.number] : []));
  expect(order).toHaveLength(100);
  let hidden = 0;
  for (const [number, { numbers, running }] of seen) {
    expect(new Set(numbers).size, `the history of trial ${number}`).toBe(numbers.length);
    const others = Array.from({ length: number }, (_, i) => i).filter((each) => !running.includes(each));
    const missing = others.filter((each) => !numbers.includes(each));
    hidden += missing.length;
    expect(
      missing.filter((each) => each >= 6),
      `the history of trial ${number}`,
    ).toEqual([]);
  }
  expect(hidden).toBeGreaterThan(50);
  const all = [...seen.values()].at(-1)!.numbers;
  expect(all.filter((number) => number < 6)).toHaveLength(6); // All were taken back.
});

test("the run ends with what a resume would read: the best value without the invalid trial, and the same total", async () => {
  const { store, owned, events, answers } = await runWith(
    [invalidate(100_000, 0), invalidate(101_000, 0), invalidate(102_000, 999), invalidate(103_000, 1, true)],
    { trials: 40 },
  );
  expect(answers.map(({ ok, message }) => [ok, message])).toEqual([
    [true, "trial 0 is invalid: it stays on record, and counts for nothing from now on"],
    [false, expect.stringMatching(/^trial 0 is invalid already, since \S+Z: --undo makes it count again$/)],
    [false, "invalidate: expected a trial of the study, got 999, which it does not have"],
    [false, "trial 1 is not invalid: it counts"],
  ]);
  const counts = await owned.reads.counts();
  expect(counts.complete + counts.pruned + counts.fail).toBe(40);
  expect(await owned.reads.invalid()).toEqual([0]);
  expect((await collect(owned.reads.history())).map(({ number }) => number)).not.toContain(0);
  expect(events.filter(({ kind }) => kind === "command")).toHaveLength(4);
  await store.close();
});

test("in a deterministic run nothing waits for an invalid trial, and trials are told in the order of their numbers", async () => {
  const commands = [invalidate(90_000, 2), invalidate(95_000, 5), invalidate(150_000, 2, true)];
  const { end, seen, answers } = await runWith(commands, { trials: 60, lag: 4 });
  expect(end).toBe("finished");
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true]);
  for (const [number, { numbers, atMs }] of seen) {
    const visible = Array.from({ length: Math.max(0, number - 3) }, (_, i) => i);
    const isHidden = (each: number): boolean => each === 5 && !numbers.includes(5);
    const mayLack2 = atMs < 170_000;
    expect(numbers).toEqual(
      visible.filter((each) => !isHidden(each) && (each !== 2 || !mayLack2 || numbers.includes(2))),
    );
  }
  const last = [...seen.values()].at(-1)!.numbers;
  expect([last.includes(2), last.includes(5)]).toEqual([true, false]);
});
