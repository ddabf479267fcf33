import { describe, expect, it } from "vitest";
import {
  groupKFold,
  holdout,
  kFold,
  nested,
  repeated,
  stratifiedGroupKFold,
  stratifiedKFold,
} from "../../../src/index.ts";

describe("bad arguments are refused with the reason", () => {
  const five = { folds: 5 };
  it.each<[() => unknown, string]>([
    [() => kFold(3, five), "kFold: folds: expected a whole number, 2 to 3 (the number of rows), got 5"],
    [
      () => kFold(10, { folds: 1 }),
      "kFold: folds: expected a whole number, 2 to 10 (the number of rows), got 1",
    ],
    [
      () => kFold(10, { folds: 2.5 }),
      "kFold: folds: expected a whole number, 2 to 10 (the number of rows), got 2.5",
    ],
    [
      () => kFold(10, { fold: 3 } as object),
      'kFold: expected the options folds, shuffle, seed, got "fold"; did you mean "folds"?',
    ],
    [() => kFold(10, 5 as unknown as object), "kFold: expected options such as { folds: ... }, got 5"],
    [() => kFold(Number.NaN), "kFold: expected at least 2 rows (their number, or an array), got NaN"],
    [() => kFold([1]), "kFold: expected at least 2 rows (their number, or an array), got an array of 1"],
    [() => kFold(10, { seed: 0.5 }), "kFold: seed: expected a whole number, got 0.5"],
    [() => kFold(10, { shuffle: 1 as unknown as boolean }), "kFold: shuffle: expected true or false, got 1"],
    [
      () => holdout(10, { validation: 1.5 }),
      "holdout: validation: expected a share below 1 or a number of rows that makes 1 to 9 of 10, got 1.5",
    ],
    [
      () => holdout(10, { validation: 0.001 }),
      "holdout: validation: expected a share below 1 or a number of rows that makes 1 to 9 of 10, got 0.001",
    ],
    [
      () => holdout(10, { validation: 6, test: 4 }),
      "holdout: expected at least one row for training, got 10 rows of which 6 for validation and 4 for test",
    ],
    [
      () => stratifiedKFold([0, 1, 1], five),
      "stratifiedKFold: folds: expected a whole number, 2 to 2 (the number of rows of the largest class), got 5",
    ],
    [
      () =>
        stratifiedKFold([
          [0, 1],
          [1, 0],
        ] as unknown as number[]),
      "stratifiedKFold: labels: expected strings, numbers or booleans, got [0, 1] at row 0 (one-hot? take the index of the largest)",
    ],
    [
      () => stratifiedKFold([0, Number.NaN]),
      "stratifiedKFold: labels: expected strings, numbers or booleans, got NaN at row 1",
    ],
    [
      () => groupKFold(10 as unknown as number[]),
      "groupKFold: groups: expected an array with one entry a row, got 10",
    ],
    [
      () => groupKFold([1, 1, 2], five),
      "groupKFold: folds: expected a whole number, 2 to 2 (the number of groups), got 5",
    ],
    [() => groupKFold([1, 1, 1]), "groupKFold: expected at least 2 groups, got 1"],
    [
      () => stratifiedGroupKFold([1, 2], [1, 2, 3]),
      "stratifiedGroupKFold: expected as many labels as groups, got 2 labels and 3 groups",
    ],
    [
      () => repeated(() => [], { repeats: 0 }),
      "repeated: repeats: expected a whole number, 1 to 1000, got 0",
    ],
    [() => nested([], () => []), "nested: outer: expected a non-empty array of splits, got []"],
    [
      () => nested(kFold(4, { folds: 2, shuffle: false }), () => kFold(10)),
      /^nested: inner: expected positions 0 to 1 of the rows it was given, got \d$/ as unknown as string,
    ],
  ])("%#", (act, message) => {
    expect(act).toThrow(expect.objectContaining({ code: "study" }));
    expect(act).toThrow(message);
  });
});
