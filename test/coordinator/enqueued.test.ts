import { expect, it } from "vitest";
import { type Scenario, scenarioOf } from "../../src/simulation/scenario.ts";
import { play } from "../support/play.ts";

/** Enqueued trials whose open params the sampler chooses. */

const scenario = (changes: Partial<Scenario>): Scenario =>
  scenarioOf(5, ["tpe"], ["none"], {
    ...{ splitCount: 3, splitOrder: "given", reports: 0, trials: 40, stop: [], failures: 0, guarded: 0 },
    ...{ lag: 4, enqueued: Array.from({ length: 24 }, () => ({ optimizer: "sgd" })) },
    ...changes,
  });

it("a deterministic run has the same trials with any number of workers, also if more are enqueued than its lag", async () => {
  const alone = await play(scenario({ workers: 1 }));
  expect(alone).toHaveLength(40);
  expect(alone.map(({ by }) => by)).toEqual(alone.map((_, i) => (i < 24 ? "enqueued" : "tpe")));
  expect(await play(scenario({ workers: 2 }))).toEqual(alone);
  expect(await play(scenario({ workers: 4 }))).toEqual(alone);
  expect(await play(scenario({ workers: 4 }), 20_000)).toEqual(alone);
});
