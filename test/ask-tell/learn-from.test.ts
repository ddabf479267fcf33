import { expect, it } from "vitest";
import { type AskTellOptions, askTell } from "../../src/index.ts";
import { bowl, cube, run } from "../support/search.ts";

const SPACE = cube(2);
const earlier = () => {
  const search = askTell({ space: SPACE, sampler: "tpe", seed: 5 });
  run(search, bowl, 20);
  return search.save().trials;
};

it("refuses in one line what cannot be learned from", () => {
  const trial = { params: { x0: 0.5 }, told: 1 };
  const refusals: [options: Partial<AskTellOptions> | Record<string, unknown>, line: string][] = [
    [
      { learnFrom: {} },
      "learnFrom: expected an array such as [{ params: { ... }, told: 0.5 }], got an object with keys []",
    ],
    [
      { learnFrom: [] },
      "learnFrom: expected trials that this space can learn from, got 0 trials, none of which has a value",
    ],
    [{ learnFrom: [null] }, "learnFrom: [0]: params: expected params by name, got undefined"],
    [
      { learnFrom: [trial, { params: {}, told: "x" }] },
      'learnFrom: [1]: told: value: expected a number, got "x"',
    ],
    [
      { learnFrom: [{ params: { z: 1 }, told: 1 }] },
      "learnFrom: expected trials that this space can learn from, got 1 trials with values, none of which has a param of this space",
    ],
    [
      { learnFrom: [{ params: { x0: 2 }, told: 1 }] },
      "learnFrom: expected trials that this space can learn from, got 1 trials with values, 1 of them outside of this space",
    ],
    [
      { learnFrom: [trial], sampler: "cmaes" },
      "learnFrom: expected a sampler that learns from other studies (auto, tpe, gp), got cmaes",
    ],
    [
      { learnFrom: [trial], directions: ["minimize", "maximize"] },
      "learnFrom: expected a study of one direction, got one of 2",
    ],
  ];
  for (const [options, line] of refusals)
    expect(() => askTell({ space: SPACE, ...options } as AskTellOptions), line).toThrow(line);
});

it("takes the direction of the search, and leaves out what has no value", () => {
  const first = (direction: "minimize" | "maximize") => {
    const learnFrom = [
      { params: { x0: 0.25, x1: 0.5 }, told: 1 },
      { params: { x0: 0.5, x1: 0.5 }, told: { state: "fail" } as const },
      { params: { x0: 0.75, x1: 0.5 }, told: { state: "pruned", estimate: 2 } as const },
      { params: { x0: 1, x1: 1 }, told: { state: "complete", value: 3, constraints: [1] } as const },
    ];
    return askTell({ space: SPACE, direction, learnFrom }).ask()!.params;
  };
  expect(first("minimize")).toEqual({ x0: 0.25, x1: 0.5 });
  expect(first("maximize")).toEqual({ x0: 0.75, x1: 0.5 });
});

it("goes on from save and load as it would have, and only with the same trials to learn from", () => {
  const options: AskTellOptions = { space: SPACE, sampler: "gp", seed: 2, learnFrom: earlier() };
  const search = askTell(options);
  run(search, bowl, 12);
  const saved = JSON.parse(JSON.stringify(search.save()));
  const loaded = askTell(options);
  loaded.load(saved);
  expect(run(loaded, bowl, 5)).toEqual(run(search, bowl, 5));
  const { learnFrom: _, ...alone } = options;
  expect(() => askTell(alone).load(saved)).toThrow(
    "load: learnFrom: expected the options of the search that was saved; add() takes its trials into any other, got none here and 20 trials there",
  );
  expect(() => askTell(options).load(askTell(alone).save())).toThrow("got 20 trials here and none there");
});
