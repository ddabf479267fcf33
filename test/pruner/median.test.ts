import { describe, expect, it } from "vitest";
import type { Direction } from "../../src/core/direction.ts";
import { type Progress, TrialHistory } from "../../src/core/history.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { none } from "../../src/pruner/none.ts";
import { median } from "../../src/pruner/percentile.ts";
import { PRUNER_NAMES, prunerByName } from "../../src/pruner/registry.ts";

const space = compileSpace({});

function steps(values: readonly number[]): Progress[] {
  return values.map((value, step) => ({ step, value }));
}

/** Judges a trial with these step values after complete trials with those. */
function judge(
  past: number[][],
  own: number[],
  direction: Direction = "minimize",
  totalSteps: number | null = 4,
) {
  const history = new TrialHistory(space, 1);
  past.forEach((values, number) => {
    const base = { number, reason: null, row: new Float64Array(), constraints: [], overrun: 0 };
    history.append({ ...base, state: "complete", values: [0], steps: steps(values) });
  });
  const trial = { number: past.length, row: new Float64Array(), steps: steps(own) };
  return median().judge({ history, directions: [direction], trial, totalSteps });
}

const five = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 5],
];

describe("median", () => {
  it("prunes what is worse than the median at the same step, with the numbers it saw", () => {
    expect(judge(five, [3.1, 3.1])).toEqual({
      prune: true,
      detail: { step: 1, value: 3.1, median: 3, trials: 5 },
    });
    expect(judge(five, [3, 3]).prune).toBe(false);
    expect(judge(five, [3.1, 3.1], "maximize").prune).toBe(false);
    expect(judge(five, [2.9, 2.9], "maximize").prune).toBe(true);
  });

  it("lets the first step and the first trials pass", () => {
    expect(judge(five, [99]).prune).toBe(false);
    expect(judge(five.slice(1), [99, 99]).prune).toBe(false);
  });

  it("compares means of splits, and best reports within one split", () => {
    expect(judge(five, [0, 7]).prune).toBe(true);
    expect(judge(five, [0, 7], "minimize", null).prune).toBe(false);
  });

  it("leaves NaN steps out, and takes a trial of nothing but NaN for the worst", () => {
    const nan = Number.NaN;
    expect(judge(five, [nan, 2]).prune).toBe(false);
    expect(judge(five, [nan, nan])).toMatchObject({ prune: true, detail: { value: null } });
    expect(judge([...five.slice(1), [nan, nan]], [99, 99]).prune).toBe(false);
  });

  it("asks nothing of trials that ended before the step", () => {
    expect(judge([...five.slice(1), [9]], [99, 99]).prune).toBe(false);
  });

  it("refuses wrong options", () => {
    expect(() => median({ startupTrials: -1 })).toThrow(
      "median: startupTrials: expected a whole number from 0 up, got -1",
    );
  });
});

describe("registry", () => {
  it("knows its pruners and offers the nearest name", () => {
    for (const name of PRUNER_NAMES) expect(prunerByName(name).name).toBe(name);
    expect(() => prunerByName("medain")).toThrow(/got "medain"; did you mean median\?/);
  });

  it("none goes on", () => {
    const trial = { number: 0, row: new Float64Array(), steps: steps([Number.NaN]) };
    const history = new TrialHistory(space, 1);
    expect(none().judge({ history, directions: ["minimize"], trial, totalSteps: 1 }).prune).toBe(false);
  });
});
