import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../src/ask-tell/ask-tell.ts";
import { BelayError } from "../../src/core/error.ts";
import type { Pruner } from "../../src/core/search/pruner.ts";
import type { Sampler } from "../../src/core/search/sampler.ts";
import { categorical, float } from "../../src/core/space/param.ts";
import { percentile } from "../../src/pruner/percentile.ts";

/** Misuse in plain JavaScript is refused by one line that says what was expected and what came. */

const space = { x: float(-5, 5), kind: categorical(["a", "b"]), only: float(0, 1).when("kind", "b") };

/** A row of this space. */
const ROW = Float64Array.of(1, 0, Number.NaN);

/** Calls a method with arguments that its types forbid. */
function call(search: AskTell, method: keyof AskTell, ...args: readonly unknown[]): unknown {
  return (search[method] as (...args: readonly unknown[]) => unknown)(...args);
}

function refused(act: () => unknown, message: string): void {
  expect(act).toThrow(message);
  expect(act).toThrow(BelayError);
  try {
    act();
  } catch (error) {
    expect((error as Error).message).not.toContain("\n");
  }
}

describe("options", () => {
  const make = askTell as (options: unknown) => AskTell;

  it.each([
    [{ pruner: "medain" }, "did you mean median?"],
    [{ pruner: percentile }, "such as percentile(), got function percentile"],
    [{ pruner: { name: "mine" } }, "pruner: expected a pruner's name"],
    [{ pruner: { name: "percentile", options: { p: 3 } } }, "pruner: percentile: expected the options"],
    [
      { pruner: "race" },
      "pruner: expected one that can stop a trial, got race: it compares splits, and this study has one",
    ],
    [
      { pruner: "median", directions: ["minimize", "minimize"] },
      "got median: trials with several objectives have no order",
    ],
    [{ splits: 0 }, "splits: expected a whole number, 1 or more, got 0"],
    [{ splits: "5" }, 'splits: expected a whole number, 1 or more, got "5"'],
    [{ trials: Number.NaN }, "trials: expected a whole number, 1 or more, got NaN"],
    [{ sampler: { ask: () => null } }, "sampler: expected a sampler's name"],
    [{ sampler: { name: "tpe", options: { startup: 3 } } }, 'got "startup"'],
    [{ directions: [undefined, "minimize"] }, 'expected "minimize" or "maximize", got undefined'],
    [{ directions: [] }, "directions: expected an array such as"],
  ])("%#", (options, message) => {
    refused(() => make({ space, ...options }), message);
  });

  it("directions that change afterwards change nothing", () => {
    const directions: ("minimize" | "maximize")[] = ["maximize"];
    const search = askTell({ space, directions });
    directions[0] = "minimize";
    for (const value of [1, 2]) search.tell(search.ask()!.number, value);
    expect(search.best()!.value).toBe(2);
  });
});

describe("a trial that does not run", () => {
  it.each(["tell", "report", "shouldPrune"] as const)("%s", (method) => {
    const search = askTell({ space });
    const args = method === "report" ? [0, 1] : [1];
    for (const number of [0, -1, "0", undefined, null, Number.NaN, 0.5]) {
      const wrong = `${method}: expected the number of a running trial, got `;
      refused(() => call(search, method, number, ...args), wrong);
    }
    search.tell(search.ask()!.number, 1);
    refused(
      () => call(search, method, 0, ...args),
      `${method}: expected the number of a running trial, got 0, which has ended already`,
    );
  });
});

describe("report", () => {
  it.each([
    [1, [0, "0.5"], 'report: value: expected a number, got "0.5"'],
    [1, [0], "report: value: expected a number, got undefined"],
    [1, ["0", 1], 'report: step: expected a finite number, got "0"'],
    [1, [Number.NaN, 1], "report: step: expected a finite number, got NaN"],
    [3, [3, 1], "report: step: expected the number of a split, 0 to 2, got 3"],
    [3, [-1, 1], "report: step: expected the number of a split, 0 to 2, got -1"],
    [3, [0.5, 1], "report: step: expected the number of a split, 0 to 2, got 0.5"],
    [3, [1, 1], "report: step: expected each split once, got split 1 again"],
  ])("with %d splits: %j", (splits, args, message) => {
    const search = askTell({ space, splits });
    const { number } = search.ask()!;
    search.report(number, 1, 1);
    refused(() => call(search, "report", number, ...args), message);
    expect(search.history.running.get(number)!.steps).toEqual([{ step: 1, value: 1 }]);
  });
});

describe("tell after reports", () => {
  it("refuses a complete trial that lacks splits, and a value beside reports", () => {
    const search = askTell({ space, splits: 3 });
    const { number } = search.ask()!;
    search.report(number, 0, 1);
    refused(
      () => search.tell(number, 1),
      "tell: expected reports of all 3 splits, got a value after 1 of them",
    );
    refused(
      () => search.tell(number, { state: "pruned", value: 2 }),
      "tell: value: expected none beside the 1 that the trial has reported, got 2",
    );
    search.tell(number, { state: "pruned" });
    expect(search.history.size).toBe(1);
  });
});

describe("tell", () => {
  it.each([
    [Promise.resolve(1), "tell: expected a number or { state: ... }, got an instance of Promise"],
    [1n, "tell: value: expected a number, got 1n"],
    [
      { state: "pruned", estimate: { value: 1, std: 1 } },
      'tell: estimate: expected the options value, sd, got "std"',
    ],
    [
      { state: "complete", value: 1, constraints: null },
      "tell: constraints: expected an array of numbers, got null",
    ],
    [[1, 2], "tell: value: expected a number, got [1, 2]"],
  ])("%#", (told, message) => {
    const search = askTell({ space });
    const { number } = search.ask()!;
    refused(() => call(search, "tell", number, told), message);
    search.tell(number, 1);
  });
});

describe("enqueue", () => {
  it.each([
    [new Map([["x", 1]]), "enqueue: expected params such as { x: ... }, got an instance of Map"],
    [Promise.resolve({ x: 1 }), "got an instance of Promise"],
    [{ x: undefined }, "enqueue: param x: expected -5..5, got undefined"],
    [{ x: Number.NaN }, "enqueue: param x: expected -5..5, got NaN"],
    [{ X: 1 }, 'enqueue: param "X": expected a param of the space, got an unknown name; did you mean "x"?'],
    [{ kind: "c" }, 'enqueue: param kind: expected a | b, got "c"'],
    [{ kind: "a", only: 0.5 }, "enqueue: param only: expected no value, since it is inactive here, got 0.5"],
  ])("%#", (params, message) => {
    refused(() => call(askTell({ space }), "enqueue", params), message);
  });
});

describe("add", () => {
  const params = { x: 1, kind: "a" };

  it.each([
    [undefined, "add: expected an array such as [{ params: { ... }, told: 0.5 }], got undefined"],
    [{ params, told: 1 }, "add: expected an array such as [{ params: { ... }, told: 0.5 }], got an object"],
    [[1], "add: [0]: expected options such as { params: ... }, got 1"],
    [[undefined, 1], "add: [0]: expected options such as { params: ... }, got undefined"],
    [[{ params, value: 1 }], 'add: [0]: expected the options params, told, by, reports, number, got "value"'],
    [[{ told: 1 }], "add: [0]: params: expected params such as { x: ... }, got undefined"],
    [[{ params }], "add: [0]: told: value: expected a number, got undefined"],
    [[{ params: { x: 1 }, told: 1 }], "add: [0]: params: param kind: expected a value, got none"],
    [
      [{ params: { ...params, kind: "b" }, told: 1 }],
      "add: [0]: params: param only: expected a value, got none",
    ],
    [[{ params: { ...params, x: 9 }, told: 1 }], "add: [0]: params: param x: expected -5..5, got 9"],
    [
      [
        { params, told: 1 },
        { params, told: "1" },
      ],
      'add: [1]: told: value: expected a number, got "1"',
    ],
    [[{ params, told: 1, reports: 1 }], "add: [0]: reports: expected an array such as"],
    [
      [{ params, told: 1, reports: [1] }],
      "add: [0]: reports[0]: expected options such as { step: ... }, got 1",
    ],
    [[{ params, told: 1, reports: [{ step: 0, value: "nan" }] }], 'value: expected a number, got "nan"'],
  ])("%j", (trials, message) => {
    const search = askTell({ space });
    refused(() => call(search, "add", trials), message);
    expect(search.history.size).toBe(0);
    expect(search.ask()!.number).toBe(0);
  });

  it("splits that are not finite, or of which some are missing", () => {
    const search = askTell({ space, splits: 2 });
    const trial = (told: unknown, ...values: readonly unknown[]) => [
      { params, told, reports: values.map((value, step) => ({ step, value })) },
    ];
    refused(
      () => call(search, "add", trial(1, 1, "NaN")),
      "reports[1]: value: expected a finite number, got NaN",
    );
    refused(() => call(search, "add", trial(1, 1)), "expected reports of all 2 splits, got a value after 1");
    expect(call(search, "add", [...trial(1, 1, 1), ...trial({ state: "fail" }, 1), ...trial(3)])).toEqual([
      0, 1, 2,
    ]);
  });
});

describe("a sampler of one's own that returns no row", () => {
  it.each([
    [undefined, "got undefined"],
    [[1, 0, Number.NaN], "got [1, 0, NaN]"],
    [Float64Array.of(1, 0), "got an instance of Float64Array"],
    [Float64Array.of(6, 0, Number.NaN), "got an instance of Float64Array"],
    [Float64Array.of(1, 2, Number.NaN), "got an instance of Float64Array"],
    [Float64Array.of(1, 0, 0.5), "got an instance of Float64Array"],
    [Float64Array.of(1, 1, Number.NaN), "got an instance of Float64Array"],
  ])("%#", (row, message) => {
    const sampler = { name: "mine", ask: () => row } as unknown as Sampler;
    const search = askTell({ space, sampler });
    refused(() => search.ask(), `sampler mine: expected a row of the space, ${message}`);
    expect(search.history.running.size).toBe(0);
  });
});

it.each([
  [{ by: "part" }, "a row of the space, got an object with keys"],
  [
    { row: Float64Array.of(1, 0), by: "part", why: null },
    "a row of the space, got an instance of Float64Array",
  ],
  [{ row: ROW, why: null }, "the name of who proposed it as by, got undefined"],
  [{ row: ROW, by: "", why: null }, 'the name of who proposed it as by, got ""'],
  [{ row: ROW, by: "part", why: 5 }, "a text or null as why, got 5"],
])("a sampler of one's own that does not say who proposed a row: %#", (answer, message) => {
  const search = askTell({ space, sampler: { name: "mine", ask: () => answer } as unknown as Sampler });
  expect(() => search.ask()).toThrow(`sampler mine: expected ${message}`);
  expect(search.history.running.size).toBe(0);
});

it.each([
  [undefined, "got undefined"],
  [true, "got true"],
  [{ verdict: true }, 'got an object with keys ["verdict"]'],
])("a pruner of one's own that returns no verdict: %j", (verdict, message) => {
  const pruner = { name: "mine", judge: () => verdict } as unknown as Pruner;
  const search = askTell({ space, pruner });
  const { number } = search.ask()!;
  search.report(number, 0, 1);
  refused(
    () => search.shouldPrune(number),
    `pruner mine: expected a verdict such as { prune: false }, ${message}`,
  );
});

it("an estimate of a pruner of one's own that is no finite number counts as none", () => {
  const estimate = { value: Number.NaN, sd: 1 };
  const search = askTell({
    space,
    pruner: { name: "mine", judge: () => ({ prune: true, detail: {}, estimate }) },
  });
  const { number } = search.ask()!;
  search.report(number, 0, 1);
  expect(search.shouldPrune(number)).toBe(true);
  search.tell(number, { state: "pruned" });
  expect(search.save().trials[0]!.told).toEqual({ state: "pruned", reason: "pruner" });
});
