import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askTell } from "../../../src/ask-tell/ask-tell.ts";
import type { Direction } from "../../../src/core/search/direction.ts";
import { type FinishedTrial, TrialHistory } from "../../../src/core/search/history.ts";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import { type Sampler, suggest } from "../../../src/core/search/sampler.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import { compileSpace, type ParamDeclaration, type Params } from "../../../src/core/space/space.ts";
import { byNiches, directionsFor } from "../../../src/sampler/nsga/niches.ts";
import { nsga2 } from "../../../src/sampler/nsga/nsga2.ts";
import { nsga3 } from "../../../src/sampler/nsga/nsga3.ts";
import { random } from "../../../src/sampler/random.ts";
import { conforms, contextOf } from "../../conformance/sampler.ts";

conforms(() => nsga3());

const of = (distribution: Distribution): ParamDeclaration => ({ distribution, conditions: [] });
const float: Distribution = { kind: "float", low: 0, high: 1, log: false, step: null };
const kind: Distribution = { kind: "categorical", choices: ["x", "y", "z"] };
const cube = (names: string) => Object.fromEntries([...names].map((name) => [name, of(float)]));

/** Three objectives, whose front is a triangle in the first two params; the others have one best value. */
function corners(params: Params): readonly [number, number, number] {
  const [a, b] = [Number(params.a), Number(params.b)];
  const off = [..."cdefg"].reduce((sum, name, i) => sum + (Number(params[name]) - 0.2 * i) ** 2, 0);
  return [a + off, (1 - a) * b + off, (1 - a) * (1 - b) + off];
}

const directions: readonly Direction[] = ["minimize", "maximize", "minimize"];

/** The median over five seeds of the hypervolume that is reached. */
function reached(sampler: Sampler, trials: number): number {
  const volumes = Array.from({ length: 5 }, (_, seed) => {
    const search = askTell({ space: cube("abcdefg"), directions, sampler, seed });
    const points = Array.from({ length: trials }, () => {
      const { number, params } = search.ask()!;
      const [one, two, three] = corners(params);
      search.tell(number, [one, -two, three]);
      return [one, two, three];
    });
    return hypervolume(points, [1.5, 1.5, 1.5]);
  });
  return volumes.sort((a, b) => a - b)[2]!;
}

describe("nsga3", () => {
  it("reaches more of three objectives than twice as many random trials", () => {
    expect(reached(nsga3(), 200)).toBeGreaterThan(reached(random(), 400));
  });

  it("proposes for any values of up to five objectives, and the same again when it is rebuilt", () => {
    const cost = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.double({ noNaN: true }),
      fc.constantFrom(Number.NaN, Number.MAX_VALUE, -Number.MAX_VALUE, Number.POSITIVE_INFINITY),
    );
    const tables = fc
      .integer({ min: 2, max: 5 })
      .chain((count) => fc.array(fc.array(cost, { minLength: count, maxLength: count }), { minLength: 5 }));
    const space = compileSpace({ ...cube("ab"), kind: of(kind) });
    fc.assert(
      fc.property(tables, fc.integer(), fc.constantFrom(nsga2, nsga3), (table, seed, make) => {
        const objectives = table[0]!.length;
        const ways = Array.from(
          { length: objectives },
          (_, k): Direction => (k % 2 ? "maximize" : "minimize"),
        );
        const ask = (history: TrialHistory, sampler: Sampler): Float64Array => {
          const context = { ...contextOf(history, history.size, seed), directions: ways };
          return suggest(sampler, context)!.row;
        };
        const [history, again] = [new TrialHistory(space, objectives), new TrialHistory(space, objectives)];
        const sampler = make({ population: 4 });
        table.forEach((values, number) => {
          const row = ask(history, sampler);
          expect(row.slice(0, 2).every((value) => value >= 0 && value <= 1)).toBe(true);
          expect([0, 1, 2]).toContain(row[2]);
          const base = { state: "complete", reason: null, constraints: [], overrun: 0, steps: [] } as const;
          const trial: FinishedTrial = { ...base, number, row, values };
          for (const each of [history, again]) each.append(trial);
        });
        expect(ask(again, make({ population: 4 }))).toEqual(ask(history, sampler));
      }),
      { numRuns: 100 },
    );
  });

  it("refuses a population that is too small, and options that it does not have", () => {
    expect(() => nsga3({ population: 3 })).toThrow(
      "nsga3: population: expected a whole number from 4 up, got 3",
    );
    expect(() => nsga3({ populaton: 8 } as never)).toThrow('did you mean "population"?');
  });
});

describe("directionsFor", () => {
  it("returns as many directions as Das and Dennis count", () => {
    expect(directionsFor(3, 91)).toHaveLength(91);
    expect(directionsFor(2, 20)).toHaveLength(20);
    // Some of these 15 lie inside already.
    expect(directionsFor(3, 20)).toHaveLength(15);
    // All 36 outer ones of eight objectives lie on the border.
    expect(directionsFor(8, 44)).toHaveLength(36 + 8);
    expect(directionsFor(30, 20)).toEqual([new Array(30).fill(1 / 30)]);
  });

  it("returns shares that add up to 1, each once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 4, max: 150 }), (objectives, count) => {
        const found = directionsFor(objectives, count);
        expect(found.length).toBeLessThanOrEqual(count);
        expect(new Set(found.map((shares) => shares.map((share) => share.toFixed(9)).join())).size).toBe(
          found.length,
        );
        for (const shares of found) {
          expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
          expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe("byNiches", () => {
  const member = (costs: readonly number[]) => ({ row: new Float64Array(0), costs, over: 0 });
  /** The costs in order, for three directions: along either objective, and between them. */
  const arrange = (...fronts: number[][][]): (readonly number[])[] =>
    byNiches(
      fronts.map((front) => front.map(member)),
      directionsFor(2, 3),
    ).map(({ costs }) => costs);

  it("puts the nearest of each niche first, whatever the scales of the objectives", () => {
    for (const [scale, shift] of [
      [1, 0],
      [1e6, -5],
      [1e-3, 4],
    ] as const) {
      const scaled = (points: number[][]) => points.map(([a, b]) => [a!, b! * scale + shift]);
      const front = scaled([
        [0.1, 0.9],
        [0, 1],
        [0.4, 0.5],
        [0.5, 0.45],
        [0.9, 0.05],
        [1, 0],
      ]);
      const [near, top, upper, lower, low, end] = front;
      expect(arrange(front)).toEqual([top, end, lower, low, upper, near]);
    }
  });

  it("counts the members of earlier fronts in a niche", () => {
    const first = [
      [0, 1],
      [1, 0],
      [0.1, 0.9],
    ];
    const last = [
      [0.05, 1.5],
      [0.6, 0.6],
      [1.4, 0.2],
    ];
    const order = arrange(first, last);
    expect(order.slice(0, 3)).toEqual([first[0], first[1], first[2]]);
    // No member is near the middle yet, one near the second objective's end, two near the first one's.
    expect(order.slice(3)).toEqual([last[1], last[2], last[0]]);
  });
});
