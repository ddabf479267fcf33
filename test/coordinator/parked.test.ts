import { describe, expect, it } from "vitest";
import { type Scenario, scenarioOf } from "../../src/simulation/scenario.ts";
import { type Proposed, play } from "../support/play.ts";

/** Trials that a race has stopped, but would not stop any more, are taken up again when all trials are used up. */

const scenario = (seed: number, changes: Partial<Scenario> = {}): Scenario =>
  scenarioOf(seed, ["random"], ["race(alpha=0.4)"], {
    ...{ splitCount: 5, splitOrder: "informative", trials: 40, enqueued: [], stop: [] },
    ...{ failures: 0, guarded: 0.02, workers: 1, lag: null, reports: 0, noise: 1 },
    ...changes,
  });

const takenUp = (trials: readonly Proposed[]): readonly Proposed[] =>
  trials.filter(({ unparked }) => unparked !== null);

describe("parked trials", () => {
  it("run their missing splits, each once, and can come to a value", async () => {
    const trials = takenUp(await play(scenario(3)));
    expect(trials.map(({ state }) => state)).toContain("complete");
    for (const { order, unparked, state } of trials) {
      expect(order.length).toBeGreaterThan(unparked!);
      expect(new Set(order).size).toBe(order.length);
      expect(order.length === 5).toBe(state === "complete");
    }
  });

  it.each([1, 2, 3, 4])("are the same after many interruptions: seed %i", async (seed) => {
    const whole = await play(scenario(seed));
    expect(takenUp(whole).length).toBeGreaterThan(0);
    expect(await play(scenario(seed), 20_000)).toEqual(whole);
  });

  it.each([5, 9, 14, 20])(
    "are the same with 1, 2 and 8 workers of a deterministic run: seed %i",
    async (seed) => {
      const alone = await play(scenario(seed, { lag: 8 }));
      expect(takenUp(alone).length).toBeGreaterThan(0);
      expect(await play(scenario(seed, { lag: 8, workers: 2 }))).toEqual(alone);
      expect(await play(scenario(seed, { lag: 8, workers: 8 }), 20_000)).toEqual(alone);
    },
  );
});
