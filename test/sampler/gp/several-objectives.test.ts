import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../../src/ask-tell/ask-tell.ts";
import { rng } from "../../../src/core/rng.ts";
import type { Direction } from "../../../src/core/search/direction.ts";
import { type FinishedTrial, TrialHistory } from "../../../src/core/search/history.ts";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import type { SamplerName } from "../../../src/core/search/sampler.ts";
import { uniformRow } from "../../../src/core/space/draw.ts";
import { compileSpace, type Params } from "../../../src/core/space/space.ts";
import { gp } from "../../../src/sampler/gp/gp.ts";
import { contextOf } from "../../conformance/sampler.ts";
import { cube, medianOver } from "../../support/search.ts";

/** Distances from so many points: no params are best in all of them. */
const distances = (count: number) => (params: Params) =>
  Array.from({ length: count }, (_, k) =>
    Object.values(params).reduce<number>((sum, x, d) => sum + (Number(x) - (d === k ? 0.8 : 0.3)) ** 2, 0),
  );

const alike = (count: number): Direction[] => Array.from({ length: count }, () => "minimize");

function play(search: AskTell, trials: number, tell: (params: Params, number: number) => void): Params[] {
  return Array.from({ length: trials }, () => {
    const { number, params } = search.ask()!;
    tell(params, number);
    return params;
  });
}

describe.each([2, 3])("gp with %d objectives", (count) => {
  const objectives = distances(count);

  it("misses much less of the hypervolume than tpe", () => {
    // No front can have more than that of all places between the points.
    const whole = { 2: 0.2083, 3: 0.0803 }[count]!;
    const missed = (sampler: SamplerName) => (seed: number) => {
      const search = askTell({ space: cube(6), directions: alike(count), sampler, seed });
      play(search, 40, (params, number) => search.tell(number, objectives(params)));
      const values = search.front().map((trial) => trial.values);
      return whole - hypervolume(values, new Array<number>(count).fill(0.5));
    };
    expect(medianOver(3, missed("gp"))).toBeLessThan(0.7 * medianOver(3, missed("tpe")));
  });

  it("reads each direction: negated values that are maximized make no difference", () => {
    const asked = (signs: readonly number[]): Params[] => {
      const directions = signs.map((sign): Direction => (sign > 0 ? "minimize" : "maximize"));
      const search = askTell({ space: cube(2), directions, sampler: "gp", seed: 3 });
      return play(search, 16, (params, number) =>
        search.tell(
          number,
          objectives(params).map((value, k) => value * signs[k]!),
        ),
      );
    };
    const all = asked(new Array<number>(count).fill(1));
    for (let k = 0; k < count; k++) {
      expect(asked(Array.from({ length: count }, (_, j) => (j === k ? -1 : 1)))).toEqual(all);
    }
  });

  it("goes on from a history of 450 trials as it would have without a break, with running trials too", () => {
    const space = compileSpace(cube(3));
    const history = new TrialHistory(space, count);
    const stream = rng(1, 0, "rows");
    const add = (number: number): void => {
      const row = uniformRow(space, stream);
      const params = Object.fromEntries(Array.from(row, (x, d) => [`x${d}`, x]));
      history.append({ ...ended, number, row, values: objectives(params) });
    };
    for (let number = 0; number < 440; number++) add(number);
    const sampler = gp();
    sampler.ask(contextOf(history, 440, 1));
    for (let number = 440; number < 450; number++) add(number);
    history.start(450, uniformRow(space, stream));
    const again = Object.assign(new TrialHistory(space, count), structuredClone({ ...history }), { space });
    expect(sampler.ask(contextOf(history, 452, 1))).toEqual(gp().ask(contextOf(again, 452, 1)));
  });
});

const ended: Omit<FinishedTrial, "number" | "row" | "values"> = {
  ...{ state: "complete", constraints: [], overrun: 0, steps: [], reason: null },
};

describe("gp with several objectives", () => {
  const two = distances(2);

  it("learns from the second objective alone where the first is the same everywhere", () => {
    const search = askTell({ space: cube(2), directions: alike(2), sampler: "gp", seed: 1 });
    play(search, 30, (params, number) => search.tell(number, [5, two(params)[0]!]));
    expect(search.front()[0]!.values[1]).toBeLessThan(1e-3);
  });

  it("avoids trials that break a constraint or that are killed, however good their values are", () => {
    const search = askTell({ space: cube(2), directions: alike(2), sampler: "gp", seed: 1 });
    const broken = (params: Params): number => Number(params.x0) - 0.55;
    const tried = play(search, 40, (params, number) =>
      Number(params.x1) > 0.7
        ? search.tell(number, { state: "pruned", reason: "memory-limit", overrun: 0.2 })
        : search.tell(number, {
            ...{ state: "complete", value: two(params), constraints: [broken(params)] },
          }),
    );
    const late = tried.slice(20);
    expect(late.filter((params) => broken(params) > 0 || Number(params.x1) > 0.7).length).toBeLessThan(5);
    // It still comes close to the edge, behind which the least first objective lies.
    expect(
      Math.max(...late.filter((params) => broken(params) <= 0).map(({ x0 }) => Number(x0))),
    ).toBeGreaterThan(0.5);
  });

  it("spreads trials that run at the same time", () => {
    const search = askTell({ space: cube(2), directions: alike(2), sampler: "gp", seed: 1 });
    play(search, 14, (params, number) => search.tell(number, two(params)));
    const asked = Array.from({ length: 7 }, () => search.ask()!.params);
    const gaps = asked.flatMap((a, i) =>
      asked.slice(i + 1).map((b) => Math.hypot(Number(a.x0) - Number(b.x0), Number(a.x1) - Number(b.x1))),
    );
    expect(Math.min(...gaps)).toBeGreaterThan(0.01);
  });

  it("does without the values of trials that a pruner stopped, whose estimate is of one objective", () => {
    const search = askTell({ space: cube(2), directions: alike(2), sampler: "gp", seed: 1 });
    play(search, 16, (params, number) => {
      if (number % 3 === 0) search.tell(number, { state: "pruned", estimate: { value: -9, sd: 0 } });
      else search.tell(number, two(params));
    });
    const { params } = search.ask()!;
    expect(Object.values(params).every((x) => Number(x) >= 0 && Number(x) <= 1)).toBe(true);
  });

  it("leaves four objectives to tpe", () => {
    const four = (params: Params): number[] => [...two(params), Number(params.x0), Number(params.x1)];
    const asked = (sampler: SamplerName): Params[] => {
      const search = askTell({ space: cube(2), directions: alike(4), sampler, seed: 2 });
      return play(search, 14, (params, number) => search.tell(number, four(params)));
    };
    expect(asked("gp")).toEqual(asked("tpe"));
  });
});
