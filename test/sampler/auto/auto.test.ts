import { expect, it } from "vitest";
import { type AskTell, askTell } from "../../../src/ask-tell/ask-tell.ts";
import { rng } from "../../../src/core/rng.ts";
import { TrialHistory } from "../../../src/core/search/history.ts";
import { type Suggestion, suggest } from "../../../src/core/search/sampler.ts";
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

it("begins evenly, then gp and tpe take turns, of which each has an eighth at least", () => {
  const search = askTell({ space: cube(3), direction: "minimize", sampler: "auto", seed: 1 });
  const names = run(search, 64, bowl);
  expect(names.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => "sobol"));
  expect(new Set(names.slice(8))).toEqual(new Set(["gp", "tpe"]));
  expect(count(names, "tpe")).toBeGreaterThanOrEqual(6);
  // A smooth function is what a Gaussian process is for.
  expect(count(names, "gp")).toBeGreaterThan(count(names, "tpe"));
  expect(search.best()!.value).toBeLessThan(1e-3);
});

it("takes steps from the best trials at the end, if it is known when that is and values are exact", () => {
  const names = (options: { trials?: number; noise?: boolean }): string[] =>
    run(askTell({ space: cube(2), sampler: "auto", seed: 2, ...options }), 60, bowl);
  const known = names({ trials: 60 });
  expect(count(known.slice(0, 51), "local")).toBe(0);
  expect(count(known.slice(51), "local")).toBeGreaterThan(0);
  expect(count(names({}), "local")).toBe(0);
  expect(count(names({ trials: 60, noise: true }), "local")).toBe(0);
});

it("takes turns between gp and tpe with two directions, and leaves four to tpe", () => {
  const directions = ["minimize", "maximize", "minimize", "minimize"] as const;
  const names = (count: number): string[] => {
    const search = askTell({
      ...{ space: cube(2), directions: directions.slice(0, count), sampler: "auto", seed: 1 },
    });
    const objective = (params: Params): number[] => [bowl(params), Number(params.x0), Number(params.x1), 1];
    return run(search, 30, (params) => objective(params).slice(0, count));
  };
  expect(new Set(names(2).slice(8))).toEqual(new Set(["gp", "tpe"]));
  expect(new Set(names(4).slice(8))).toEqual(new Set(["tpe"]));
});

it("gives most turns to the one whose trials enter the front of several directions", () => {
  const space = compileSpace({ x: declared, y: declared });
  for (const [better, other] of [
    ["tpe", "gp"],
    ["gp", "tpe"],
  ] as const) {
    const history = new TrialHistory(space, 2);
    const draw = rng(3, 0, "history");
    for (let number = 0; number < 40; number++) {
      const by = ["gp", "tpe"][number % 2]!;
      // Trials of the one are on a front that moves on; those of the other lie far behind it.
      const far = by === better ? -number / 40 : 1;
      const share = draw.next();
      const row = Float64Array.of(draw.next(), draw.next());
      history.append({ ...ended, number, row, by, values: [share + far, 1 - share + far] });
    }
    const sampler = auto();
    const names = Array.from({ length: 32 }, (_, i) => suggest(sampler, contextOf(history, 40 + i, 1))!);
    expect(names.filter(({ by }) => by === better).length).toBeGreaterThan(
      2 * names.filter(({ by }) => by === other).length,
    );
    expect(names.find(({ by }) => by === better)!.why).toBe(
      `turn of ${better}, which brought 10 of the last 10 improvements`,
    );
  }
});

const declared = {
  distribution: { kind: "float", low: 0, high: 1, log: false, step: null },
  conditions: [],
} as const;
const ended = { state: "complete", reason: null, constraints: [], overrun: 0, steps: [] } as const;

/** A history in which one proposer's trials are the better ones, and what auto proposes next. */
function after(
  space: Space,
  trials: number,
  better: string,
  names: readonly string[],
  asks = 32,
): Suggestion[] {
  const history = new TrialHistory(space, 1);
  const draw = rng(3, 0, "history");
  for (let number = 0; number < trials; number++) {
    const by = names[number % names.length]!;
    const row = Float64Array.from(space.params, () => draw.next());
    const value = 1 + (by === better ? -number / trials : draw.next());
    history.append({ ...ended, number, row, by, values: [value] });
  }
  const sampler = auto();
  return Array.from({ length: asks }, (_, i) => suggest(sampler, contextOf(history, trials + i, 1))!);
}

it("gives most turns to the one that brings improvements, and says so", () => {
  const space = compileSpace({ a: declared, b: declared });
  for (const [better, other] of [
    ["tpe", "gp"],
    ["gp", "tpe"],
  ] as const) {
    const next = after(space, 40, better, ["gp", "tpe"]);
    const names = next.map(({ by }) => by);
    expect(count(names, better)).toBeGreaterThan(2 * count(names, other));
    expect(count(names, other)).toBeGreaterThanOrEqual(5);
    expect(next.find(({ by }) => by === better)!.why).toBe(
      `turn of ${better}, which brought 10 of the last 10 improvements`,
    );
    expect(next.find(({ by }) => by === other)!.why).toBe(
      `turn of ${other}, which brought 0 of the last 10 improvements`,
    );
  }
  // With many trials cmaes takes the place of gp.
  const late = after(space, 401, "cmaes", ["cmaes", "tpe"]).map(({ by }) => by);
  expect(new Set(late)).toEqual(new Set(["cmaes", "tpe"]));
  expect(count(late, "cmaes")).toBeGreaterThan(16);
});

it("does without cmaes where a param is a choice", () => {
  const search = askTell({ space: { ...cube(1), kind: categorical(["a", "b"]) }, sampler: "auto" });
  const trials = Array.from({ length: 401 }, (_, i) => ({ params: { x0: i / 401, kind: "a" }, told: i }));
  search.add(trials);
  for (let i = 0; i < 16; i++) search.ask();
  expect(new Set([...search.history.running.values()].map(({ by }) => by))).toEqual(new Set(["tpe"]));
});

it("proposes the same trials with any number of workers in deterministic mode, and after crashes", async () => {
  const scenario = (workers: number) =>
    scenarioOf(9, ["auto"], ["none"], {
      ...{ splitCount: 3, splitOrder: "given", reports: 0, trials: 44, stop: [], failures: 0, guarded: 0 },
      ...{ lag: 4, enqueued: [{ optimizer: "sgd" }], workers },
    });
  const alone = await play(scenario(1));
  expect(new Set(alone.map(({ by }) => by))).toEqual(new Set(["enqueued", "sobol", "gp", "tpe", "local"]));
  expect(await play(scenario(4))).toEqual(alone);
  expect(await play(scenario(3), 20_000)).toEqual(alone);
});
