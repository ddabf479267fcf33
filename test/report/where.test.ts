import { beforeEach, describe, expect, test } from "vitest";
import { BelayError } from "../../src/core/error.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Reader } from "../../src/store/reader.ts";
import { FINAL, ownedStudy, temporaryStore } from "../support/store.ts";
import { digits, queried, readerOf } from "./fixture.ts";

let reader: Reader;
beforeEach(async () => {
  reader = await readerOf((await digits()).store);
});

const numbers = async ({ where }: { where: string }): Promise<number[]> =>
  (await queried(reader, { where })).map(({ number }) => number);

describe("--where", () => {
  test.each<[string, number[]]>([
    ["value > 0.9", [1, 4]],
    ["value >= 0.9 and learningRate < 0.05", [0, 4]],
    ["memory.peak > 2GB", [1, 2]],
    ["memory.peakBytes > 12GB", [2]],
    ["memory.peak <= 1000000000", [0, 3, 4]],
    ["duration < 5s", [0, 2, 3]],
    ["durationMs > 5m", [1]],
    ["state = complete", [0, 1, 4]],
    ["state='complete' or reason = memory-limit", [0, 1, 2, 4]],
    ['reason != "error"', [0, 1, 2, 4, 5]],
    ["reason is null", [0, 1, 4, 5]],
    ["reason IS NOT NULL", [2, 3]],
    ["not (state = complete or state = running)", [2, 3]],
    ["not value > 0.9", [0, 2, 3, 5]],
    ['optimizer in (adam, "rmsprop-like")', [0, 3, 4, 5]],
    ["optimizer not in ('adam')", [1, 2]],
    ["params.value = 9", [3]],
    ["momentum = null", [0, 3, 4, 5]],
    ["`momentum` >= .5", [1, 2]],
    ["batchNorm = true and number != 5", [0, 3, 4]],
    ["learningRate > 1e-1", [2, 3]],
    ["0.1 < learningRate", [2, 3]],
    ["detail.seenBytes > 12GB", [2]],
    ["values.0 > 0.94", [1, 4]],
    ["startedAt < '2026-01-02' AND number < 2", [0, 1]],
    ["started > '2026-01-02'", []],
    ["error = 'a \"bad\", day\nindeed'", [3]],
    ["splits = 1 and number > -1", [0, 1, 2, 3, 4]],
    ["number = 1 or number = 2 and state = complete", [1]],
    ["feasible = true", [0, 1]],
    ["feasible = false or violation > 0.5", [4]],
    ["not feasible = true", [2, 3, 4, 5]],
    ["feasible", [0, 1]],
    ["not feasible and (batchNorm or violation > 0)", [3, 4, 5]],
    ["not invalid and number < 2", [0, 1]],
    ["constraints.0 > 0", [4]],
    ["memory.peak > 0MB", [0, 1, 2, 3, 4]],
    ["memory.peak > -1MB and number < 2", [0, 1]],
    ["duration > 0s and duration >= -5m", [0, 1, 2, 3, 4]],
    ["memory.peak > memory.baseline", [0, 1, 2, 3, 4]],
    ["momentum in (0.5, null)", [0, 1, 3, 4, 5]],
    ["momentum not in (0.5)", [0, 2, 3, 4, 5]],
  ])("%s", async (where, expected) => {
    expect(await numbers({ where })).toEqual(expected);
  });

  test.each<[string, RegExp]>([
    ["valeu > 1", /got "valeu"; did you mean value\?/],
    ["state = done", /expected state to be compared with waiting, .*, got "done"/],
    ["value and feasible", /expected a comparison .* got "and"/],
    ["feasible 1", /expected a comparison .* got "1"/],
    ["value >", /expected a column or a value, got the end/],
    ["value", /expected a comparison .* got the end/],
    ["value > 1 2", /expected "and", "or" or the end, got "2"/],
    ["(value > 1", /expected "\)", got the end/],
    ["value > 5q", /expected value to be compared with a number, got "5q"/],
    ["value ; drop table trials", /expected a name, a value or an operator at 7, got ";/],
    ["started > 'soon'", /expected startedAt .* a date/],
    ["learningRate < '-100'", /expected learningRate to be compared with a number, got "-100"/],
    ["value < '-100'", /expected value to be compared with a number/],
    ["optimizer > 3", /expected optimizer to be compared with adam, sgd, got "3"/],
    ["optimizer = `value`", /expected optimizer to be compared with adam, sgd, got the column value/],
    [
      "values = '[0.9]'",
      /--where: expected a column of one value, such as values\.0, got values, which holds several/,
    ],
    ["detail is null", /expected a column of one value, such as detail\.seenBytes, got detail/],
    ["value = true", /expected value to be compared with a number, got "true"/],
    ["batchNorm = 7", /expected batchNorm to be compared with true or false, got "7"/],
    ["memory.peak > 5m", /expected memory.peakBytes to be compared with a size such as 2GB.*got "5m"/],
    ["duration > 2GB", /expected durationMs to be compared with a duration such as 5m.*got "2GB"/],
    ["duration > memory.peak", /expected durationMs .* got the column memory.peakBytes/],
    ["0x1F > 2", /expected a number such as 5, 5m or 2GB, got "0x1F"/],
    ["learningRate > 0x10", /expected learningRate to be compared with a number, got "0x10"/],
    ["'a' < 3", /expected values of one kind/],
    ["", /expected a column or a value, got the end/],
    [`${"(".repeat(200)}value > 1${")".repeat(200)}`, /at most 50 levels/],
    ["1 = 1 or learningRate = x' OR 1=1", /usage|expected/],
  ])("refused in one line: %s", async (where, message) => {
    await expect(numbers({ where })).rejects.toThrow(BelayError);
    await expect(numbers({ where })).rejects.toThrow(message);
    await expect(numbers({ where })).rejects.not.toThrow(/\n/);
  });
});

describe("a word that is also the name of a column", () => {
  test.each<[string, number[]]>([
    ["reason = error", [3]],
    ["error = reason", [3]],
    ["reason != error", [0, 1, 2, 4, 5]],
    ["reason in (error, memory-limit)", [2, 3]],
    ["reason not in (error)", [0, 1, 2, 4, 5]],
    ["reason = `error`", [0, 1, 4, 5]],
    ['reason = "error"', [3]],
  ])("is the word beside a column that can hold it: %s", async (where, expected) => {
    expect(await numbers({ where })).toEqual(expected);
  });

  test("the same holds for choices that have the names of params or columns, or look like amounts", async () => {
    const categorical = (...choices: (string | number)[]) => ({
      distribution: { kind: "categorical", choices } as const,
      conditions: [],
    });
    const space = compileSpace({
      model: categorical("x", "size", "number", "true"),
      x: { distribution: { kind: "int", low: 0, high: 9, log: false, step: 1 }, conditions: [] },
      size: categorical("3d", "16", "2x2-conv"),
      left: categorical("right", "other"),
      right: categorical("left", "other"),
      mixed: categorical("auto", 1, 2, "2"),
      other: categorical("auto", 2, "1"),
      "params.x": { distribution: { kind: "int", low: 0, high: 9, log: false, step: 1 }, conditions: [] },
    });
    const store = temporaryStore({ durability: "normal" });
    const study = await ownedStudy(store, { space });
    const rows = [
      {
        model: "x",
        x: 0,
        size: "3d",
        left: "right",
        right: "other",
        mixed: "auto",
        other: "auto",
        "params.x": 5,
      },
      { model: "size", x: 1, size: "16", left: "other", right: "left", mixed: 1, other: 2, "params.x": 6 },
      {
        model: "number",
        x: 2,
        size: "2x2-conv",
        left: "other",
        right: "other",
        mixed: "2",
        other: "1",
        "params.x": 7,
      },
      { model: "true", x: 3, size: "16", left: "right", right: "left", mixed: 2, other: "1", "params.x": 8 },
    ];
    for (const [number, params] of rows.entries()) {
      const key = await study.startTrial({ number, params });
      await study.finish(key, { state: "complete", values: [1], constraints: [] }, FINAL, { durationMs: 1 });
    }
    reader = await readerOf(store);
    const found: Record<string, number[]> = {};
    for (const where of [
      ...["model = x", "model = size", "number = 1 and model = size", "model = number", "model = true"],
      ...["size = 3d", "size = 16", "size = 2x2-conv", "size in (16, 3d)", "left = right", "right = left"],
      ...["mixed > 1", "mixed = auto", "mixed >= 1", "not mixed > 0", "params.x = 1", "params.params.x > 6"],
      // A text is no number, whatever its letters are, and by order only values of one type are compared.
      ...["mixed = number", "mixed = attempts", "mixed < other", "mixed >= other", "not mixed >= other"],
    ])
      found[where] = await numbers({ where });
    expect(found).toEqual({
      "model = x": [0],
      "model = size": [1],
      "number = 1 and model = size": [1],
      "model = number": [2],
      "model = true": [3],
      "size = 3d": [0],
      "size = 16": [1, 3],
      "size = 2x2-conv": [2],
      "size in (16, 3d)": [0, 1, 3],
      "left = right": [0, 3],
      "right = left": [1, 3],
      "mixed > 1": [3],
      "mixed = auto": [0],
      "mixed >= 1": [1, 3],
      "not mixed > 0": [0, 2],
      "params.x = 1": [1],
      "params.params.x > 6": [2, 3],
      "mixed = number": [1],
      "mixed = attempts": [1],
      "mixed < other": [1],
      "mixed >= other": [0, 2],
      "not mixed >= other": [1, 3],
    });
  });
});

describe("generated expressions", () => {
  const list = (count: number, each: (i: number) => string, separator: string): string =>
    Array.from({ length: count }, (_, i) => each(i)).join(separator);

  test.each<[string, string, number[]]>([
    ["a long list", `number in (${list(20_000, String, ", ")})`, [0, 1, 2, 3, 4, 5]],
    [
      "a long list of what is not wanted",
      `number not in (1, ${list(20_000, (i) => String(i + 3), ", ")})`,
      [0, 2],
    ],
    ["a long list of columns", `value in (${list(3_000, () => "value", ", ")})`, [0, 1, 2, 3, 4, 5]],
    ["a long chain of or", list(10_000, (i) => `number = ${i + 2}`, " or "), [2, 3, 4, 5]],
    ["a long chain of and", list(10_000, (i) => `number != ${i + 2}`, " and "), [0, 1]],
    [
      "chains in brackets",
      `${"not (".repeat(24)}${list(500, (i) => `number = ${i + 1}`, " or ")}${")".repeat(24)}`,
      [1, 2, 3, 4, 5],
    ],
  ])("%s", async (_, where, expected) => {
    expect(await numbers({ where })).toEqual(expected);
  });

  test.each<[string, string]>([
    ["values", `number in (${list(40_000, String, ", ")})`],
    ["comparisons", list(200_000, () => "value > learningRate", " or ")],
  ])("more %s than SQLite takes are refused in one line", async (_, where) => {
    await expect(numbers({ where })).rejects.toThrow(BelayError);
    await expect(numbers({ where })).rejects.toThrow(/^--where: expected [^\n]*$/);
  });
});
