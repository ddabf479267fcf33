import { describe, expect, it } from "vitest";
import { askTell } from "../../src/ask-tell/ask-tell.ts";
import { BelayError } from "../../src/core/error.ts";
import type { Distribution } from "../../src/core/space/distribution.ts";
import { compileSpace, type ParamDeclaration } from "../../src/core/space/space.ts";
import { cmaes } from "../../src/sampler/cmaes/cmaes.ts";
import { grid } from "../../src/sampler/grid.ts";
import { qmc } from "../../src/sampler/qmc/qmc.ts";
import { random } from "../../src/sampler/random.ts";
import { tpe } from "../../src/sampler/tpe/tpe.ts";

const float = (low: number, high: number): ParamDeclaration =>
  of({ kind: "float", low, high, log: false, step: null });
const categorical = (...choices: string[]): ParamDeclaration => of({ kind: "categorical", choices });
const of = (distribution: Distribution): ParamDeclaration => ({ distribution, conditions: [] });
const space = {
  x: float(-5, 5),
  kind: categorical("a", "b"),
  only: { ...float(0, 1), conditions: [{ parent: "kind", values: ["b"] }] },
};

describe("askTell", () => {
  it("numbers trials from 0, and finds the best in the study's direction", () => {
    const search = askTell({ space, direction: "maximize", sampler: "random", seed: 4 });
    expect(search.best()).toBeNull();
    const asked = [search.ask()!, search.ask()!, search.ask()!];
    expect(asked.map(({ number }) => number)).toEqual([0, 1, 2]);
    search.tell(2, 3);
    search.tell(0, 9);
    search.tell(1, { state: "complete", value: 10, constraints: [0.5] });
    expect(search.best()).toEqual({ ...asked[0], value: 9 });
  });

  it("proposes the same trials for the same seed and outcomes, by name or by factory", () => {
    const run = (sampler: "random" | ReturnType<typeof random>) => {
      const search = askTell({ space, sampler, seed: 7 });
      return Array.from({ length: 20 }, () => search.ask());
    };
    expect(run("random")).toEqual(run(random()));
  });

  it("tries enqueued params first, and fills in what they leave out", () => {
    const search = askTell({ space });
    search.enqueue({ kind: "b", x: 1 });
    search.enqueue({ only: 0.5 });
    expect(search.ask()!.params).toMatchObject({ kind: "b", x: 1, only: expect.any(Number) });
    expect(Object.keys(search.ask()!.params)).toContain("x");
    expect(() => search.enqueue({ kind: "a", only: 0.5 })).toThrow(
      "enqueue: param only: expected no value, since it is inactive",
    );
    expect(() => search.enqueue({ y: 1 })).toThrow('param "y"');
    expect(() => search.enqueue({ x: 6 })).toThrow("param x: expected -5..5, got 6");
  });

  it("takes pruned and failed trials, and prunes what is not finite", () => {
    const search = askTell({ space });
    for (const told of [
      { state: "pruned", reason: "memory-limit", overrun: 0.4 },
      { state: "pruned", value: 3 },
      { state: "fail" },
      Number.NaN,
    ] as const) {
      search.tell(search.ask()!.number, told);
    }
    expect([...search.history.state.subarray(0, 4)]).toEqual([1, 1, 2, 1]);
    expect(search.history.overrun[0]).toBe(0.4);
    expect(search.best()).toBeNull();
  });

  it("returns null once every point has been tried", () => {
    const search = askTell({ space: { kind: categorical("a", "b") } });
    const seen = [search.ask()!.params.kind, search.ask()!.params.kind];
    expect(seen.sort()).toEqual(["a", "b"]);
    expect(search.ask()).toBeNull();
  });

  it("takes one value per direction; with several directions there is no best trial", () => {
    const search = askTell({ space, directions: ["minimize", "maximize"] });
    search.tell(search.ask()!.number, [1, 2]);
    expect(search.history.values.map((column) => column[0])).toEqual([1, 2]);
    expect(() => search.tell(search.ask()!.number, 1)).toThrow("tell: value: expected 2 numbers, got 1");
    expect(() => search.best()).toThrow("expected one direction, got 2");
  });

  it("refuses wrong calls", () => {
    expect(() => askTell({ space, sampler: "tpee" as "tpe" })).toThrow("did you mean tpe?");
    expect(() => askTell({ space, seed: 0.5 })).toThrow("seed: expected a whole number, got 0.5");
    expect(() => askTell({ space, direction: "up" as "minimize" })).toThrow(
      'expected "minimize" or "maximize", got "up"',
    );
    expect(() => askTell({ space, direction: "minimize", directions: ["minimize"] })).toThrow("got both");
    expect(() => askTell({ space: { x: float(1, 0) } })).toThrow("space.x: expected low <= high");
    const search = askTell({ space });
    expect(() => search.tell(0, 1)).toThrow("tell: expected the number of a running trial, got 0");
    const { number } = search.ask()!;
    expect(() => search.tell(number, "1" as unknown as number)).toThrow(
      'tell: value: expected a number, got "1"',
    );
    search.tell(number, 1);
    expect(() => search.tell(number, 1)).toThrow("running trial");
  });
});

it("compiles the space that it is given", () => {
  expect(askTell({ space }).space).toEqual(compileSpace(space));
});

describe("misuse in plain JavaScript is one line that names what is wrong", () => {
  const misused = askTell as unknown as (...args: unknown[]) => ReturnType<typeof askTell>;

  it.each([
    ["no options", [], "askTell: expected options such as { space: ... }, got undefined"],
    ["no space", [{}], "space: expected params such as { learningRate: float(0.001, 0.1) }, got nothing"],
    ["an empty space", [{ space: {} }], "space: expected at least one param, got none"],
    ["a param that is an array", [{ space: { x: [1, 2] } }], "space.x: expected float(), int() or"],
    ["an unknown option", [{ space, sample: "tpe" }], 'got "sample"; did you mean "sampler"?'],
    ["a factory that is not called", [{ space, sampler: random }], "such as tpe(), got function random"],
    ["a sampler of no kind", [{ space, sampler: { name: "mine" } }], "sampler: expected"],
    ["directions that are no array", [{ space, directions: "minimize" }], "directions: expected an array"],
    ["noise that is no boolean", [{ space, noise: "no" }], 'noise: expected true or false, got "no"'],
    ["a name that no param can have", [{ space: JSON.parse('{"__proto__": {}}') }], '"__proto__"'],
  ] as const)("%s", (_, args, message) => {
    expect(() => misused(...args)).toThrow(message);
    expect(() => misused(...args)).toThrow(BelayError);
  });

  it.each([
    [null, "tell: value: expected a number, got null"],
    [undefined, "tell: value: expected a number, got undefined"],
    [[], "tell: value: expected a number, got []"],
    [{ values: 1 }, 'tell: expected a number or { state: ... }, got an object with keys ["values"]'],
    [{ state: "done" }, 'tell: state: expected "complete", "pruned" or "fail", got "done"'],
    [{ state: "complete" }, "tell: value: expected a number, got undefined"],
    [{ state: "complete", values: 1 }, 'got "values"; did you mean "value"?'],
    [
      { state: "complete", value: 1, constraints: 0.5 },
      "tell: constraints: expected an array of numbers, got 0.5",
    ],
    [
      { state: "complete", value: 1, constraints: ["1"] },
      'tell: constraints: expected an array of numbers, got ["1"]',
    ],
    [{ state: "pruned", reason: "memory" }, 'got "memory"'],
    [{ state: "pruned", reason: "error" }, "tell: reason: expected one of pruner, split-timeout"],
    [{ state: "fail", reason: "errors" }, 'got "errors"; did you mean "error"?'],
    [{ state: "fail", value: 3 }, "tell: expected the options state, reason, overrun"],
    [{ state: "fail", overrun: "much" }, 'tell: overrun: expected a finite number, got "much"'],
    [{ state: "pruned", value: "3" }, 'tell: value: expected a number, got "3"'],
  ] as const)("tell %j", (told, message) => {
    const search = askTell({ space });
    const { number } = search.ask()!;
    const tell = search.tell as (number: number, told: unknown) => void;
    expect(() => tell(number, told)).toThrow(message);
    expect(() => tell(number, told)).toThrow(BelayError);
    search.tell(number, 1); // The trial still runs and can be told a proper value.
    expect(search.history.size).toBe(1);
  });

  it.each([null, undefined, 7, [1]])("enqueue %j", (params) => {
    const enqueue = askTell({ space }).enqueue as (params: unknown) => void;
    expect(() => enqueue(params)).toThrow("enqueue: expected params such as { x: ... }, got");
    expect(() => enqueue(params)).toThrow(BelayError);
  });

  it.each([
    [
      () => tpe({ startup: 5 } as never),
      'tpe: expected the options startupTrials, candidates, got "startup"',
    ],
    [() => cmaes({ sigmas: 1 } as never), 'got "sigmas"; did you mean "sigma"?'],
    [() => qmc({ sequences: "sobol" } as never), 'got "sequences"; did you mean "sequence"?'],
    [() => grid({ point: 3 } as never), 'got "point"; did you mean "points"?'],
    [() => grid(5 as never), "grid: expected options such as { points: ... }, got 5"],
  ])("a sampler's options %#", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(BelayError);
  });
});

it("prunes a trial whose constraint is not a finite number, as a study does", () => {
  const search = askTell({ space });
  search.tell(search.ask()!.number, { state: "complete", value: 1, constraints: [Number.NaN] });
  expect(search.history.state[0]).toBe(1);
  expect(search.best()).toBeNull();
});

it("leaves out the last value of a pruned trial if it was not finite", () => {
  const search = askTell({ space });
  search.tell(search.ask()!.number, { state: "pruned", value: Number.NaN });
  search.tell(search.ask()!.number, { state: "pruned", value: 2 });
  expect([...search.history.stepStart.subarray(0, 3)]).toEqual([0, 0, 1]);
});

it("the front has the feasible trials that no other one dominates, the best in the first objective first", () => {
  const search = askTell({ space, directions: ["minimize", "maximize"] });
  const tell = (told: Parameters<typeof search.tell>[1]): void => search.tell(search.ask()!.number, told);
  expect(search.front()).toEqual([]);
  for (const values of [
    [3, 9],
    [1, 5],
    [2, 4],
    [1, 5],
    [2, 7],
  ])
    tell(values);
  tell({ state: "complete", value: [0, 10], constraints: [0.1] });
  tell({ state: "pruned" });
  tell([Number.NaN, 99]);
  const { running: _, trials } = search.save();
  const at = (number: number) => trials.find((trial) => trial.number === number)!.params;
  expect(search.front()).toEqual([
    { number: 1, params: at(1), values: [1, 5] },
    { number: 3, params: at(3), values: [1, 5] },
    { number: 4, params: at(4), values: [2, 7] },
    { number: 0, params: at(0), values: [3, 9] },
  ]);
});

it("the front of one direction is the trials that share the best value", () => {
  const search = askTell({ space, direction: "maximize" });
  for (const value of [1, 3, 2, 3]) search.tell(search.ask()!.number, value);
  expect(search.front().map(({ number, values }) => [number, values])).toEqual([
    [1, [3]],
    [3, [3]],
  ]);
  expect(search.best()).toMatchObject({ number: 1, value: 3 });
});

it("learns from added trials as from its own", () => {
  const told = ({ x }: { readonly x?: unknown }): number => (Number(x) - 1) ** 2;
  const near = askTell({ space, sampler: "tpe", seed: 2 });
  const far = askTell({ space, sampler: "tpe", seed: 2 });
  const trials = Array.from({ length: 40 }, (_, i) => ({
    params: { x: i / 4 - 5, kind: "a" },
    told: told({ x: i / 4 - 5 }),
  }));
  expect(near.add(trials)).toEqual(trials.map((_, i) => i));
  const distance = (search: typeof near): number =>
    Array.from({ length: 10 }, () => told(search.ask()!.params)).reduce((sum, value) => sum + value, 0);
  expect(distance(near)).toBeLessThan(distance(far) / 2);
  expect(near.best()).toMatchObject({ number: 24, params: { x: 1 }, value: 0 });
});
