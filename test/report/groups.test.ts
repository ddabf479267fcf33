import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantileBins } from "../../src/report/query/bins.ts";
import { type GroupOptions, groupLines } from "../../src/report/query/groups.ts";
import { digits, flat, readerOf } from "./fixture.ts";

/** `query --group-by`: the groups, their figures and their order. */

async function grouped(options: GroupOptions) {
  const { store } = await digits();
  const lines = await flat(groupLines(await readerOf(store), "digits", { ...options, format: "ndjson" }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function printed(options: GroupOptions, format: "table" | "csv"): Promise<string[]> {
  const { store } = await digits();
  return flat(groupLines(await readerOf(store), "digits", { ...options, format }));
}

describe("query --group-by", () => {
  it("sums the value up for each value of a param, over the trials that have one", async () => {
    expect(
      await grouped({ groupBy: ["optimizer"], agg: ["count", "mean", "std", "min", "q50", "max"] }),
    ).toEqual([
      {
        group: { optimizer: "adam" },
        count: 4,
        value: {
          mean: expect.closeTo(0.945),
          std: expect.closeTo(0.0636, 3),
          min: 0.9,
          q50: expect.closeTo(0.945),
          max: 0.99,
        },
      },
      {
        group: { optimizer: "sgd" },
        count: 2,
        value: { mean: 0.95, std: 0, min: 0.95, q50: 0.95, max: 0.95 },
      },
    ]);
  });

  it("groups by several columns, with figures of other ones", async () => {
    const agg = ["max(memory.peak)", "mean(feasible)"];
    expect(await grouped({ groupBy: ["state", "batchNorm"], agg })).toEqual([
      {
        group: { state: "complete", batchNorm: false },
        ...{ count: 1, "memory.peakBytes": { max: 3e9 }, feasible: { mean: 1 } },
      },
      {
        group: { state: "complete", batchNorm: true },
        ...{ count: 2, "memory.peakBytes": { max: 1e9 }, feasible: { mean: 0.5 } },
      },
      {
        group: { state: "fail", batchNorm: true },
        ...{ count: 1, "memory.peakBytes": { max: 1e9 }, feasible: { mean: null } },
      },
      {
        group: { state: "pruned", batchNorm: false },
        ...{ count: 1, "memory.peakBytes": { max: 12.05e9 }, feasible: { mean: null } },
      },
      {
        group: { state: "running", batchNorm: true },
        ...{ count: 1, "memory.peakBytes": { max: null }, feasible: { mean: null } },
      },
    ]);
  });

  it("divides numbers into bins, and shows unknown ones last", async () => {
    const groups = await grouped({ groupBy: ["learningRate"], agg: ["count"], bins: 2 });
    expect(groups).toEqual([
      { group: { learningRate: { from: 0.01, to: 0.03 } }, count: 3 },
      { group: { learningRate: { from: 0.1, to: 0.5 } }, count: 3 },
    ]);
    const unknown = await grouped({ groupBy: ["momentum"], agg: ["count"] });
    expect(unknown.map(({ group, count }) => [group, count])).toEqual([
      [{ momentum: 0.5 }, 1],
      [{ momentum: 0.9 }, 1],
      [{ momentum: null }, 4],
    ]);
  });

  it("sorts by a figure, filters, and shows a part", async () => {
    const agg = ["count", "max(duration)"];
    const options = { groupBy: ["state"], agg, sort: "max(duration):desc" };
    const states = (groups: Record<string, unknown>[]) =>
      groups.map(({ group }) => (group as { state: string }).state);
    expect(states(await grouped(options))).toEqual(["complete", "pruned", "fail", "running"]);
    expect(states(await grouped({ ...options, limit: 2, offset: 1 }))).toEqual(["pruned", "fail"]);
    expect(states(await grouped({ ...options, where: "optimizer = sgd" }))).toEqual(["complete", "pruned"]);
  });

  it("prints a table with units, and CSV with exact numbers", async () => {
    const options = { groupBy: ["learningRate"], agg: ["count", "median(duration)"], bins: 1 };
    expect(await printed(options, "table")).toEqual([
      "learningRate  count  median(duration)",
      "   0.01..0.5      6             4.0 s",
    ]);
    expect(await printed(options, "csv")).toEqual([
      "learningRate,count,median(duration)",
      "0.01..0.5,6,4000",
    ]);
  });

  it.each<[GroupOptions, string]>([
    [
      { groupBy: ["lerningRate"] },
      '--group-by: expected a column, got "lerningRate"; did you mean learningRate?',
    ],
    [{ groupBy: ["state"], agg: ["men"] }, 'got "men"; did you mean mean?'],
    [
      { groupBy: ["state"], agg: ["mean(optimizer)"] },
      '--agg: expected a column of numbers, got "optimizer"',
    ],
    [
      { groupBy: ["state"], agg: ["count"], sort: "mean" },
      "--sort: expected a grouped column or a figure of --agg",
    ],
    [{ groupBy: ["values"] }, "--group-by: expected a column of one value, such as values.0, got values"],
    [{ groupBy: ["state"], bins: 0 }, "--bins: expected a whole number of 1 or more, got 0"],
    [{ groupBy: ["state"], limit: -1 }, "--limit: expected a whole number of 0 or more, got -1"],
  ])("refuses %j", async (options, message) => {
    await expect(grouped(options)).rejects.toThrow(message);
  });
});

describe("quantile bins", () => {
  const numbers = fc.array(fc.oneof(fc.double(), fc.integer({ min: 0, max: 5 })), { maxLength: 60 });

  it("hold every number once, are in order and not empty, and name their smallest and largest one", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 8 }), (values, wanted) => {
        const { bins, of } = quantileBins(Float64Array.from(values), wanted);
        expect(bins.length).toBeLessThanOrEqual(wanted);
        const members = bins.map((_, k) => values.filter((__, i) => of[i] === k));
        members.forEach((each, k) => {
          expect(each.length).toBeGreaterThan(0);
          expect(bins[k]!.from).toBeLessThanOrEqual(bins[k]!.to);
          expect(each.every((value) => value >= bins[k]!.from && value <= bins[k]!.to)).toBe(true);
          if (k > 0) expect(bins[k - 1]!.to).toBeLessThan(bins[k]!.from);
        });
        const known = values.filter((value) => !Number.isNaN(value));
        expect(members.flat()).toHaveLength(known.length);
        expect(bins).toHaveLength(Math.max(0, bins.length));
      }),
    );
  });
});
