import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hypervolume, largestSubset } from "../../../src/core/search/hypervolume.ts";
import { addToFronts, nonDominated } from "../../../src/core/search/pareto.ts";

type Points = readonly (readonly number[])[];

/** Frozen results of moocore, written by scripts/reference/hypervolume.py. */
const reference = JSON.parse(
  readFileSync(new URL("reference/hypervolume.json", import.meta.url), "utf8"),
) as {
  readonly moocore: string;
  readonly cases: readonly {
    points: number[][];
    reference: number[];
    hypervolume: number;
    ranks: number[];
  }[];
};

/** Points on a coarse grid, so that ties, duplicates and dominated points are frequent. */
const gridPoints = (dims: number, maxLength = 12): fc.Arbitrary<number[][]> =>
  fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: dims, maxLength: dims }), { maxLength });
const gridSets = fc.integer({ min: 1, max: 5 }).chain((dims) => gridPoints(dims));

const cornerOf = (points: Points, bound: number): number[] => (points[0] ?? [0]).map(() => bound);

/** The ranks of the points, from 0 on, when they are added in turn. */
function ranksOf(points: Points): number[] {
  const fronts: { index: number; costs: readonly number[] }[][] = [];
  points.forEach((costs, index) => {
    addToFronts(fronts, { index, costs });
  });
  const ranks = new Array<number>(points.length).fill(Number.NaN);
  fronts.forEach((front, rank) => {
    for (const { index } of front) ranks[index] = rank;
  });
  return ranks;
}

describe(`as moocore ${reference.moocore}`, () => {
  const cases = reference.cases.map((each, i) => ({ ...each, i, dims: each.reference.length }));

  it.each(cases)("the hypervolume of set $i, in $dims dimensions", (one) => {
    const found = hypervolume(one.points, one.reference);
    expect(found).toBeGreaterThanOrEqual(one.hypervolume * (1 - 1e-12));
    expect(found).toBeLessThanOrEqual(one.hypervolume * (1 + 1e-12));
  });

  it.each(cases)("the non-domination ranks of set $i, in $dims dimensions", ({ points, ranks }) => {
    expect(ranksOf(points)).toEqual(ranks);
  });
});

describe("hypervolume", () => {
  it("counts the cells that are dominated by points of whole numbers", () => {
    fc.assert(
      fc.property(gridSets, (points) => {
        const dims = points[0]?.length ?? 1;
        let cells = 0;
        for (let code = 0; code < 5 ** dims; code++) {
          const cell = Array.from({ length: dims }, (_, k) => Math.floor(code / 5 ** k) % 5);
          if (points.some((point) => point.every((cost, k) => cost <= cell[k]!))) cells++;
        }
        expect(hypervolume(points, cornerOf(points, 5))).toBe(cells);
      }),
    );
  });

  it("is 0 without points, for points on the reference, and for NaN; and infinite with a cost of -Infinity", () => {
    expect(hypervolume([], [1, 1])).toBe(0);
    expect(
      hypervolume(
        [
          [1, 0],
          [0, 1],
          [Number.NaN, 0],
        ],
        [1, 1],
      ),
    ).toBe(0);
    expect(hypervolume([[0, Number.NEGATIVE_INFINITY]], [1, 1])).toBe(Number.POSITIVE_INFINITY);
  });

  it("does not depend on the order of the points, nor on points that others dominate", () => {
    fc.assert(
      fc.property(gridSets, (points) => {
        const whole = hypervolume(points, cornerOf(points, 6));
        expect(hypervolume([...points].reverse(), cornerOf(points, 6))).toBe(whole);
        const front = nonDominated(points).map((i) => points[i]!);
        expect(hypervolume(front, cornerOf(points, 6))).toBe(whole);
      }),
    );
  });
});

describe("largestSubset", () => {
  it("chooses each time the point that adds most, of equals the first", () => {
    fc.assert(
      fc.property(gridSets, fc.integer({ min: 0, max: 8 }), (points, count) => {
        const bound = cornerOf(points, 6);
        const chosen: number[] = [];
        const volumeWith = (i: number): number =>
          hypervolume(
            [...chosen, i].map((k) => points[k]!),
            bound,
          );
        while (chosen.length < Math.min(count, points.length)) {
          let best = -1;
          for (let i = 0; i < points.length; i++) {
            if (!chosen.includes(i) && (best < 0 || volumeWith(i) > volumeWith(best))) best = i;
          }
          chosen.push(best);
        }
        expect(largestSubset(points, count, bound)).toEqual(chosen);
      }),
    );
  });

  it("chooses each point once, also of infinite ones", () => {
    const costs = fc.constantFrom(0, 1, 1e308, -1e308, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    fc.assert(
      fc.property(fc.array(fc.tuple(costs, costs), { maxLength: 8 }), (points) => {
        const chosen = largestSubset(points, points.length + 1, [2, 2]);
        expect([...chosen].sort((a, b) => a - b)).toEqual(points.map((_, i) => i));
      }),
    );
  });
});

describe("addToFronts", () => {
  it("gives the fronts that are left when one after the other is taken away, in whatever order points come", () => {
    fc.assert(
      fc.property(gridSets, (points) => {
        const ranks = ranksOf(points);
        let left = points.map((_, i) => i);
        for (let rank = 0; left.length > 0; rank++) {
          const front = nonDominated(left.map((i) => points[i]!)).map((place) => left[place]!);
          expect(front.map((i) => ranks[i])).toEqual(front.map(() => rank));
          left = left.filter((i) => !front.includes(i));
        }
        expect(ranksOf([...points].reverse()).reverse()).toEqual(ranks);
      }),
    );
  });
});
