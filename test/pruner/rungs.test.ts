import { describe, expect, it, test } from "vitest";
import { type FinishedTrial, type Progress, TrialHistory } from "../../src/core/search/history.ts";
import type { Pruner } from "../../src/core/search/pruner.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Reason } from "../../src/core/trial.ts";
import { halving } from "../../src/pruner/halving.ts";
import { bracketOf, bracketsOf, hyperband } from "../../src/pruner/hyperband.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { conforms } from "../conformance/pruner.ts";

conforms(() => halving());
conforms(() => halving({ eta: 2, startupTrials: 1 }));
conforms(() => hyperband({ eta: 2, startupTrials: 1 }));
conforms(() => hyperband({ eta: 2, startupTrials: 0, maxSteps: 4 }));

const row = new Float64Array();
const steps = (values: readonly number[]): Progress[] => values.map((value, step) => ({ step, value }));

function ended(number: number, own: readonly Progress[], reason: Reason | null = "pruner"): FinishedTrial {
  const base = { number, row, constraints: [], overrun: 0, steps: own };
  return reason === null
    ? { ...base, reason, state: "complete", values: [0] }
    : { ...base, reason, state: "pruned", values: [] };
}

function judge(
  pruner: Pruner,
  past: readonly FinishedTrial[],
  own: readonly Progress[],
  totalSteps: number | null = 9,
) {
  const history = new TrialHistory(compileSpace({}), 1);
  for (const trial of past) history.append(trial);
  const trial = { number: past.length, row, steps: [...own] };
  return pruner.judge({ history, directions: ["minimize"], trial, totalSteps });
}

/** Eight trials that ended after their first split, with the values 1 to 8. */
const eight = Array.from({ length: 8 }, (_, i) => ended(i, steps([i + 1])));

describe("halving", () => {
  it("lets one in eta trials pass a rung, the judged one included, with the counts in the detail", () => {
    expect([1, 2, 3, 3.5].map((own) => judge(halving(), eight, steps([own])).prune)).toEqual([
      ...[false, false, false, true],
    ]);
    expect(judge(halving(), eight, steps([3.5]))).toEqual({
      prune: true,
      detail: { step: 0, value: 3.5, rung: 1, better: 3, passing: 3, trials: 9 },
    });
  });

  it("judges at rungs only", () => {
    const past = eight.map(({ number }) => ended(number, steps(Array(9).fill(number)), null));
    const judged = Array.from(
      { length: 8 },
      (_, k) => judge(halving(), past, steps(Array(k + 1).fill(99))).prune,
    );
    expect(judged).toEqual([true, false, true, false, false, false, false, false]);
  });

  it("stops nothing before startupTrials trials have reached the rung", () => {
    expect(judge(halving(), eight.slice(0, 2), steps([99])).prune).toBe(false);
    expect(judge(halving(), eight.slice(0, 3), steps([99])).prune).toBe(true);
    expect(judge(halving({ startupTrials: 5 }), eight.slice(0, 4), steps([99])).prune).toBe(false);
  });

  it("counts all trials that reached a rung: complete, pruned, or ended by a limit", () => {
    const reasons: (Reason | null)[] = [null, "pruner", "memory-limit", "split-timeout"];
    const past = reasons.map((reason, i) => ended(i, steps([i, i, i]), reason));
    expect(judge(halving(), past, steps([3, 3, 3]))).toMatchObject({
      detail: { rung: 3, trials: 5, better: 3 },
    });
    expect(judge(halving(), past, steps([0, 0, 0])).prune).toBe(false);
  });

  it("ranks a trial with only NaN last", () => {
    expect(judge(halving(), eight, steps([Number.NaN]))).toMatchObject({
      detail: { value: null, better: 8 },
    });
    const nan = eight.map(({ number }) => ended(number, steps([Number.NaN])));
    expect(judge(halving(), nan, steps([5])).prune).toBe(false);
  });

  it("compares splits by their numbers, in whatever order they ran", () => {
    const order = (values: readonly number[]) => [2, 0, 1].map((step) => ({ step, value: values[step]! }));
    const past = eight.map(({ number }) => ended(number, order([number, 99, number])));
    const own = [{ step: 2, value: 5 }];
    expect(judge(halving(), past, own)).toMatchObject({
      detail: { step: 2, value: 5, better: 5, trials: 9 },
    });
  });

  it("judges reports by their step numbers: that of each trial is its first one at or beyond the rung", () => {
    const past = eight.map(({ number }) =>
      ended(number, [
        { step: 10, value: 9 },
        { step: 27, value: number },
      ]),
    );
    const report = (...at: number[]) => at.map((step) => ({ step, value: 5 }));
    const pruner = halving({ minSteps: 27 });
    expect(judge(pruner, past, report(20), null).prune).toBe(false);
    expect(judge(pruner, past, report(20, 30), null)).toMatchObject({
      detail: { step: 30, value: 5, rung: 27, better: 5, trials: 9 },
    });
    expect(judge(pruner, past, report(20, 30, 40), null).prune).toBe(false); // The trial reaches no new rung.
  });

  it.each<[spec: string, message: string]>([
    ["halving(eta=1)", "halving: eta: expected a whole number from 2 up, got 1"],
    ["halving(minSteps=0)", "halving: minSteps: expected a number above 0, got 0"],
    [
      "halving(minStep=1)",
      'halving: expected the options eta, minSteps, startupTrials, got "minStep"; did you mean',
    ],
    ["hyperband(maxSteps=-1)", "hyperband: maxSteps: expected a number above 0, got -1"],
    ["hyperband(maxStep=9)", 'did you mean "maxSteps"?'],
    ["havling", "did you mean halving?"],
  ])("refuses %s", (spec, message) => {
    expect(() => pruners.make("pruner", spec)).toThrow(message);
  });
});

describe("hyperband", () => {
  const rungs = { eta: 3, minSteps: 1, startupTrials: 3 };

  it("has a bracket for each first rung, and Hyperband's share of trials in each", () => {
    const brackets = bracketsOf(rungs, 81);
    expect(brackets).toHaveLength(5);
    const counts = brackets.map(() => 0);
    for (let number = 0; number < 1000; number++) counts[bracketOf(number, brackets)]!++;
    const weights = [81, 135 / 4, 15, 15 / 2, 5];
    const total = weights.reduce((a, b) => a + b);
    counts.forEach((count, i) => {
      expect(Math.abs(count - (1000 * weights[i]!) / total)).toBeLessThan(6);
    });
    expect(bracketsOf(rungs, 80)).toHaveLength(4);
  });

  it("compares a trial only with those of its bracket, whose rungs may begin later", () => {
    const brackets = bracketsOf(rungs, 9);
    const past = Array.from({ length: 60 }, (_, i) => ended(i, steps(Array(9).fill(i / 60)), null));
    const rungOf = (number: number): number | null => {
      const history = new TrialHistory(compileSpace({}), 1);
      for (const trial of past) history.append(trial);
      for (let k = 1; k < 9; k++) {
        const trial = { number, row, steps: steps(Array(k).fill(99)) };
        const verdict = hyperband().judge({ history, directions: ["minimize"], trial, totalSteps: 9 });
        if (!verdict.prune) continue;
        const mates = past.filter(
          (other) => bracketOf(other.number, brackets) === bracketOf(number, brackets),
        );
        expect(verdict.detail).toMatchObject({
          bracket: bracketOf(number, brackets),
          trials: mates.length + 1,
        });
        return k;
      }
      return null;
    };
    for (let number = 60; number < 80; number++)
      expect(rungOf(number)).toBe([1, 3, null][bracketOf(number, brackets)]);
  });

  test("with reports, starts once a complete trial shows how many steps there are", () => {
    const many = Array.from({ length: 12 }, (_, i) => ended(i, steps([1, 1])));
    expect(judge(hyperband({ startupTrials: 1 }), many, steps([9, 9]), null).prune).toBe(false);
    const first = bracketOf(13, bracketsOf(rungs, 2)) === 0;
    expect(first).toBe(true);
    const all = [...many, ended(12, steps([1, 1, 1]), null)];
    expect(judge(hyperband({ startupTrials: 1 }), all, steps([9, 9]), null).prune).toBe(true);
  });
});
