import { expect, test } from "vitest";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { simulate } from "../support/simulated.ts";
import { SPACE } from "../support/store.ts";

/** What a run does when the engine's machines change while it lasts. */

test("a run that begins without a slot waits, and starts trials as soon as there are some", async () => {
  const clock = virtualClock();
  const began = clock.elapsed();
  const engine = simulatedEngine({ clock, seed: 1, workers: 0, splitCount: 1 });
  let startedMs: number | null = null;
  const told = {
    ...engine,
    run: (...task: Parameters<typeof engine.run>) => {
      startedMs ??= clock.elapsed() - began;
      return engine.run(...task);
    },
  };
  clock.after(3_600_000, () => engine.resize(2));
  const { end, events } = await simulate({
    ...{ clock, engine: told, space: SPACE, trials: 12 },
    scheduling: { breaker: null },
  });
  expect(end).toBe("finished");
  expect(startedMs).toBe(3_600_000);
  const slots = events.flatMap((event) => (event.kind === "metrics" ? [event.metrics.slots] : []));
  expect(slots[0]).toBe(0);
  expect(slots.at(-1)).toBe(2);
});

test("a run without any slot can be stopped", async () => {
  const clock = virtualClock();
  const engine = simulatedEngine({ clock, seed: 1, workers: 0, splitCount: 1 });
  const { end, events } = await simulate({
    ...{ clock, engine, space: SPACE, trials: 12, studyTimeoutMs: 60_000 },
    scheduling: {},
  });
  expect(end).toBe("timeout");
  expect(events.some(({ kind }) => kind === "trial-started")).toBe(false);
});

test("as many trials run as there are slots at the time, while slots come and go", async () => {
  const clock = virtualClock();
  const began = clock.elapsed();
  const engine = simulatedEngine({ clock, seed: 1, workers: 1, splitCount: 1 });
  const most = new Map([
    [1, 0],
    [6, 0],
    [2, 0],
  ]);
  let slots = 1;
  let settlesMs = 0;
  for (const [atMs, next] of [
    [600_000, 6],
    [1_200_000, 2],
  ] as const)
    clock.after(atMs, () => {
      slots = next;
      settlesMs = clock.elapsed() - began + 120_000; // in which the trials beyond the new number end
      engine.resize(next);
    });
  let running = 0;
  const counted = {
    ...engine,
    async *run(...task: Parameters<typeof engine.run>) {
      running++;
      if (clock.elapsed() - began >= settlesMs) most.set(slots, Math.max(most.get(slots)!, running));
      try {
        yield* engine.run(...task);
      } finally {
        running--;
      }
    },
  };
  const { end } = await simulate({
    ...{ clock, engine: counted, space: SPACE, trials: 500 },
    scheduling: { breaker: null },
  });
  expect(end).toBe("finished");
  expect(Object.fromEntries(most)).toEqual({ 1: 1, 2: 2, 6: 6 });
});
