import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  combinatorialPaths,
  groupKFold,
  kFold,
  purgedCombinatorial,
  type Split,
  stratifiedGroupKFold,
  stratifiedKFold,
  walkForward,
} from "../../../src/index.ts";

/** Frozen results of scikit-learn and of the book's definitions, written by scripts/reference/splits.py. */
interface Reference {
  readonly scikitLearn: string;
  readonly kFold: readonly { rows: number; folds: number; foldOfRow: number[] }[];
  readonly stratifiedKFold: readonly { labels: number[]; folds: number; foldOfRow: number[] }[];
  readonly groupKFold: readonly { groups: number[]; folds: number; foldOfRow: number[] }[];
  readonly stratifiedGroupKFold: readonly {
    labels: number[];
    groups: number[];
    folds: number;
    foldOfRow: number[];
  }[];
  readonly walkForward: readonly {
    rows: number;
    folds: number;
    validation: number | null;
    gap: number;
    train: number | null;
    windows: { train: [number, number]; validation: [number, number] }[];
  }[];
  readonly purgedCombinatorial: readonly {
    predictionTimes: number[];
    evaluationTimes: number[];
    groups: number;
    testGroups: number;
    embargo: number;
    splits: { testGroups: number[]; train: number[]; validation: number[] }[];
  }[];
}

const reference = JSON.parse(
  readFileSync(new URL("./reference/splits.json", import.meta.url), "utf8"),
) as Reference;

/** The fold in which each row validates. */
function foldOfRow(splits: readonly Split[]): number[] {
  const folds: number[] = [];
  splits.forEach(({ validation }, fold) => {
    for (const row of validation) folds[row] = fold;
  });
  return folds;
}

/** The number of rows of each class that validate in each fold. */
function table(folds: readonly number[], labels: readonly number[]): number[][] {
  const counts = Array.from({ length: Math.max(...folds) + 1 }, () =>
    new Array<number>(Math.max(...labels) + 1).fill(0),
  );
  folds.forEach((fold, row) => {
    counts[fold]![labels[row]!]!++;
  });
  return counts;
}

function sizes(folds: readonly number[]): number[] {
  return table(
    folds,
    folds.map(() => 0),
  )
    .map(([count]) => count!)
    .sort((a, b) => a - b);
}

/** How unevenly the classes are spread over the folds: the mean over classes of the deviation of their shares. */
function unevenness(folds: readonly number[], labels: readonly number[]): number {
  const counts = table(folds, labels);
  const perClass = counts[0]!.map((_, code) => counts.map((fold) => fold[code]!));
  const deviations = perClass.map((rows) => {
    const all = rows.reduce((sum, count) => sum + count, 0) || 1;
    return Math.sqrt(
      rows.reduce((sum, count) => sum + (count / all - 1 / rows.length) ** 2, 0) / rows.length,
    );
  });
  return deviations.reduce((sum, each) => sum + each, 0) / deviations.length;
}

const PLAIN = { shuffle: false };

describe(`compared with scikit-learn ${reference.scikitLearn}`, () => {
  it.each(reference.kFold)(
    "kFold: $rows rows in $folds folds, the same rows",
    ({ rows, folds, ...answer }) => {
      expect(foldOfRow(kFold(rows, { folds, ...PLAIN }))).toEqual(answer.foldOfRow);
    },
  );

  it.each(reference.stratifiedKFold)(
    "stratifiedKFold: $labels.length rows in $folds folds, the same rows",
    ({ labels, folds, ...answer }) => {
      const found = foldOfRow(stratifiedKFold(labels, { folds, ...PLAIN }));
      expect(table(found, labels)).toEqual(table(answer.foldOfRow, labels));
      expect(found).toEqual(answer.foldOfRow);
    },
  );

  // Groups of one size may be assigned in another order, but the sizes of the folds are the same.
  it.each(reference.groupKFold)(
    "groupKFold: $groups.length rows in $folds folds, of the same sizes",
    ({ groups, folds, ...answer }) => {
      expect(sizes(foldOfRow(groupKFold(groups, { folds, ...PLAIN })))).toEqual(sizes(answer.foldOfRow));
    },
  );

  it.each(reference.stratifiedGroupKFold)(
    "stratifiedGroupKFold: $groups.length rows in $folds folds, classes at least as even",
    ({ labels, groups, folds, ...answer }) => {
      const found = foldOfRow(stratifiedGroupKFold(labels, groups, { folds, ...PLAIN }));
      expect(unevenness(found, labels)).toBeLessThanOrEqual(unevenness(answer.foldOfRow, labels) + 1e-9);
    },
  );

  it.each(reference.walkForward)(
    "walkForward: $rows rows, $folds windows of $validation, gap $gap, train $train, the same rows",
    ({ rows, folds, validation, gap, train, windows }) => {
      const found = walkForward(rows, {
        folds,
        gap,
        ...(validation !== null && { validation }),
        ...(train !== null && { train, window: "sliding" }),
      });
      const ends = (list: readonly number[]): number[] => [list[0]!, list.at(-1)!];
      expect(
        found.map((split) => ({ train: ends(split.train), validation: ends(split.validation) })),
      ).toEqual(windows);
      for (const { train: before, validation: after } of found) {
        expect(before.length).toBe(before.at(-1)! - before[0]! + 1);
        expect(after.length).toBe(after.at(-1)! - after[0]! + 1);
      }
    },
  );
});

describe("purgedCombinatorial, as Advances in Financial Machine Learning defines it", () => {
  it.each(reference.purgedCombinatorial)(
    "purges and embargoes the same rows: $groups groups, $testGroups test, embargo $embargo",
    ({ splits, predictionTimes, ...options }) => {
      const found = purgedCombinatorial(predictionTimes, { predictionTimes, ...options });
      expect(found.map(({ testGroups, train, validation }) => ({ testGroups, train, validation }))).toEqual(
        splits,
      );
    },
  );

  it("has C(N, k) splits and k / N * C(N, k) paths, figure 12.1: 6 groups, 2 of them test", () => {
    const splits = purgedCombinatorial(60, { groups: 6, testGroups: 2 });
    expect(splits).toHaveLength(15);
    expect(combinatorialPaths(6, 2)).toBe(5);
    // Figure 12.2, with one row per group: the path that each split of a group belongs to.
    for (const group of [0, 1, 2, 3, 4, 5]) {
      const paths = splits.flatMap(({ testGroups, paths }) =>
        testGroups.flatMap((tested, i) => (tested === group ? [paths[i]!] : [])),
      );
      expect(paths).toEqual([0, 1, 2, 3, 4]);
    }
  });

  it.each([
    [2, 1],
    [5, 1],
    [6, 2],
    [6, 3],
    [10, 4],
    [10, 9],
  ])("counts for %i groups, %i test", (groups, testGroups) => {
    const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
    const choose = factorial(groups) / (factorial(testGroups) * factorial(groups - testGroups));
    expect(purgedCombinatorial(100, { groups, testGroups })).toHaveLength(choose);
    expect(combinatorialPaths(groups, testGroups)).toBeCloseTo((testGroups / groups) * choose, 9);
  });

  it("by hand: ten rows, labels that look two ahead, the middle group tests, embargo 1", () => {
    // Rows 0-9 begin at their number and end two later; groups [0 1 2 3] [4 5 6] [7 8 9].
    const rows = Array.from({ length: 10 }, (_, row) => row);
    const evaluationTimes = rows.map((row) => row + 2);
    const [, middle] = purgedCombinatorial(rows, { groups: 3, testGroups: 1, evaluationTimes, embargo: 0 });
    expect(middle!.validation).toEqual([4, 5, 6]);
    // Rows 2 and 3 end at 4 and 5, within the test; the test ends at 8, so that rows 7 and 8 begin within it.
    expect(middle!.train).toEqual([0, 1, 9]);
    // One more time unit after the test, and row 9 is embargoed too.
    const [, later] = purgedCombinatorial(rows, { groups: 3, testGroups: 1, evaluationTimes, embargo: 1 });
    expect(later!.train).toEqual([0, 1]);
  });
});
