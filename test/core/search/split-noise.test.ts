import { describe, expect, test } from "vitest";
import { rng } from "../../../src/core/rng.ts";
import { TrialHistory } from "../../../src/core/search/history.ts";
import { splitNoise } from "../../../src/core/search/split-noise.ts";
import { compileSpace } from "../../../src/core/space/space.ts";

const SPACE = compileSpace({
  x: { distribution: { kind: "float", low: 0, high: 1, log: false, step: null }, conditions: [] },
});

/** Complete trials of some splits, of which `aggregate` makes the value. */
function historyOf(
  splits: number,
  sd: number,
  aggregate: (splits: readonly number[]) => number,
): TrialHistory {
  const history = new TrialHistory(SPACE, 1);
  const stream = rng(2, 0, "splits");
  for (let number = 0; number < 60; number++) {
    const quality = stream.next();
    const values = Array.from({ length: splits }, (_, k) => quality + 3 * k + sd * stream.normal());
    history.append({
      ...{ number, row: Float64Array.of(quality), state: "complete", values: [aggregate(values)] },
      ...{ constraints: [], overrun: 0, reason: null },
      steps: values.map((value, step) => ({ step, value })),
    });
  }
  return history;
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

describe("splitNoise", () => {
  test("is the deviation of a split over the root of their number, however much splits differ from each other", () => {
    expect(splitNoise(historyOf(5, 0.3, mean), 60) / (0.3 / Math.sqrt(5))).toBeCloseTo(1, 0);
  });

  test("is 0 where the steps are reports: their mean is not the value", () => {
    expect(
      splitNoise(
        historyOf(5, 0.3, (steps) => steps.at(-1)!),
        60,
      ),
    ).toBe(0);
    expect(splitNoise(historyOf(1, 0.3, mean), 60)).toBe(0);
  });
});
