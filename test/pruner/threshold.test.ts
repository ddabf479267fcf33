import { describe, expect, it } from "vitest";
import { TrialHistory } from "../../src/core/search/history.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { type ThresholdOptions, threshold } from "../../src/pruner/threshold.ts";
import { conforms } from "../conformance/pruner.ts";

conforms(() => threshold({ lower: -5, upper: 3 }), {
  judgesAlone: true,
  mirrored: () => threshold({ lower: -3, upper: 5 }),
});
conforms(() => threshold({ upper: 3, warmupSteps: 2 }), {
  judgesAlone: true,
  mirrored: () => threshold({ lower: -3, warmupSteps: 2 }),
});

const judge = (options: ThresholdOptions, ...own: number[]) => {
  const trial = { number: 0, row: new Float64Array(), steps: own.map((value, step) => ({ step, value })) };
  const history = new TrialHistory(compileSpace({}), 1);
  return threshold(options).judge({ history, directions: ["minimize"], trial, totalSteps: null });
};

describe("threshold", () => {
  it("stops a trial out of bounds, with the bound in the detail", () => {
    expect(judge({ lower: 0, upper: 1 }, 1, 0).prune).toBe(false);
    expect(judge({ lower: 0, upper: 1 }, 1.5)).toEqual({
      prune: true,
      detail: { step: 0, value: 1.5, upper: 1 },
    });
    expect(judge({ lower: 0 }, 0.5, -0.5)).toEqual({
      prune: true,
      detail: { step: 1, value: -0.5, lower: 0 },
    });
    expect(judge({ upper: 1 }, Number.NaN)).toEqual({ prune: true, detail: { step: 0, value: null } });
  });

  it("judges only the newest step, and none during the warm-up", () => {
    expect(judge({ upper: 1 }, 5, 0.5).prune).toBe(false);
    expect(judge({ upper: 1, warmupSteps: 2 }, 5, 5).prune).toBe(false);
    expect(judge({ upper: 1, warmupSteps: 2 }, 0, 0, 5).prune).toBe(true);
  });

  it.each<[options: object, message: string]>([
    [{}, "threshold: expected lower or upper, such as upper=10, got neither"],
    [
      { uper: 1 },
      'threshold: expected the options lower, upper, warmupSteps, got "uper"; did you mean "upper"?',
    ],
    [{ upper: Number.NaN }, "threshold: upper: expected a finite number, got NaN"],
    [{ lower: 2, upper: 1 }, "threshold: lower: expected at most upper, 1, got 2"],
    [{ upper: 1, warmupSteps: -1 }, "threshold: warmupSteps: expected a whole number from 0 up, got -1"],
  ])("refuses %j", (options, message) => {
    expect(() => threshold(options as ThresholdOptions)).toThrow(message);
  });
});
