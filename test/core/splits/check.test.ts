import { describe, expect, it } from "vitest";
import { checkSplits, hashSplits } from "../../../src/core/splits/check.ts";

describe("checkSplits", () => {
  it("accepts plain and typed arrays, a test part and other keys", () => {
    expect(() =>
      checkSplits([{ train: [0, 1], validation: Int32Array.of(2), test: [3], name: "x" }]),
    ).not.toThrow();
  });

  it.each<[unknown, string]>([
    [undefined, "splits: expected an array of { train, validation }, got undefined"],
    [
      { train: [0], validation: [1] },
      'splits: expected an array of { train, validation }, got an object with keys ["train", "validation"]',
    ],
    [[], "splits: expected at least one split, got none"],
    [[5], "splits[0]: expected { train, validation }, got 5"],
    [[{ train: [0] }], "splits[0].validation: expected an array of row numbers, got undefined"],
    [[{ train: [], validation: [1] }], "splits[0].train: expected at least one row, got none"],
    [
      [{ train: [0, 1.5], validation: [1] }],
      "splits[0].train: expected row numbers (whole, 0 or more), got 1.5 at place 1",
    ],
    [
      [{ train: [0], validation: [-1] }],
      "splits[0].validation: expected row numbers (whole, 0 or more), got -1 at place 0",
    ],
    [
      [{ train: [0], validation: [1], test: "x" }],
      'splits[0].test: expected an array of row numbers, got "x"',
    ],
  ])("refuses %o", (splits, message) => {
    expect(() => checkSplits(splits)).toThrow(message);
  });
});

describe("hashSplits", () => {
  it("is equal for equal content, whatever the order of keys and the kind of array", () => {
    const hash = hashSplits([{ train: [0, 1], validation: [2], name: "a" }]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashSplits([{ name: "a", validation: [2], train: Int32Array.of(0, 1) }])).toBe(hash);
  });

  it.each<[string, unknown, unknown]>([
    ["a row", [{ train: [0], validation: [1] }], [{ train: [0], validation: [2] }]],
    ["where a part ends", [[[1], [2, 3]]], [[[1, 2], [3]]]],
    ["the order of splits", [[1], [2]], [[2], [1]]],
    ["text and number", ["1"], [1]],
    ["names", [{ ab: "c" }], [{ a: "bc" }]],
    ["a date", [new Date(1)], [new Date(2)]],
    ["a map", [new Map([["a", 1]])], [new Map([["a", 2]])]],
    ["null", [null], [undefined]],
  ])("tells apart: %s", (_, a, b) => {
    expect(hashSplits(a)).not.toBe(hashSplits(b));
  });

  it("ends on data with a cycle", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(hashSplits([cycle])).toMatch(/^[0-9a-f]{64}$/);
  });
});
