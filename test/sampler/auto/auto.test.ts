import { expect, it } from "vitest";
import { type AskTell, askTell } from "../../../src/ask-tell/ask-tell.ts";
import { rng } from "../../../src/core/rng.ts";
import { TrialHistory } from "../../../src/core/search/history.ts";
import { type Sampler, type Suggestion, suggest } from "../../../src/core/search/sampler.ts";
import { categorical, float } from "../../../src/core/space/param.ts";
import { compileSpace, type Params, type Space } from "../../../src/core/space/space.ts";
import { auto } from "../../../src/sampler/auto/auto.ts";
import { scenarioOf } from "../../../src/simulation/scenario.ts";
import { conforms, contextOf } from "../../conformance/sampler.ts";
import { play } from "../../support/play.ts";

conforms(() => auto(), { runs: 25 });

const cube = (dims: number) =>
  Object.fromEntries(Array.from({ length: dims }, (_, i) => [`x${i}`, float(0, 1)]));
const bowl = (params: Params): number =>
  Object.values(params).reduce<number>((sum, x) => sum + (Number(x) - 0.3) ** 2, 0);

/** Runs trials. @returns who proposed each. */
function run(search: AskTell, trials: number, objective: (params: Params) => number | number[]): string[] {
  for (let i = 0; i < trials; i++) {
    const { number, params } = search.ask()!;
    search.tell(number, objective(params));
  }
  const { proposer, proposers } = search.history;
  return Array.from(proposer.subarray(0, trials), (code) => proposers[code]!);
}

const count = (names: readonly string[], name: string): number =>
  names.filter((each) => each === name).length;

it("begins evenly, then leaves a smooth objective of few params to gp", () => {
  const search = askTell({ space: cube(3), direction: "minimize", sampler: "auto", seed: 1 });
  const names = run(search, 40, bowl);
  expect(names.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => "sobol"));
  // A smooth function is what a Gaussian process is for.
  expect(new Set(names.slice(8))).toEqual(new Set(["gp"]));
  expect(search.best()!.value).toBeLessThan(1e-3);
});

it("leaves a space of many params with choices to gp from the start", () => {
  const space = { ...cube(11), kind: categorical(["a", "b"]) };
  const names = run(askTell({ space, sampler: "auto", seed: 1 }), 30, ({ kind: _, ...x }) => bowl(x));
  expect(new Set(names.slice(14))).toEqual(new Set(["gp"]));
});

it("takes steps from the best trials at the end of a study of choices, if it is known when that is", () => {
  const space = { ...cube(20), kind: categorical(["a", "b"]) };
  const names = (options: { trials?: number; noise?: boolean }): string[] =>
    run(askTell({ space, sampler: "auto", seed: 2, ...options }), 60, ({ kind: _, ...x }) => bowl(x));
  const known = names({ trials: 60 });
  expect(count(known.slice(0, 51), "local")).toBe(0);
  expect(count(known.slice(51), "local")).toBeGreaterThan(0);
  expect(count(names({}), "local")).toBe(0);
  expect(count(names({ trials: 60, noise: true }), "local")).toBe(0);
});

it("leaves two directions to gp, and four to tpe", () => {
  const directions = ["minimize", "maximize", "minimize", "minimize"] as const;
  const names = (count: number): string[] => {
    const search = askTell({
      ...{ space: cube(2), directions: directions.slice(0, count), sampler: "auto", seed: 1 },
    });
    const objective = (params: Params): number[] => [bowl(params), Number(params.x0), Number(params.x1), 1];
    return run(search, 30, (params) => objective(params).slice(0, count));
  };
  expect(new Set(names(2).slice(8))).toEqual(new Set(["gp"]));
  expect(new Set(names(4).slice(8))).toEqual(new Set(["tpe"]));
});

it("lets tpe take part in a study of two directions when no trial has entered the front for long", () => {
  const next = (step: number): Suggestion[] => {
    const history = new TrialHistory(square, 2);
    const draw = rng(3, 0, "history");
    for (let number = 0; number < 60; number++) {
      const share = draw.next();
      // The first trial is better than all others, or each one is on a front that moves on.
      const far = number === 0 ? -2 : step * number;
      const row = Float64Array.of(draw.next(), draw.next());
      history.append({ ...ended, number, row, by: "gp", values: [share + far, 1 - share + far] });
    }
    const sampler = auto();
    return Array.from({ length: 32 }, (_, i) => suggest(sampler, contextOf(history, 60 + i, 1))!);
  };
  expect(new Set(namesOf(next(-1)))).toEqual(new Set(["gp"]));
  const stalled = next(0);
  expect(new Set(namesOf(stalled))).toEqual(new Set(["gp", "tpe"]));
  expect(count(namesOf(stalled), "gp")).toBeGreaterThan(16);
  expect(stalled.find(({ by }) => by === "tpe")!.why).toBe("the last 59 trials brought no improvement");
});

const declared = {
  distribution: { kind: "float", low: 0, high: 1, log: false, step: null },
  conditions: [],
} as const;
const ended = { state: "complete", reason: null, constraints: [], overrun: 0, steps: [] } as const;

interface Given {
  readonly trials: number;
  /** Whose trials are the better ones; nobody's: the first trial stays the best. */
  readonly better?: string;
  readonly names: readonly string[];
  readonly noise?: boolean;
  /** Whether the last trial was ended by a limit. */
  readonly lost?: boolean;
}

/** What auto proposes after a history. */
function after(space: Space, { trials, better, names, noise = false, lost = false }: Given): Suggestion[] {
  const history = new TrialHistory(space, 1);
  const draw = rng(3, 0, "history");
  for (let number = 0; number < trials; number++) {
    const by = names[number % names.length]!;
    const row = Float64Array.from(space.params, () => draw.next());
    const value = number === 0 ? 1 : 1 + (by === better ? -number / trials : draw.next());
    const end = lost && number === trials - 1 ? ({ state: "fail", reason: "error" } as const) : {};
    history.append({ ...ended, number, row, by, values: [value], ...end });
  }
  const sampler = auto();
  return Array.from(
    { length: 32 },
    (_, i) => suggest(sampler, { ...contextOf(history, trials + i, 1), noise })!,
  );
}

const square = compileSpace({ a: declared, b: declared });
const namesOf = (suggestions: readonly Suggestion[]): string[] => suggestions.map(({ by }) => by);

it("where there is noise gives most turns to the one that brings improvements, once there are some trials", () => {
  const early = after(square, { trials: 29, better: "tpe", names: ["gp", "tpe"], noise: true });
  expect(new Set(namesOf(early))).toEqual(new Set(["gp"]));
  for (const [better, other] of [
    ["tpe", "gp"],
    ["gp", "tpe"],
  ] as const) {
    const next = after(square, { trials: 60, better, names: ["gp", "tpe"], noise: true });
    const names = namesOf(next);
    expect(count(names, better)).toBeGreaterThan(2 * count(names, other));
    expect(count(names, other)).toBeGreaterThanOrEqual(4);
    expect(next.find(({ by }) => by === better)!.why).toBe(
      `turn of ${better}, which brought 10 of the last 10 improvements`,
    );
    expect(next.find(({ by }) => by === other)!.why).toBe(
      `turn of ${other}, which brought 0 of the last 10 improvements`,
    );
  }
});

it("lets others take part when gp brings no more improvements, but not soon after a loss", () => {
  const stalled = after(square, { trials: 60, names: ["gp"] });
  expect(new Set(namesOf(stalled))).toEqual(new Set(["gp", "tpe", "cmaes"]));
  expect(count(namesOf(stalled), "gp")).toBeGreaterThan(16);
  expect(stalled.find(({ by }) => by === "tpe")!.why).toBe("the last 59 trials brought no improvement");
  expect(new Set(namesOf(after(square, { trials: 15, names: ["gp"] })))).toEqual(new Set(["gp"]));
  expect(new Set(namesOf(after(square, { trials: 60, names: ["gp"], lost: true })))).toEqual(new Set(["gp"]));
});

it("leaves long studies of numbers to cmaes, with tpe when it brings no more improvements", () => {
  const moving = after(square, { trials: 401, better: "cmaes", names: ["cmaes", "tpe"] });
  expect(new Set(namesOf(moving))).toEqual(new Set(["cmaes"]));
  const stalled = namesOf(after(square, { trials: 401, names: ["cmaes", "tpe"] }));
  expect(new Set(stalled)).toEqual(new Set(["cmaes", "tpe"]));
  expect(count(stalled, "cmaes")).toBeGreaterThan(16);
});

it("goes on with cmaes where gp has come to, with steps as short as its best trials lie together", () => {
  const history = new TrialHistory(square, 1);
  const draw = rng(3, 0, "history");
  for (let number = 0; number < 400; number++) {
    // The last hundred lie close to the optimum.
    const reach = number < 300 ? 1 : 0.02;
    const row = Float64Array.of(0.6 + reach * (draw.next() - 0.6), 0.3 + reach * (draw.next() - 0.3));
    history.append({ ...ended, number, row, by: "gp", values: [Math.hypot(row[0]! - 0.6, row[1]! - 0.3)] });
  }
  const sampler = auto();
  for (let i = 0; i < 32; i++) {
    const { by, row } = suggest(sampler, contextOf(history, 400 + i, 1))!;
    if (by === "cmaes") expect(Math.hypot(row[0]! - 0.6, row[1]! - 0.3)).toBeLessThan(0.05);
  }
});

/** A bowl with its minimum, 0, at 0.3, and valleys a fifth of the space apart. */
const rippled = (row: Float64Array): number =>
  row.reduce((sum, x) => sum + 4 * (x - 0.3) ** 2 + 0.2 * (1 - Math.cos(10 * Math.PI * (x - 0.3))), 0);

/** A valley that is a hundred times as long as it is wide, and turned; the minimum is 0. */
const valley = (row: Float64Array): number =>
  row.reduce((sum, x, i) => sum + (i === 0 ? (x - 0.4) ** 2 : 1e4 * (x - row[i - 1]!) ** 2), 0);

const six = compileSpace(Object.fromEntries([..."abcdef"].map((name) => [name, declared])));

/** Goes on with a study until so many trials of it have ended. @returns who proposed them, and their values. */
function goOn(
  history: TrialHistory,
  until: number,
  trials: number,
  makeSampler: () => Sampler,
  objective = rippled,
) {
  const sampler = makeSampler();
  const told: { readonly by: string; readonly value: number }[] = [];
  for (let number = history.size; number < until; number++) {
    const context = contextOf(history, number, 1, "minimize", trials);
    const { row, by } = suggest(sampler, context)!;
    // What was learned before saves time, and changes nothing.
    if (number % 97 === 0) expect(suggest(makeSampler(), context)!.row).toEqual(row);
    const value = objective(row);
    history.append({ ...ended, number, row, by, values: [value] });
    told.push({ by, value });
  }
  return told;
}

/** A history whose best trials lie in a valley that is not the deepest. */
function misled(): TrialHistory {
  const history = new TrialHistory(six, 1);
  const draw = rng(3, 0, "history");
  for (let number = 0; number < 400; number++) {
    const row = Float64Array.from(six.params, () => (number < 60 ? draw.next() : 0.49 + 0.01 * draw.next()));
    history.append({ ...ended, number, row, by: number < 60 ? "sobol" : "gp", values: [rippled(row)] });
  }
  return history;
}

it("leaves the valley in which gp has settled, and goes on with the best one near the end", () => {
  const told = goOn(misled(), 1200, 1200, auto);
  const ofCmaes = told.filter(({ by }) => by === "cmaes").map(({ value }) => value);
  // Every param is in the valley beside the deepest one at first.
  expect(Math.min(...ofCmaes.slice(0, 50))).toBeGreaterThan(0.8);
  expect(Math.min(...ofCmaes)).toBeLessThan(0.4);
  expect(Math.max(...ofCmaes.slice(-40))).toBeLessThan(0.5);
});

it("lets cmaes follow a turned valley by what a quadratic expects of its rows", () => {
  const history = new TrialHistory(six, 1);
  const draw = rng(4, 0, "history");
  for (let number = 0; number < 400; number++) {
    const along = draw.next();
    const row = Float64Array.from(six.params, () => 0.8 * along + 0.2 * draw.next());
    history.append({ ...ended, number, row, by: "gp", values: [valley(row)] });
  }
  const told = goOn(history, 700, 5000, auto, valley);
  expect(Math.min(...told.map(({ value }) => value))).toBeLessThan(0.07);
});

it("goes on the same way from the history alone when a person has changed how many trials are planned", () => {
  const [one, other] = [misled(), misled()];
  goOn(one, 900, 1200, auto);
  goOn(other, 900, 1200, auto);
  const sampler = auto();
  for (const trials of [1200, 1000, 1200]) {
    const ask = (history: TrialHistory, of: Sampler) =>
      suggest(of, contextOf(history, 900, 1, "minimize", trials));
    expect(ask(one, sampler)).toEqual(ask(other, auto()));
  }
});

it("does without cmaes where a param is a choice", () => {
  const search = askTell({ space: { ...cube(1), kind: categorical(["a", "b"]) }, sampler: "auto" });
  const trials = Array.from({ length: 401 }, (_, i) => ({ params: { x0: i / 401, kind: "a" }, told: i }));
  search.add(trials);
  for (let i = 0; i < 16; i++) search.ask();
  expect(new Set([...search.history.running.values()].map(({ by }) => by))).toEqual(new Set(["tpe"]));
});

/** With more than ten numbers gp and tpe take turns by credit. */
const wide = compileSpace(Object.fromEntries([..."abcdefghijk"].map((name) => [name, declared])));

it("proposes the same trials with any number of workers in deterministic mode, and after crashes", async () => {
  const scenario = (workers: number) =>
    scenarioOf(9, ["auto"], ["none"], {
      ...{ splitCount: 3, splitOrder: "given", reports: 0, trials: 44, stop: [], failures: 0.05, guarded: 0 },
      ...{ space: wide, lag: 4, enqueued: [{ a: 0.5 }], workers },
    });
  const alone = await play(scenario(1));
  expect(new Set(alone.map(({ by }) => by))).toEqual(new Set(["enqueued", "sobol", "gp", "tpe"]));
  expect(await play(scenario(4))).toEqual(alone);
  expect(await play(scenario(3), 20_000)).toEqual(alone);
});
