import { describe, expect, it } from "vitest";
import { mean, meanMinusStd, median, std, worst } from "../../src/core/aggregate.ts";
import { NAME_RULE } from "../../src/core/name.ts";
import { categorical, defineStudy, float, int } from "../../src/index.ts";
import { validateStudy } from "../../src/study/validate.ts";

const good = { name: "x", direction: "minimize", space: { a: float(0, 1) }, train: () => 1 };
const two = categorical(["adam", "sgd"]);

/** The message of the refusal, without the file. */
function refusal(value: unknown): string {
  try {
    validateStudy(value, "studies/x.ts");
  } catch (error) {
    const { name, code, message } = error as { name: string; code: string; message: string };
    expect([name, code]).toEqual(["BelayError", "study"]);
    expect(message).toMatch(/^studies\/x\.ts: /);
    expect(message).not.toContain("\n");
    return message.slice("studies/x.ts: ".length);
  }
  return "accepted";
}

describe("a good study", () => {
  it("becomes plain data with parents first and limits as numbers", () => {
    const study = defineStudy({
      name: "digits.v2",
      directions: ["maximize", "minimize"],
      backend: "wasm",
      space: {
        momentum: float(0, 0.99).when("optimizer", "sgd"),
        optimizer: two,
        filters: int(4, 32, { step: 4 }),
      },
      limits: { splitTimeout: "5m", trialTimeout: 90, memory: "12GiB" },
      noise: true,
      trials: 40,
      defaults: { filters: 8, optimizer: "adam", momentum: 0.9 },
      sampler: "tpe",
      pruner: "median",
      train: () => [1, 2],
    });
    const manifest = validateStudy(study, "studies/x.ts");
    expect(manifest).toEqual({
      name: "digits.v2",
      directions: ["maximize", "minimize"],
      backend: "wasm",
      space: {
        params: [
          { name: "optimizer", distribution: { kind: "categorical", choices: ["adam", "sgd"] }, when: [] },
          {
            name: "momentum",
            distribution: { kind: "float", low: 0, high: 0.99, log: false, step: null },
            when: [{ parent: 0, values: [1] }],
          },
          { name: "filters", distribution: { kind: "int", low: 4, high: 32, log: false, step: 4 }, when: [] },
        ],
      },
      limits: { splitTimeoutMs: 300_000, trialTimeoutMs: 90_000, memoryBytes: 12 * 2 ** 30 },
      noise: true,
      defaults: { optimizer: "adam", filters: 8 },
      sampler: "tpe",
      pruner: "median",
      splitOrder: null,
      stop: null,
      trials: 40,
      aggregate: "mean",
      command: false,
    });
    expect(structuredClone(manifest)).toEqual(manifest);
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  });

  it("needs no more than a name, a direction, a space and train", () => {
    expect(validateStudy(good, "studies/x.ts")).toMatchObject({
      backend: null,
      limits: {},
      noise: false,
      defaults: null,
      trials: null,
      aggregate: "mean",
      command: false,
    });
  });
});

describe("what an aggregate does with the splits, which a pruner has to know", () => {
  it.each<[string, unknown]>([
    ["mean", undefined],
    ["mean", (values: number[]) => values.reduce((a, b) => a + b) / values.length],
    ["mean", [mean]],
    ["place", median],
    ["place", worst],
    ["place", (values: number[]) => values.toSorted((a, b) => a - b)[1]],
    ["spread", meanMinusStd(0.25)],
    ["other", (values: number[]) => Math.max(...values)],
    ["other", (values: number[]) => values[0]],
    ["spread", (values: number[]) => mean(values) - std(values)],
    ["other", (values: number[]) => mean(values) + std(values)],
    ["other", (values: number[]) => std(values)],
    [
      "other",
      () => {
        throw new Error("no");
      },
    ],
  ])("%s: %s", (kind, aggregate) => {
    const study = { ...good, direction: undefined, directions: ["maximize"], aggregate };
    expect(validateStudy(study, "x.ts").aggregate).toBe(kind);
  });
});

describe("refused studies, and their messages", () => {
  it.each([
    [undefined, "default export: expected a study, as in export default defineStudy({ ... }), got none"],
    [() => 1, "default export: expected a study made by defineStudy({ ... }), got a function"],
    [{ ...good, name: undefined }, `name: expected ${NAME_RULE}, got nothing`],
    [{ ...good, name: "my study" }, `name: expected ${NAME_RULE}, got "my study"`],
    [{ ...good, direction: undefined }, 'direction: expected "minimize" or "maximize", got nothing'],
    [{ ...good, direction: "max" }, 'direction: expected "minimize" or "maximize", got "max"'],
    [{ ...good, directions: ["minimize"] }, "direction: expected either direction or directions, got both"],
    [
      { ...good, direction: undefined, directions: [] },
      'directions: expected an array such as ["maximize", "minimize"], got []',
    ],
    [
      { ...good, direction: undefined, directions: ["minimize", "up"] },
      'directions[1]: expected "minimize" or "maximize", got "up"',
    ],
    [
      { ...good, limts: {} },
      'limts: expected one of name, direction, directions, backend, space, defaults, limits, noise, trials, sampler, pruner, splitOrder, stop, data, splits, train, command, aggregate, got an unknown field; did you mean "limits"?',
    ],
    [{ ...good, train: undefined }, "train: expected a function, got nothing"],
    [{ ...good, train: 5 }, "train: expected a function, got 5"],
    [{ ...good, data: [1] }, "data: expected a function, got [1]"],
    [{ ...good, splits: {} }, "splits: expected a function, got an object with keys []"],
    [
      { ...good, backend: "wsam" },
      'backend: expected "auto", "gpu", "node", "wasm", "cpu", got "wsam"; did you mean "wasm"?',
    ],
    [{ ...good, backend: true }, 'backend: expected "auto", "gpu", "node", "wasm", "cpu", got true'],
    [{ ...good, splitOrder: "inform" }, 'splitOrder: expected "informative" or "given", got "inform"'],
    [{ ...good, defaults: 0.1 }, "defaults: expected params such as { a: ... }, got 0.1"],
    [{ ...good, defaults: { a: 7 } }, "defaults: param a: expected 0..1, got 7"],
    [
      { ...good, defaults: { as: 0.5 } },
      'defaults: param "as": expected a param of the space, got an unknown name; did you mean "a"?',
    ],
    [{ ...good, noise: 1 }, "noise: expected true or false, got 1"],
    [{ ...good, trials: 0 }, "trials: expected a whole number, 1 or more, got 0"],
    [{ ...good, trials: 1.5 }, "trials: expected a whole number, 1 or more, got 1.5"],
    [{ ...good, sampler: "" }, 'sampler: expected a name, got ""'],
    [
      { ...good, limits: 5 },
      'limits: expected limits such as { splitTimeout: "5m", memory: "12GiB" }, got 5',
    ],
    [
      { ...good, limits: { timeout: 5 } },
      "limits.timeout: expected one of splitTimeout, trialTimeout, setupTimeout, memory, got an unknown field",
    ],
    [
      { ...good, limits: { splitTimeout: "5 parsecs" } },
      'limits.splitTimeout: expected a duration such as "90s", "30m" or 2.5 (seconds), got "5 parsecs"',
    ],
    [
      { ...good, limits: { memory: 0 } },
      'limits.memory: expected a size such as "12GB", "8GiB" or "512MB", got 0',
    ],
    [
      { ...good, aggregate: [() => 1, () => 2] },
      "aggregate: expected a function, or an array of 1 functions, one for each direction, got an array of 2",
    ],
    [
      { ...good, aggregate: "mean" },
      'aggregate: expected a function, or an array of 1 functions, one for each direction, got "mean"',
    ],
  ])("%#: %o", (value, message) => {
    expect(refusal(value)).toBe(message);
  });
});

describe("spaces that are refused", () => {
  it.each<[string, unknown, string]>([
    ["none", undefined, "space: expected params such as { learningRate: float(0.001, 0.1) }, got nothing"],
    ["empty", {}, "space: expected at least one param, got none"],
    ["no param", { a: 0.1 }, "space.a: expected float(), int() or categorical(), got 0.1"],
    ["a bad name", { "a b": float(0, 1) }, `space: expected a name of ${NAME_RULE}, got "a b"`],
    ["low > high", { a: float(1, 0.1) }, "space.a: expected low <= high, got low 1 and high 0.1"],
    ["log at 0", { a: float(0, 1, { log: true }) }, "space.a: log: expected low > 0, got low 0"],
    [
      "a bad step",
      { a: float(0, 1, { step: 0.3 }) },
      "space.a: step: expected one that divides high - low = 1, got 0.3",
    ],
    ["half an int", { a: int(1, 2.5) }, "space.a: high: expected a whole number, got 2.5"],
    ["text", { a: float("0" as unknown as number, 1) }, 'space.a: low: expected a finite number, got "0"'],
    ["no choice", { a: categorical([]) }, "space.a: choices: expected a non-empty array, got []"],
    [
      "choices that are no array",
      { a: categorical("adam" as unknown as string[]) },
      'space.a: choices: expected a non-empty array, got "adam"',
    ],
    [
      "a choice twice",
      { a: categorical(["x", "x"]) },
      'space.a: choices: expected different values, got "x" twice',
    ],
    [
      "an unknown parent",
      { optimizer: two, momentum: float(0, 1).when("optimiser", "sgd") },
      'space.momentum: when: expected the name of a param of this space, got "optimiser"; did you mean "optimizer"?',
    ],
    [
      "a value that the parent never has",
      { optimizer: two, momentum: float(0, 1).when("optimizer", "rmsprop") },
      'space.momentum: when: expected a value of optimizer (adam | sgd), got "rmsprop"',
    ],
    [
      "no value",
      { optimizer: two, momentum: float(0, 1).when("optimizer", []) },
      "space.momentum: when: expected at least one value, got none",
    ],
    [
      "a cycle",
      { a: categorical(["x"]).when("b", "y"), b: categorical(["y"]).when("a", "x") },
      "space.a: when: expected no cycle, got a -> b -> a",
    ],
    [
      "conditions that exclude each other",
      { optimizer: two, momentum: float(0, 1).when("optimizer", "sgd").when("optimizer", "adam") },
      'space.momentum: when: expected conditions that can hold together, got optimizer = "sgd" and optimizer = "adam"',
    ],
    [
      "a condition that excludes the parent's own",
      {
        kind: categorical(["nn", "linear"]),
        optimizer: two.when("kind", "nn"),
        momentum: float(0, 1).when("kind", "linear").when("optimizer", ["sgd"]),
      },
      'space.momentum: when: expected conditions that can hold together, got kind = "linear" and kind = "nn"',
    ],
  ])("%s", (_, space, message) => {
    expect(refusal({ ...good, space })).toBe(message);
  });

  it("refuses an unknown option of float and int", () => {
    expect(() => float(0, 1, { lg: true } as object)).toThrow(
      'float: expected the options log, step, got "lg"; did you mean "log"?',
    );
  });
});

describe("params", () => {
  it("are immutable; when() returns a new param", () => {
    const plain = float(0, 1);
    const conditional = plain.when("optimizer", ["sgd"]).when("depth", 3);
    expect(plain.conditions).toEqual([]);
    expect(conditional.conditions).toEqual([
      { parent: "optimizer", values: ["sgd"] },
      { parent: "depth", values: [3] },
    ]);
    expect(
      Object.isFrozen(plain) &&
        Object.isFrozen(plain.distribution) &&
        Object.isFrozen(conditional.conditions),
    ).toBe(true);
  });

  it("do not change if the array of choices is changed later", () => {
    const choices = ["a", "b"];
    const param = categorical(choices);
    choices.push("c");
    expect(param.distribution).toEqual({ kind: "categorical", choices: ["a", "b"] });
  });
});
