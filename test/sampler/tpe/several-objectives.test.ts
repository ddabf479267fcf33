import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../../src/ask-tell/ask-tell.ts";
import type { Direction } from "../../../src/core/search/direction.ts";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import type { SamplerName } from "../../../src/core/search/sampler.ts";
import type { ParamDeclaration, Params } from "../../../src/core/space/space.ts";

const float = (low: number, high: number): ParamDeclaration => ({
  distribution: { kind: "float", low, high, log: false, step: null },
  conditions: [],
});
const space = { x: float(0, 1), y: float(0, 1), z: float(0, 1), u: float(0, 1) };

/** The front is where y, z and u are 0.3, for any x. */
function objectives({ x, y, z, u }: Params): [number, number] {
  const far = [y, z, u].reduce<number>((sum, each) => sum + Math.abs(Number(each) - 0.3), 0);
  return [Number(x) + far, 1 - Math.sqrt(Number(x)) + far];
}

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

const two: readonly Direction[] = ["minimize", "minimize"];

describe("tpe with several objectives", () => {
  it("misses less than half of the hypervolume that random search misses", () => {
    const missed = (sampler: SamplerName) => (seed: number) => {
      const search = askTell({ space, directions: two, sampler, seed });
      play(search, 100, (params, number) => search.tell(number, objectives(params)));
      // Of the box below 1.1 the area under 1 - sqrt(x) cannot be reached.
      const whole = 1.1 ** 2 - 1 / 3;
      return (
        whole -
        hypervolume(
          search.front().map(({ values }) => values),
          [1.1, 1.1],
        )
      );
    };
    expect(medianOver(7, missed("tpe"))).toBeLessThan(medianOver(7, missed("random")) / 2);
  });

  it("reads each direction: negated values that are maximized make no difference", () => {
    const asked = (signs: readonly number[]): Params[] => {
      const directions = signs.map((sign): Direction => (sign > 0 ? "minimize" : "maximize"));
      const search = askTell({ space, directions, sampler: "tpe", seed: 3 });
      return play(search, 40, (params, number) =>
        search.tell(
          number,
          objectives(params).map((value, k) => value * signs[k]!),
        ),
      );
    };
    expect(asked([1, -1])).toEqual(asked([1, 1]));
    expect(asked([-1, 1])).toEqual(asked([1, 1]));
  });

  it("learns from the second objective alone where the first is the same everywhere", () => {
    const best = (sampler: SamplerName) => (seed: number) => {
      const search = askTell({ space, directions: two, sampler, seed });
      play(search, 60, (params, number) => search.tell(number, [5, objectives(params)[0]]));
      return search.front()[0]!.values[1]!;
    };
    expect(medianOver(7, best("tpe"))).toBeLessThan(medianOver(7, best("random")) / 2);
  });

  it("avoids trials that break a constraint, however good their values are", () => {
    const broken = (sampler: SamplerName) => (seed: number) => {
      const search = askTell({ space, directions: two, sampler, seed });
      const breaks = (params: Params): number => 0.5 - Number(params.y);
      const tried = play(search, 80, (params, number) =>
        search.tell(number, { state: "complete", value: objectives(params), constraints: [breaks(params)] }),
      );
      return tried.slice(40).filter((params) => breaks(params) > 0).length;
    };
    expect(medianOver(7, broken("tpe"))).toBeLessThan(medianOver(7, broken("random")) / 2);
  });
});
