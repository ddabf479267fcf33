import { expect, it } from "vitest";
import { TrialHistory } from "../../src/core/search/history.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { random } from "../../src/sampler/random.ts";
import { conforms, contextOf } from "../conformance/sampler.ts";

conforms(() => random());

it("finds the untried points of a branch quickly, however many it has, when all other branches are used up", () => {
  const space = compileSpace({
    kind: {
      distribution: { kind: "categorical", choices: ["wide", ...Array.from({ length: 60 }, (_, i) => i)] },
      conditions: [],
    },
    wide: {
      distribution: { kind: "int", low: 0, high: 1e15, log: false, step: 1 },
      conditions: [{ parent: "kind", values: ["wide"] }],
    },
  });
  const history = new TrialHistory(space, 1);
  const sampler = random();
  for (let number = 0; number < 90; number++)
    history.start(number, sampler.ask(contextOf(history, number, 1))!);
  expect(new Set([...history.running.values()].map(({ row }) => row.join())).size).toBe(90);
});
