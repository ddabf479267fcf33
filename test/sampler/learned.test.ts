import { describe, expect, it } from "vitest";
import { askTell } from "../../src/ask-tell/ask-tell.ts";
import type { Params } from "../../src/core/space/space.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { learningConforms } from "../conformance/learning.ts";
import { bowl, cube, medianOver, run } from "../support/search.ts";

/** What samplers learn from the trials of another study. */

const SPACE = cube(4);
type Objective = (params: Params) => number;

/** The trials of a study of another objective. */
function trialsOf(objective: Objective, seed: number) {
  const search = askTell({ space: SPACE, sampler: "tpe", seed: 100 + seed });
  run(search, objective, 40);
  return search.save().trials;
}

const moved: Objective = (params) =>
  bowl(Object.fromEntries(Object.entries(params).map(([name, value]) => [name, Number(value) + 0.03])));
const opposite: Objective = (params) => -bowl(params);

/** The best value after some trials, with or without the trials of another study. */
const bestOf =
  (sampler: "tpe" | "gp" | "auto", trials: number, other: Objective | null) =>
  (seed: number): number => {
    const learnFrom = other ? { learnFrom: trialsOf(other, seed) } : {};
    const search = askTell({ space: SPACE, sampler, seed, ...learnFrom });
    run(search, bowl, trials);
    return search.best()!.value;
  };

describe.each(["tpe", "gp", "auto"] as const)("%s", (sampler) => {
  learningConforms(() => samplers.make("sampler", sampler));

  it("is far ahead of a study without another one, if that is a helpful one", () => {
    const alone = medianOver(7, bestOf(sampler, 12, null));
    expect(medianOver(7, bestOf(sampler, 12, moved))).toBeLessThan(alone / 2);
  });

  it("loses little to one that leads to the worst params", () => {
    const early = medianOver(7, bestOf(sampler, 12, null));
    expect(medianOver(7, bestOf(sampler, 30, opposite))).toBeLessThan(early);
    // After thirty trials the other study tells nothing any more: nothing is proposed where it is best.
    const search = askTell({ space: SPACE, sampler, learnFrom: trialsOf(opposite, 0) });
    const tried = run(search, bowl, 30);
    const worst = tried.slice(20).filter((params) => bowl(params) > 1).length;
    expect(tried.slice(0, 1).map(bowl)[0]).toBeGreaterThan(1);
    expect(worst).toBeLessThanOrEqual(2);
  });

  it("begins with the best trial of the other study, which is no trial of this one", () => {
    const learnFrom = trialsOf(moved, 3);
    const search = askTell({ space: SPACE, sampler, learnFrom });
    const values = learnFrom.map(({ told }) => (told as { value: number }).value);
    const best = learnFrom[values.indexOf(Math.min(...values))]!;
    const first = search.ask()!;
    expect(first).toEqual({ number: 0, params: best.params });
    expect([search.history.size, search.best()]).toEqual([0, null]);
  });
});

it("tpe and gp learn what two studies have in common from one with other params too", () => {
  const other = askTell({
    space: { x0: SPACE.x0!, x1: SPACE.x1!, more: SPACE.x2! },
    sampler: "tpe",
    seed: 5,
  });
  const partial: Objective = ({ x0, x1 }) => bowl({ x0: x0!, x1: x1! });
  run(other, partial, 60);
  for (const sampler of ["tpe", "gp"] as const) {
    const measure = (learns: boolean) => (seed: number) => {
      const learnFrom = learns ? { learnFrom: other.save().trials } : {};
      const search = askTell({ space: SPACE, sampler, seed, ...learnFrom });
      const tried = run(search, bowl, 16);
      return tried.reduce((sum, params) => sum + partial(params), 0) / tried.length;
    };
    expect(medianOver(7, measure(true)), sampler).toBeLessThan(medianOver(7, measure(false)) / 1.4);
  }
});
