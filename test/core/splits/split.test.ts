import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSplits } from "../../../src/core/splits/check.ts";
import {
  groupKFold,
  holdout,
  kFold,
  nested,
  repeated,
  type Split,
  stratifiedGroupKFold,
  stratifiedKFold,
} from "../../../src/index.ts";

const seeds = fc.integer();
const rowCounts = fc.integer({ min: 2, max: 80 });
const codes = (max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max }), { minLength: 4, maxLength: 80 });

/** Checks that no row is in two parts, and that rows are in ascending order and within the data. */
function expectDisjoint({ train, validation, test = [] }: Split, rows: number): void {
  const all = [...train, ...validation, ...test];
  expect(new Set(all).size).toBe(all.length);
  expect(all.every((row) => row >= 0 && row < rows)).toBe(true);
  for (const part of [train, validation, test]) expect(part).toEqual([...part].sort((a, b) => a - b));
}

/** Checks that every row validates exactly once and trains in all other splits. */
function expectPartition(splits: readonly Split[], rows: number): void {
  checkSplits(splits);
  for (const split of splits) {
    expectDisjoint(split, rows);
    expect(split.train.length + split.validation.length).toBe(rows);
  }
  const validated = splits.flatMap(({ validation }) => validation).sort((a, b) => a - b);
  expect(validated).toEqual(Array.from({ length: rows }, (_, row) => row));
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function count<Item>(items: readonly Item[], item: Item): number {
  return items.filter((other) => other === item).length;
}

describe("kFold", () => {
  it("puts every row into one validation set, in folds of equal size", () => {
    fc.assert(
      fc.property(
        rowCounts,
        seeds,
        fc.boolean(),
        fc.integer({ min: 2, max: 10 }),
        (rows, seed, shuffle, most) => {
          const folds = Math.min(most, rows);
          const splits = kFold(rows, { folds, seed, shuffle });
          expect(splits.length).toBe(folds);
          expectPartition(splits, rows);
          expect(spread(splits.map(({ validation }) => validation.length))).toBeLessThanOrEqual(1);
          expect(kFold(rows, { folds, seed, shuffle })).toEqual(splits);
        },
      ),
    );
  });

  it("keeps the order without shuffle, and draws by the seed", () => {
    expect(kFold(5, { folds: 2, shuffle: false }).map(({ validation }) => validation)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(kFold(100, { seed: 1 })).not.toEqual(kFold(100, { seed: 2 }));
    expect(kFold(100)).not.toEqual(kFold(100, { shuffle: false }));
  });

  it("accepts an array in place of its length", () => {
    expect(kFold(new Float32Array(10), { seed: 3 })).toEqual(kFold(10, { seed: 3 }));
  });

  it("gives exactly these rows, because a resume depends on them", () => {
    expect(kFold(10, { folds: 3, seed: 42 }).map(({ validation }) => validation)).toMatchInlineSnapshot(`
      [
        [
          4,
          5,
          6,
          7,
        ],
        [
          0,
          8,
          9,
        ],
        [
          1,
          2,
          3,
        ],
      ]
    `);
  });
});

describe("holdout", () => {
  it("gives parts of the requested sizes that use every row", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 100 }), seeds, fc.boolean(), (rows, seed, shuffle) => {
        const [split] = holdout(rows, { validation: 0.3, test: 2, seed, shuffle });
        expectDisjoint(split!, rows);
        expect(split!.validation.length).toBe(Math.round(rows * 0.3));
        expect(split!.test!.length).toBe(2);
        expect(split!.train.length).toBe(rows - 2 - Math.round(rows * 0.3));
      }),
    );
  });

  it("without shuffle tests on the last rows, if asked to, and validates on those before", () => {
    expect(holdout(5, { validation: 2, test: 1, shuffle: false })).toEqual([
      { train: [0, 1], validation: [2, 3], test: [4] },
    ]);
    expect(holdout(5, { shuffle: false })).toEqual([{ train: [0, 1, 2, 3], validation: [4] }]);
  });
});

describe("stratifiedKFold", () => {
  it("keeps the share of each class and the size of each fold to within a row", () => {
    fc.assert(
      fc.property(
        codes(3),
        seeds,
        fc.boolean(),
        fc.integer({ min: 2, max: 6 }),
        (labels, seed, shuffle, most) => {
          const largest = Math.max(...labels.map((label) => count(labels, label)));
          fc.pre(largest >= 2);
          const splits = stratifiedKFold(labels, { folds: Math.min(most, largest), seed, shuffle });
          expectPartition(splits, labels.length);
          expect(spread(splits.map(({ validation }) => validation.length))).toBeLessThanOrEqual(1);
          for (const label of new Set(labels)) {
            const perFold = splits.map(
              ({ validation }) => validation.filter((row) => labels[row] === label).length,
            );
            expect(spread(perFold)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it("accepts strings, booleans and typed arrays", () => {
    const a = stratifiedKFold(["x", "y", "x", "y"], { folds: 2, seed: 1 });
    expect(stratifiedKFold([true, false, true, false], { folds: 2, seed: 1 })).toEqual(a);
    expect(stratifiedKFold(Uint8Array.of(7, 3, 7, 3), { folds: 2, seed: 1 })).toEqual(a);
  });
});

describe("groupKFold", () => {
  it("never divides a group, and fills every fold", () => {
    fc.assert(
      fc.property(codes(12), seeds, fc.boolean(), (groups, seed, shuffle) => {
        const different = new Set(groups).size;
        fc.pre(different >= 2);
        const splits = groupKFold(groups, { folds: Math.min(4, different), seed, shuffle });
        expectPartition(splits, groups.length);
        expectWholeGroups(splits, groups);
      }),
    );
  });

  it("makes the folds as equal in size as the groups allow", () => {
    const groups = [1, 1, 1, 1, 2, 2, 2, 3, 3, 4];
    const sizes = groupKFold(groups, { folds: 2, shuffle: false }).map(({ validation }) => validation.length);
    expect(sizes).toEqual([5, 5]);
  });
});

describe("stratifiedGroupKFold", () => {
  it("never divides a group, and fills every fold", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 4,
          maxLength: 60,
        }),
        seeds,
        fc.boolean(),
        (pairs, seed, shuffle) => {
          const labels = pairs.map(([label]) => label);
          const groups = pairs.map(([, group]) => group);
          const different = new Set(groups).size;
          fc.pre(different >= 2);
          const splits = stratifiedGroupKFold(labels, groups, {
            folds: Math.min(4, different),
            seed,
            shuffle,
          });
          expectPartition(splits, labels.length);
          expectWholeGroups(splits, groups);
        },
      ),
    );
  });

  it("spreads the classes evenly if the groups allow it", () => {
    // Sixteen groups of four rows, each of one class, the classes 3 : 1.
    const groups = Array.from({ length: 64 }, (_, row) => Math.floor(row / 4));
    const labels = groups.map((group) => (group % 4 === 0 ? 1 : 0));
    const shares = stratifiedGroupKFold(labels, groups, { folds: 4, seed: 1 }).map(
      ({ validation }) => validation.filter((row) => labels[row] === 1).length / validation.length,
    );
    expect(shares).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

function expectWholeGroups(splits: readonly Split[], groups: readonly number[]): void {
  for (const { train, validation } of splits) {
    const trained = new Set(train.map((row) => groups[row]));
    expect(validation.some((row) => trained.has(groups[row]))).toBe(false);
  }
}

describe("repeated", () => {
  it("repeats with different seeds and numbers the repeats", () => {
    const splits = repeated((seed) => kFold(20, { folds: 4, seed }), { repeats: 3, seed: 5 });
    expect(splits.map(({ repeat }) => repeat)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    for (const repeat of [0, 1, 2])
      expectPartition(
        splits.filter((split) => split.repeat === repeat),
        20,
      );
    expect(splits[0]!.validation).not.toEqual(splits[4]!.validation);
    expect(repeated((seed) => kFold(20, { folds: 4, seed }), { repeats: 3, seed: 5 })).toEqual(splits);
  });
});

describe("nested", () => {
  it("chooses on validation, scores on test, and no row is in two parts", () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 60 }), seeds, (rows, seed) => {
        const outer = kFold(rows, { folds: 3, seed });
        const splits = nested(outer, (inside, k) => kFold(inside, { folds: 2, seed: (seed % 1000) + k }));
        expect(splits.map((split) => [split.outer, split.inner])).toEqual([
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
          [2, 0],
          [2, 1],
        ]);
        for (const split of splits) {
          expectDisjoint(split, rows);
          expect(split.test).toEqual(outer[split.outer]!.validation);
          expect(split.train.length + split.validation.length + split.test.length).toBe(rows);
        }
        // Within an outer split each training row validates once.
        for (const k of [0, 1, 2]) {
          const validated = splits
            .filter((split) => split.outer === k)
            .flatMap(({ validation }) => validation);
          expect(validated.sort((a, b) => a - b)).toEqual(outer[k]!.train);
        }
      }),
    );
  });
});
