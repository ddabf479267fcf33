import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../src/ask-tell/ask-tell.ts";
import type { AskTellOptions } from "../../src/ask-tell/options.ts";
import type { SavedSearch } from "../../src/ask-tell/saved.ts";
import { BelayError } from "../../src/core/error.ts";
import { type Rng, rng } from "../../src/core/rng.ts";
import type { PrunerName } from "../../src/core/search/pruner.ts";
import type { Sampler, SamplerName } from "../../src/core/search/sampler.ts";
import { categorical, float, int } from "../../src/core/space/param.ts";
import type { Params } from "../../src/core/space/space.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { tpe } from "../../src/sampler/tpe/tpe.ts";

/** A search that is saved and loaded goes on as one that was not. */

const space = {
  x: float(-5, 5),
  rate: float(1e-4, 1, { log: true }),
  share: float(0, 1, { step: 0.1 }),
  depth: int(1, 8),
  kind: categorical(["a", null, 3, true]),
  only: float(0, 1).when("kind", [3, null]),
};

const throughJson = (search: AskTell): SavedSearch => JSON.parse(JSON.stringify(search.save()));

function reloaded(options: AskTellOptions, search: AskTell): AskTell {
  const copy = askTell(options);
  copy.load(throughJson(search));
  return copy;
}

const objective = (params: Params): number =>
  Number(params.x) ** 2 + Number(params.depth) / 10 + Math.abs(Math.log(Number(params.rate)));

/** Values that JSON does not hold, and floats of all lengths. */
const strange = (chance: Rng): number =>
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, chance.next() * 1e-300][
    chance.int(5)
  ]!;

/** Does one thing with a search, as the random stream says. @returns all that the search answered. */
function act(search: AskTell, splits: number, chance: Rng): unknown {
  const running = [...search.history.running.values()];
  const what = chance.next();
  if (running.length === 0 || (what < 0.3 && running.length < 4)) return search.ask();
  if (what < 0.34) return search.enqueue(chance.next() < 0.5 ? { kind: 3 } : { x: -0, only: 0.25 });
  if (what < 0.38) {
    const told = chance.next() < 0.5 ? strange(chance) : { state: "fail" as const, overrun: 0.1 };
    return search.add([{ params: { x: 0.1 + 0.2, rate: 0.01, share: 0.3, depth: 2, kind: "a" }, told }]);
  }
  const { number, steps } = running[chance.int(running.length)]!;
  const trial = search.save().running.find((each) => each.number === number)!;
  const level = objective(trial.params);
  if (steps.length < 3 && what < 0.8) {
    const step = splits === 1 ? steps.length / 3 : steps.length;
    search.report(number, step, chance.next() < 0.05 ? strange(chance) : level + 0.1 * chance.normal());
    if (chance.next() < 0.3) return null; // It is saved between a report and its verdict too.
    return search.shouldPrune(number) && chance.next() < 0.7
      ? search.tell(number, { state: "pruned" })
      : [search.shouldPrune(number)];
  }
  if (splits > 1 && steps.length < splits)
    return search.tell(number, { state: "pruned", reason: "memory-limit", overrun: 0.3 });
  return search.tell(number, {
    state: "complete",
    value: level,
    constraints: [Number(trial.params.share) - 0.8],
  });
}

const cases = samplers.names.flatMap((sampler) => [
  [sampler, "race(alpha=0.3)", 3] as const,
  [sampler, "percentile(q=40, startupTrials=1, warmupSteps=0)", 1] as const,
]);

it.each(cases)("with %s and %s, at any moment, through JSON", (sampler, pruner, splits) => {
  const options: AskTellOptions = {
    ...{ space, seed: 7, splits, pruner: pruner as PrunerName },
    sampler: sampler as SamplerName,
  };
  const undisturbed = askTell(options);
  let kept = askTell(options);
  // Later less often, because a sampler that fits a model begins anew after each load.
  for (let i = 0; i < 300; i++) {
    if (i % (i < 90 ? 9 : 70) === 0) kept = reloaded(options, kept);
    expect(act(kept, splits, rng(1, i, "act"))).toEqual(act(undisturbed, splits, rng(1, i, "act")));
  }
  expect(kept.save()).toEqual(undisturbed.save());
  expect(kept.best()).toEqual(undisturbed.best());
  const { trials, running } = undisturbed.save();
  expect(new Set(trials.map(({ told }) => (told as { state: string }).state)).size).toBe(3);
  expect(trials.length + running.length).toBeGreaterThan(50);
  for (const column of [
    "estimate",
    "estimateSd",
    "overrun",
    "violation",
    "step",
    "stepValue",
    "proposer",
  ] as const)
    expect(kept.history[column].join()).toBe(undisturbed.history[column].join());
});

it("holds params to the last bit, and what JSON has no number for", () => {
  const search = askTell({ space, seed: 3 });
  const { number, params } = search.ask()!;
  search.report(number, -1.5, Number.NaN);
  search.report(number, 2, Number.NEGATIVE_INFINITY);
  search.tell(number, 5e-324);
  const [trial] = throughJson(search).trials;
  expect(trial!.params).toEqual(params);
  expect(trial).toMatchObject({ told: { state: "complete", value: 5e-324 } });
  expect(trial!.reports).toEqual([
    { step: -1.5, value: "NaN" },
    { step: 2, value: "-Infinity" },
  ]);
});

it("several directions, and trials that were told in another order than asked for", () => {
  const options: AskTellOptions = { space: { x: float(0, 1) }, directions: ["minimize", "maximize"] };
  const search = askTell(options);
  for (const _ of [0, 1, 2, 3]) search.ask();
  search.tell(2, [1, 2]);
  search.tell(0, { state: "complete", value: [3, 4], constraints: [0, -1] });
  search.tell(1, [4, 4]);
  const copy = reloaded(options, search);
  expect(copy.front()).toEqual(search.front());
  expect(copy.front().map(({ number }) => number)).toEqual([2, 0]);
  copy.tell(3, [0, 0]);
  expect([...copy.history.number.subarray(0, 4)]).toEqual([2, 0, 1, 3]);
});

it("a sampler that is made of several knows who proposed which trial, also after a save", () => {
  const sampler: Sampler = {
    name: "turns",
    ask: ({ history, number }) => {
      const by = history.size === 0 ? "start" : ["left", "right"][history.size % 2]!;
      return { row: Float64Array.of(number / 16), by, why: "in turns" };
    },
  };
  const options: AskTellOptions = { space: { x: float(0, 1) }, sampler };
  const search = askTell(options);
  search.enqueue({ x: 0.3 });
  for (const value of [4, 3, 2]) search.tell(search.ask()!.number, value);
  search.add([{ params: { x: 0.7 }, told: 1 }]);
  search.ask();
  const copy = reloaded(options, search);
  for (const { history } of [search, copy]) {
    const names = Array.from(history.proposer.subarray(0, 4), (code) => history.proposers[code]);
    expect(names).toEqual(["enqueued", "right", "left", ""]);
    expect(history.running.get(4)!.by).toBe("left");
  }
  copy.tell(4, 1);
  expect(copy.save().trials.at(-1)).toMatchObject({ number: 4, by: "left" });
  expect(() => copy.add([{ params: { x: 1 }, told: 1, by: "" }])).toThrow(
    'add: [0]: by: expected a name such as "tpe", got ""',
  );
});

it("a sampler of one's own goes on too, even if it uses its array again", () => {
  const row = new Float64Array(1);
  const sampler: Sampler = {
    name: "halves",
    ask: ({ number }) => {
      row[0] = 1 / 2 ** number;
      return row;
    },
  };
  const options: AskTellOptions = { space: { x: float(0, 1) }, sampler };
  const search = askTell(options);
  for (const _ of [0, 1, 2]) search.ask();
  search.tell(1, 1);
  search.tell(0, 2);
  const copy = reloaded(options, search);
  expect(copy.ask()!.params).toEqual({ x: 0.125 });
  expect([...copy.history.params[0]!.subarray(0, 2)]).toEqual([0.5, 1]);
  expect(copy.history.running.get(2)!.row[0]).toBe(0.25);
});

it("more trials may be planned than were when it was saved", () => {
  const search = askTell({ space, trials: 10 });
  search.tell(search.ask()!.number, 1);
  expect(reloaded({ space, trials: 500 }, search).best()).toEqual(search.best());
});

it("saved trials can be added to another search, where they get its next numbers", () => {
  const search = askTell({ space, seed: 1 });
  for (const value of [3, 2, Number.NaN]) search.tell(search.ask()!.number, value);
  const other = askTell({ space, sampler: "random" });
  other.ask();
  expect(other.add(throughJson(search).trials)).toEqual([1, 2, 3]);
  expect(other.best()).toEqual({ ...search.best(), number: 2 });
});

describe("load refuses, and leaves the search as it was", () => {
  const options: AskTellOptions = { space: { x: float(0, 1) }, seed: 1, splits: 2 };
  const saved = (): Record<string, unknown> => {
    const search = askTell(options);
    for (const _ of [0, 1, 2]) search.ask();
    search.report(1, 0, 0.5);
    search.tell(0, 1);
    search.enqueue({ x: 0.5 });
    return JSON.parse(JSON.stringify(search.save()));
  };
  const trial = { number: 0, params: { x: 0.5 }, told: { state: "complete", value: 1 } };

  it.each([
    [null, "load: expected what save() returned, got null"],
    ["{}", 'load: expected what save() returned, got "{}", which JSON.parse has to read first'],
    [{}, "load: expected what save() returned, got an object with keys []"],
    [{ version: 2 }, "load: version: expected 1, got 2: a newer Belay has saved it"],
    [{ version: "1" }, 'load: version: expected 1, got "1"'],
    [{ extra: 1 }, 'got "extra"'],
    [{ seed: 2 }, "load: seed: expected the options of the search that was saved"],
    [{ sampler: { name: "random", options: {} } }, "got auto here and random there"],
    [{ splits: 3 }, "got 2 here and 3 there"],
    [{ directions: ["maximize"] }, 'got ["minimize"] here and ["maximize"] there'],
    [{ space: null }, "load: space: expected a space, got null"],
    [{ space: { params: [] } }, "load: space: expected param x (0..1), got no such param there"],
    [{ next: -1 }, "load: next: expected a whole number from 0 up, got -1"],
    [{ next: 2 }, "load: running[1]: number: expected one below 2, got 2"],
    [{ trials: {} }, "load: trials: expected an array"],
    [{ trials: [null] }, "load: trials[0]: number: expected one below 3, got undefined"],
    [{ trials: [trial, trial] }, "load: trials[1]: number: expected each number once, got 0 again"],
    [{ trials: [{ ...trial, params: { x: 2 } }] }, "load: trials[0]: params: param x: expected 0..1, got 2"],
    [{ trials: [{ ...trial, params: {} }] }, "load: trials[0]: params: param x: expected a value, got none"],
    [{ trials: [{ ...trial, told: null }] }, "load: trials[0]: told: value: expected a number, got null"],
    [
      { trials: [{ ...trial, reports: [{ step: 0, value: 1 }] }] },
      "load: trials[0]: told: expected reports of all 2 splits, got a value after 1 of them",
    ],
    [{ running: [{ ...trial, number: 1 }] }, "load: running[0]: expected the options number, params"],
    [
      { running: [{ number: 1, params: { x: 0 }, notFinite: 1 }] },
      "notFinite: expected true or false, got 1",
    ],
    [{ running: [{ number: 1, params: { x: 0 }, estimate: "1" }] }, "estimate: expected a finite number"],
    [
      { running: [{ number: 1, params: { x: 0 }, reports: [{ step: 2, value: 1 }] }] },
      "load: running[0]: reports[0]: step: expected the number of a split, 0 to 1, got 2",
    ],
    [{ enqueued: [{ y: 1 }] }, 'load: enqueued[0]: param "y"'],
  ])("%j", (change, message) => {
    const search = askTell(options);
    const isChange = change !== null && typeof change === "object" && Object.keys(change).length > 0;
    const given = isChange ? { ...saved(), ...change } : change;
    expect(() => search.load(given as SavedSearch)).toThrow(message);
    expect(() => search.load(given as SavedSearch)).toThrow(BelayError);
    search.load(saved() as unknown as SavedSearch);
    expect(search.ask()).toEqual({ number: 3, params: { x: 0.5 } });
  });

  it("a search that has begun", () => {
    const search = askTell(options);
    search.enqueue({});
    expect(() => search.load(saved() as unknown as SavedSearch)).toThrow("has enqueued params already");
    search.ask();
    expect(() => search.load(saved() as unknown as SavedSearch)).toThrow(
      "load: the search has trials already: load into a new one, or add() the trials",
    );
  });

  it("another space, naming the param that differs", () => {
    const search = askTell({ ...options, space: { x: float(0, 2) } });
    expect(() => search.load(saved() as unknown as SavedSearch)).toThrow(
      "load: space: expected param x (0..2), got another one there",
    );
    const fewer = { ...saved(), space: { params: [...askTell(options).space.params, {}] } };
    expect(() => askTell(options).load(fewer as unknown as SavedSearch)).toThrow("expected 1 params, got 2");
  });

  it("options of the sampler", () => {
    const other = askTell({ ...options, sampler: tpe({ startupTrials: 20 }) });
    expect(() => other.load(saved() as unknown as SavedSearch)).toThrow(
      "got tpe(startupTrials=20) here and auto there",
    );
  });
});
