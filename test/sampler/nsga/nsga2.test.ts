import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../../src/ask-tell/ask-tell.ts";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import type { Sampler } from "../../../src/core/search/sampler.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import type { ParamDeclaration, Params } from "../../../src/core/space/space.ts";
import { nsga2 } from "../../../src/sampler/nsga/nsga2.ts";
import { random } from "../../../src/sampler/random.ts";
import { conforms } from "../../conformance/sampler.ts";

conforms(() => nsga2());

const of = (distribution: Distribution, ...conditions: ParamDeclaration["conditions"]): ParamDeclaration => ({
  distribution,
  conditions,
});
const float: Distribution = { kind: "float", low: 0, high: 1, log: false, step: null };
const directions = ["minimize", "minimize"] as const;

function play(search: AskTell, trials: number, tell: (params: Params, number: number) => void): Params[] {
  return Array.from({ length: trials }, () => {
    const { number, params } = search.ask()!;
    tell(params, number);
    return params;
  });
}

function medianOver(seeds: number, measure: (seed: number) => number): number {
  return Array.from({ length: seeds }, (_, seed) => measure(seed)).sort((a, b) => a - b)[seeds >> 1]!;
}

describe("nsga2", () => {
  it("misses less than half of the hypervolume that random search misses, in a mixed and conditional space", () => {
    const space = {
      x: of(float),
      y: of(float),
      kind: of({ kind: "categorical", choices: ["near", "far"] }),
      layers: of({ kind: "int", low: 1, high: 20, log: false, step: 1 }),
      z: of(float, { parent: "kind", values: ["near"] }),
    };
    const objectives = ({ x, y, kind, layers, z }: Params): [number, number] => {
      const far = Math.abs(Number(y) - 0.3) + Math.abs(Number(layers) - 7) / 10;
      const away = far + (kind === "near" ? Math.abs(Number(z) - 0.6) : 0.8);
      return [Number(x) + away, 1 - Math.sqrt(Number(x)) + away];
    };
    const missed = (sampler: Sampler) => (seed: number) => {
      const search = askTell({ space, directions, sampler, seed });
      play(search, 300, (params, number) => search.tell(number, objectives(params)));
      // Of the box below 1.1 the area under 1 - sqrt(x) cannot be reached.
      const front = search.front().map(({ values }) => values);
      return 1.1 ** 2 - 1 / 3 - hypervolume(front, [1.1, 1.1]);
    };
    expect(medianOver(5, missed(nsga2()))).toBeLessThan(medianOver(5, missed(random())) / 2);
  });

  it("reaches the feasible part of the space when no trial was feasible at first", () => {
    const space = { x: of(float), y: of(float), z: of(float) };
    const distance = ({ x, y, z }: Params): number =>
      Math.hypot(Number(x) - 0.9, Number(y) - 0.1, Number(z) - 0.9) - 0.1;
    const reached = (sampler: Sampler) => (seed: number) => {
      const search = askTell({ space, directions, sampler, seed });
      const tried = play(search, 120, (params, number) =>
        search.tell(number, {
          state: "complete",
          value: [Number(params.x), -Number(params.x)],
          constraints: [distance(params)],
        }),
      );
      return tried.filter((params) => distance(params) <= 0).length;
    };
    expect(medianOver(5, reached(random()))).toBeLessThan(3);
    expect(medianOver(5, reached(nsga2()))).toBeGreaterThan(20);
  });

  it("takes no failed trial, and none that was stopped, for a parent", () => {
    const space = { x: of(float), y: of(float) };
    const search = askTell({ space, directions, sampler: nsga2(), seed: 1 });
    const tried = play(search, 200, ({ x }, number) => {
      if (Number(x) > 0.5) search.tell(number, number % 2 === 0 ? { state: "fail" } : { state: "pruned" });
      else search.tell(number, [Number(x), 1 - Number(x)]);
    });
    expect(tried.slice(100).filter(({ x }) => Number(x) > 0.5).length).toBeLessThan(25);
  });

  it("refuses a population that is too small, and options that it does not have", () => {
    expect(() => nsga2({ population: 3 })).toThrow(
      "nsga2: population: expected a whole number from 4 up, got 3",
    );
    expect(() => nsga2({ size: 3 } as never)).toThrow("size");
  });
});
