import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregateConstraints, aggregateSplits } from "../../src/core/aggregate.ts";
import { mean, meanMinusStd, median, std, worst } from "../../src/index.ts";

const maximize = { direction: "maximize", objective: 0 } as const;
const minimize = { direction: "minimize", objective: 0 } as const;

describe("aggregates", () => {
  it("mean, median and the sample standard deviation", () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(median([6, 1, 2])).toBe(2);
    expect(median([6, 1, 2, 4])).toBe(3);
    expect(std([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2.13809, 5); // The population's would be 2.
    expect(std([5])).toBe(0);
  });

  it("worst is the largest value to minimize and the smallest to maximize", () => {
    expect([worst([1, 2, 3], minimize), worst([1, 2, 3], maximize)]).toEqual([3, 1]);
  });

  it("meanMinusStd makes spread worse in both directions", () => {
    expect(meanMinusStd(1)([1, 3], maximize)).toBeCloseTo(2 - Math.SQRT2);
    expect(meanMinusStd(1)([1, 3], minimize)).toBeCloseTo(2 + Math.SQRT2);
  });

  it("are NaN without values or with a NaN", () => {
    for (const aggregate of [mean, median, std, worst, meanMinusStd(0.1)]) {
      expect(aggregate([], minimize)).toBeNaN();
      expect(aggregate([1, Number.NaN, 2], minimize)).toBeNaN();
    }
  });

  it("do not change their argument and do not depend on its order", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const copy = [...values];
        for (const aggregate of [median, worst]) {
          expect(aggregate(values, maximize)).toBe(aggregate([...values].reverse(), maximize));
        }
        expect(values).toEqual(copy);
      }),
    );
  });

  it("do not depend on the order of 0 and -0", () => {
    expect(median([1e-45, -0, 0])).toBe(median([0, -0, 1e-45]));
  });

  it("apply to each objective: one aggregate for all, or one for each, with its direction", () => {
    const splits = [
      [1, 10],
      [3, 30],
    ];
    expect(aggregateSplits(mean, ["maximize", "minimize"], splits)).toEqual([2, 20]);
    expect(aggregateSplits(worst, ["maximize", "minimize"], splits)).toEqual([1, 30]);
    expect(aggregateSplits([mean, worst], ["maximize", "minimize"], splits)).toEqual([2, 30]);
  });

  it("take the worst split of each constraint", () => {
    expect(
      aggregateConstraints([
        [-1, 2],
        [-3, 5],
      ]),
    ).toEqual([-1, 5]);
    expect(aggregateConstraints([[], []])).toEqual([]);
    expect(() => aggregateConstraints([[0], [0], [0, 5]])).toThrow(
      "constraints: expected as many in every split, got 1 in split 0 and 2 in split 2",
    );
  });
});
