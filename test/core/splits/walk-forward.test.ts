import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combinatorialPaths, purgedCombinatorial, walkForward } from "../../../src/index.ts";

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

describe("walkForward", () => {
  it("expanding: trains on all rows before the gap, up to the last row", () => {
    expect(walkForward(10, { folds: 3, validation: 2, gap: 1 })).toEqual([
      { train: range(0, 3), validation: [4, 5] },
      { train: range(0, 5), validation: [6, 7] },
      { train: range(0, 7), validation: [8, 9] },
    ]);
  });

  it("sliding: trains on windows of equal width", () => {
    expect(walkForward(10, { validation: 2, train: 3, gap: 1, window: "sliding" })).toEqual([
      { train: range(0, 3), validation: [4, 5] },
      { train: range(2, 5), validation: [6, 7] },
      { train: range(4, 7), validation: [8, 9] },
    ]);
  });

  it("with a step shorter than a window, windows overlap and the last rows are all used", () => {
    const splits = walkForward(10, { folds: 3, validation: 4, step: 1 });
    expect(splits.map(({ validation }) => validation)).toEqual([range(4, 8), range(5, 9), range(6, 10)]);
  });

  it("never trains on rows closer than the gap to the validation", () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 30, max: 200 }),
      folds: fc.integer({ min: 1, max: 5 }),
      validation: fc.integer({ min: 1, max: 4 }),
      gap: fc.integer({ min: 0, max: 5 }),
      step: fc.integer({ min: 1, max: 4 }),
      window: fc.constantFrom<("expanding" | "sliding")[]>("expanding", "sliding"),
    });
    fc.assert(
      fc.property(sizes, ({ rows, ...options }) => {
        const splits = walkForward(rows, { ...options, train: 3 });
        expect(splits.length).toBe(options.folds);
        expect(splits.at(-1)!.validation.at(-1)).toBe(rows - 1);
        splits.forEach(({ train, validation }, k) => {
          expect(validation.length).toBe(options.validation);
          expect(validation[0]! - train.at(-1)!).toBe(options.gap + 1);
          if (options.window === "sliding") expect(train.length).toBe(3);
          else expect(train[0]).toBe(0);
          if (k > 0) expect(validation[0]! - splits[k - 1]!.validation[0]!).toBe(options.step);
        });
      }),
    );
  });

  it.each<[() => unknown, string]>([
    [
      () => walkForward(10, { folds: 5, validation: 2, gap: 1 }),
      "walkForward: expected at least 12 rows for 5 windows of 2 (step 2) after a gap of 1 and 1 to train on, got 10",
    ],
    [
      () => walkForward(10, { train: 5 }),
      "walkForward: expected folds or validation beside train, got neither",
    ],
    [
      () => walkForward(10, { gap: -1 }),
      "walkForward: gap: expected a whole number, 0 to 9 (the rows without one), got -1",
    ],
    [
      () => walkForward(10, { window: "rolling" as "sliding" }),
      'walkForward: window: expected "expanding" or "sliding", got "rolling"',
    ],
  ])("%#: says what is wrong", (act, message) => {
    expect(act).toThrow(message);
  });
});

describe("purgedCombinatorial", () => {
  it("validates on every choice of the groups: the book's example of 6 groups, 2 in test, 15 splits, 5 paths", () => {
    const splits = purgedCombinatorial(12, { groups: 6, testGroups: 2 });
    expect(splits.length).toBe(15);
    expect(combinatorialPaths(6, 2)).toBe(5);
    expect(splits[0]).toEqual({
      train: range(4, 12),
      validation: [0, 1, 2, 3],
      testGroups: [0, 1],
      paths: [0, 0],
    });
    // Each path has each group once.
    const taken = splits.flatMap(({ testGroups, paths }) =>
      testGroups.map((group, i) => `${paths[i]}/${group}`),
    );
    expect(new Set(taken)).toEqual(
      new Set(range(0, 5).flatMap((path) => range(0, 6).map((group) => `${path}/${group}`))),
    );
    expect(taken.length).toBe(30);
  });

  it("purges a training row whose label is known only during the validation, and one predicted before its end", () => {
    // Labels look two rows ahead; the middle group [4..7] validates and its labels reach to row 9.
    const evaluationTimes = range(0, 12).map((row) => row + 2);
    const split = purgedCombinatorial(12, { groups: 3, testGroups: 1, evaluationTimes })[1]!;
    expect(split).toMatchObject({ validation: [4, 5, 6, 7], train: [0, 1, 10, 11] });
  });

  it("applies the embargo after the validation only, and the purge on both sides", () => {
    expect(purgedCombinatorial(12, { groups: 3, testGroups: 1, embargo: 2 })[1]!.train).toEqual([
      0, 1, 2, 3, 10, 11,
    ]);
    expect(purgedCombinatorial(12, { groups: 3, testGroups: 1, purge: 1 })[1]!.train).toEqual([
      0, 1, 2, 9, 10, 11,
    ]);
  });

  it("keeps rows between two validation groups if they are far enough from both", () => {
    const splits = purgedCombinatorial(15, { groups: 5, testGroups: 2, purge: 1 });
    const outer = splits.find(({ testGroups }) => testGroups.join() === "1,3")!;
    expect(outer.train).toEqual([0, 1, 7, 13, 14]);
  });

  it("never lets the time of a training row overlap with that of a validation row", () => {
    const input = fc.record({
      spans: fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 })), {
        minLength: 60,
        maxLength: 80,
      }),
      embargo: fc.integer({ min: 0, max: 3 }),
      purge: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(input, ({ spans, embargo, purge }) => {
        let clock = 0;
        const predictionTimes = spans.map(([step]) => (clock += step));
        const evaluationTimes = spans.map(([, length], row) => predictionTimes[row]! + length);
        fc.pre(clock > 60);
        for (const { train, validation } of purgedCombinatorial(spans.length, {
          groups: 5,
          testGroups: 2,
          predictionTimes,
          evaluationTimes,
          purge,
          embargo,
        })) {
          for (const a of train) {
            for (const b of validation) {
              const isBefore = evaluationTimes[a]! < predictionTimes[b]! - purge;
              const isAfter = predictionTimes[a]! > evaluationTimes[b]! + purge + embargo;
              if (!isBefore && !isAfter) throw new Error(`rows ${a} and ${b} overlap`);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each<[() => unknown, string]>([
    [
      () => purgedCombinatorial(10, { groups: 3, testGroups: 3 }),
      "purgedCombinatorial: testGroups: expected a whole number, 1 to 2 (groups without one), got 3",
    ],
    [
      () => purgedCombinatorial(3, { groups: 2, testGroups: 1, predictionTimes: [0, 2, 1] }),
      "purgedCombinatorial: predictionTimes: expected ascending finite numbers, got 1 at row 2 after 2",
    ],
    [
      () => purgedCombinatorial(3, { groups: 2, testGroups: 1, evaluationTimes: [0, 0, 2] }),
      "purgedCombinatorial: evaluationTimes: expected finite numbers no earlier than the prediction time 1, got 0 at row 1",
    ],
    [
      () => purgedCombinatorial(3, { groups: 2, testGroups: 1, evaluationTimes: [0] }),
      "purgedCombinatorial: evaluationTimes: expected 3 times, one a row, got 1",
    ],
    [
      () => purgedCombinatorial(6, { groups: 2, testGroups: 1, embargo: 9 }),
      "purgedCombinatorial: expected purge and embargo to leave training rows, got nothing to train on with the groups 0 of 2 in validation",
    ],
    [
      () => purgedCombinatorial(6, { embargo: "1d" as unknown as number }),
      'purgedCombinatorial: embargo: expected a number, 0 or more, got "1d"',
    ],
  ])("%#: says what is wrong", (act, message) => {
    expect(act).toThrow(message);
  });
});
