import { describe, expect, it } from "vitest";
import { type Scenario, scenarioOf } from "../../src/simulation/scenario.ts";
import { play } from "../support/play.ts";

/** A study has the same trials and the same orders of splits, however it was run. */

const scenario = (changes: Partial<Scenario>): Scenario =>
  scenarioOf(7, ["tpe"], ["race(alpha=0.1)"], {
    ...{
      splitCount: 5,
      splitOrder: "informative",
      trials: 100,
      enqueued: [],
      stop: [],
      failures: 0.02,
      guarded: 0.02,
    },
    ...{ workers: 1, lag: null, reports: 0, noise: 1 },
    ...changes,
  });

const isAscending = (order: readonly number[]): boolean =>
  order.every((split, i) => i === 0 || split > order[i - 1]!);

describe("the order of splits", () => {
  it("is learned from the first complete trials; before that, and with `given`, it is the given one", async () => {
    const trials = await play(scenario({}));
    const learned = trials.filter(({ order }) => !isAscending(order));
    expect(learned.length).toBeGreaterThan(5);
    expect(Math.min(...learned.map(({ number }) => number))).toBeGreaterThanOrEqual(10);
    const given = await play(scenario({ splitOrder: "given" }));
    expect(given.every(({ order }) => isAscending(order))).toBe(true);
  });

  it.each([
    "race(alpha=0.1)",
    "patient(patience=2)",
    "percentile(q=70, startupTrials=2)",
    "halving",
    "wilcoxon(alpha=0.1)",
  ])("is the same after many interruptions, and so are the verdicts of %s", async (pruner) => {
    const whole = await play(scenario({ pruner }));
    expect(whole.some(({ order }) => !isAscending(order))).toBe(true);
    expect(await play(scenario({ pruner }), 20_000)).toEqual(whole);
  });

  it("is the same with 1, 2 and 8 workers of a deterministic run, interrupted or not", async () => {
    const alone = await play(scenario({ lag: 8 }));
    expect(alone.some(({ order }) => !isAscending(order))).toBe(true);
    expect(await play(scenario({ lag: 8, workers: 2 }))).toEqual(alone);
    expect(await play(scenario({ lag: 8, workers: 8 }))).toEqual(alone);
    expect(await play(scenario({ lag: 8, workers: 8 }), 20_000)).toEqual(alone);
  });
});
