import { expect, it } from "vitest";
import type { Sampler } from "../../src/core/search/sampler.ts";
import { random } from "../../src/sampler/random.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { type Scenario, scenarioOf } from "../../src/simulation/scenario.ts";
import { play } from "../support/play.ts";
import { simulate } from "../support/simulated.ts";
import { SPACE } from "../support/store.ts";

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

it("asks the sampler only for enqueued trials that leave a param open", async () => {
  const clock = virtualClock();
  const asked: number[] = [];
  const sampler: Sampler = {
    name: "counting",
    ask(context) {
      asked.push(context.number);
      return random().ask(context);
    },
  };
  const { end } = await simulate({
    ...{ clock, sampler, space: SPACE, trials: 4, scheduling: {} },
    engine: simulatedEngine({ clock, seed: 1, workers: 1, splitCount: 1 }),
    async through(owned) {
      await owned.enqueue({ learningRate: 0.01, optimizer: "adam" });
      await owned.enqueue({ learningRate: 0.01, optimizer: "sgd" });
      return owned;
    },
  });
  expect(end).toBe("finished");
  expect(asked).toEqual([1, 2, 3]);
});
