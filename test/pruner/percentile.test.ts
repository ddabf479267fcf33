import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Direction } from "../../src/core/search/direction.ts";
import {
  type FinishedTrial,
  type Progress,
  STATE_CODE,
  TrialHistory,
} from "../../src/core/search/history.ts";
import type { JudgeContext, Pruner } from "../../src/core/search/pruner.ts";
import { formatSpec, type Spec } from "../../src/core/search/spec.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Reason } from "../../src/core/trial.ts";
import { none } from "../../src/pruner/none.ts";
import { medianPruner, percentile } from "../../src/pruner/percentile.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { conforms } from "../conformance/pruner.ts";
import { PRUNERS } from "../support/pruners.ts";

conforms(() => none());
conforms(() => medianPruner());
conforms(() => percentile({ q: 25, startupTrials: 2, warmupSteps: 0 }));

const space = compileSpace({});

function steps(values: readonly number[]): Progress[] {
  return values.map((value, step) => ({ step, value }));
}

/** Judges a trial with the values `own`, after complete trials with the values `past`. */
function judge(
  past: number[][],
  own: number[],
  direction: Direction = "minimize",
  totalSteps: number | null = 4,
  pruner: Pruner = medianPruner(),
) {
  const history = new TrialHistory(space, 1);
  past.forEach((values, number) => {
    const base = { number, reason: null, row: new Float64Array(), constraints: [], overrun: 0 };
    history.append({ ...base, state: "complete", values: [0], steps: steps(values) });
  });
  const trial = { number: past.length, row: new Float64Array(), steps: steps(own) };
  return pruner.judge({ history, directions: [direction], trial, totalSteps });
}

const five = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 5],
];

describe("median", () => {
  it("prunes a trial worse than the median at the same step, with the values in the detail", () => {
    expect(judge(five, [3.1, 3.1])).toEqual({
      prune: true,
      detail: { step: 1, value: 3.1, median: 3, trials: 5 },
    });
    expect(judge(five, [3, 3]).prune).toBe(false);
    expect(judge(five, [3.1, 3.1], "maximize").prune).toBe(false);
    expect(judge(five, [2.9, 2.9], "maximize").prune).toBe(true);
  });

  it("prunes nothing at the first step, nor while there are few trials", () => {
    expect(judge(five, [99]).prune).toBe(false);
    expect(judge(five.slice(1), [99, 99]).prune).toBe(false);
  });

  it("compares means of splits, and best reports within one split", () => {
    expect(judge(five, [0, 7]).prune).toBe(true);
    expect(judge(five, [0, 7], "minimize", null).prune).toBe(false);
  });

  it("leaves NaN steps out, and counts a trial with only NaN as the worst", () => {
    const nan = Number.NaN;
    expect(judge(five, [nan, 2]).prune).toBe(false);
    expect(judge(five, [nan, nan])).toMatchObject({ prune: true, detail: { value: null } });
    expect(judge([...five.slice(1), [nan, nan]], [99, 99]).prune).toBe(false);
  });

  it("does not compare with trials that ended before the step", () => {
    expect(judge([...five.slice(1), [9]], [99, 99]).prune).toBe(false);
  });

  it("refuses wrong options", () => {
    expect(() => medianPruner({ startupTrials: -1 })).toThrow(
      "median: startupTrials: expected a whole number from 0 up, got -1",
    );
  });
});

describe("percentile", () => {
  const past = Array.from({ length: 9 }, (_, i) => [i + 1, i + 1]);
  const goesOn = (q: number, own: number, direction: Direction = "minimize"): boolean =>
    !judge(past, [own, own], direction, 4, percentile({ q })).prune;

  it("does not prune trials as good as the best q percent", () => {
    expect([3, 3.01].map((own) => goesOn(25, own))).toEqual([true, false]);
    expect([7, 7.01].map((own) => goesOn(75, own))).toEqual([true, false]);
    expect([7, 6.99].map((own) => goesOn(25, own, "maximize"))).toEqual([true, false]);
    expect([1, 1.01].map((own) => goesOn(0, own))).toEqual([true, false]);
    expect([9, 9.01].map((own) => goesOn(100, own))).toEqual([true, false]);
  });

  it("interpolates between two values, as in the usual definition", () => {
    expect(judge(past, [99, 99], "minimize", 4, percentile({ q: 30 }))).toEqual({
      prune: true,
      detail: { step: 1, value: 99, q: 30, percentile: expect.closeTo(3.4, 12), trials: 9 },
    });
  });

  it("is the median with q = 50, which is the default", () => {
    for (const own of [
      [3, 3],
      [3.1, 3.1],
      [2.9, 4],
    ])
      for (const other of [percentile({ q: 50 }), percentile()])
        expect(judge(five, own, "minimize", 4, other).prune).toBe(judge(five, own).prune);
  });

  it("refuses wrong options", () => {
    expect(() => percentile({ q: 101 })).toThrow("percentile: q: expected a number from 0 to 100, got 101");
    expect(() => percentile({ q: "25" as never })).toThrow(
      'percentile: q: expected a number from 0 to 100, got "25"',
    );
    expect(() => percentile({ warmupSteps: 0.5 })).toThrow(
      "percentile: warmupSteps: expected a whole number",
    );
    expect(() => percentile({ p: 25 } as never)).toThrow(
      "percentile: expected the options q, startupTrials, warmupSteps",
    );
  });
});

describe("the trials and steps that count", () => {
  const trialOf = (number: number, reason: Reason | null, values: readonly number[]): FinishedTrial => ({
    ...{ number, reason, row: new Float64Array(), constraints: [], overrun: 0, steps: steps(values) },
    ...(reason === null ? { state: "complete", values: [0] } : { state: "pruned", values: [] }),
  });
  const judgeAfter = (reasons: readonly (Reason | null)[], own: readonly number[]) => {
    const history = new TrialHistory(space, 1);
    reasons.forEach((reason, i) => {
      history.append(trialOf(i, reason, five[i]!));
    });
    const trial = { number: 9, row: new Float64Array(), steps: steps(own) };
    return medianPruner().judge({ history, directions: ["minimize"], trial, totalSteps: 4 });
  };

  it("include trials that a limit ended, up to their last step, but not those that a pruner ended", () => {
    const prune = { prune: true, detail: { median: 3, trials: 5 } };
    expect(
      judgeAfter([null, "memory-limit", "split-timeout", "trial-timeout", "memory-reserve"], [4, 4]),
    ).toMatchObject(prune);
    expect(judgeAfter([null, null, null, null, "memory-limit"], [4, 4, 4]).prune).toBe(false);
    expect(judgeAfter([null, null, null, null, "pruner"], [9, 9]).prune).toBe(false);
    expect(judgeAfter([null, null, null, null, "not-finite"], [9, 9]).prune).toBe(false);
  });

  it("are compared by the numbers of splits, in whatever order the splits ran", () => {
    const history = new TrialHistory(space, 1);
    five.forEach(([first, second], i) => {
      history.append({
        ...trialOf(i, null, []),
        steps: [2, 0, 1].map((step) => ({ step, value: [first!, 9, second!][step]! })),
      });
    });
    const own = [2, 0].map((step) => ({ step, value: 3.5 }));
    const trial = { number: 9, row: new Float64Array(), steps: own };
    expect(medianPruner().judge({ history, directions: ["minimize"], trial, totalSteps: 4 })).toMatchObject({
      detail: { value: 3.5, median: 3 },
    });
  });

  it("are compared by the same splits, also after another trial was judged by as many splits as the number of this one", () => {
    const history = new TrialHistory(space, 1);
    five.forEach(([first, second], i) => {
      history.append({ ...trialOf(i, null, []), steps: steps([first!, second!, -second!]) });
    });
    const pruner = percentile({ startupTrials: 1, warmupSteps: 0 });
    const judged = (own: readonly Progress[]) => {
      const trial = { number: 9, row: new Float64Array(), steps: [...own] };
      return pruner.judge({ history, directions: ["minimize"], trial, totalSteps: 4 });
    };
    expect(judged(steps([4, 4])).prune).toBe(true);
    // Split 2 alone has scores from -5 to -1; the first two splits have scores from 1 to 5.
    expect(judged([{ step: 2, value: 0 }])).toMatchObject({ prune: true, detail: { percentile: -3 } });
  });
});

/** The rule by its definition: all trials are read for each verdict. */
function isPrunedByDefinition(context: JudgeContext, q: number, startupTrials: number): boolean {
  const { history, trial, totalSteps } = context;
  const last = trial.steps.at(-1)!.step;
  const shown = (of: readonly Progress[]): number => {
    const numbers = of.map(({ value }) => value).filter((value) => !Number.isNaN(value));
    if (numbers.length === 0) return Number.NaN;
    return totalSteps === null ? Math.min(...numbers) : numbers.reduce((a, b) => a + b, 0) / numbers.length;
  };
  const others: number[] = [];
  for (let i = 0; i < history.size; i++) {
    if (history.state[i] !== STATE_CODE.complete && history.guarded[i] === 0) continue;
    const all: Progress[] = [];
    for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++)
      all.push({ step: history.step[k]!, value: history.stepValue[k]! });
    const value = shown(all.filter(({ step }) => step <= last));
    if (all.some(({ step }) => step >= last) && !Number.isNaN(value)) others.push(value);
  }
  if (others.length < startupTrials) return false;
  others.sort((a, b) => a - b);
  const place = (q / 100) * (others.length - 1);
  const share = place % 1;
  const [below, above] = [others[Math.floor(place)]!, others[Math.ceil(place)]!];
  return !(shown(trial.steps) <= (share === 0 ? below : below * (1 - share) + above * share));
}

test("the incremental verdicts equal those of the rule by its definition", () => {
  const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double(), fc.constant(Number.NaN));
  const curve = fc.array(value, { minLength: 1, maxLength: 6 });
  const past = fc.record({
    curve,
    reason: fc.constantFrom(null, "memory-limit" as const, "pruner" as const),
  });
  const q = fc.constantFrom(0, 25, 50, 90, 100);
  fc.assert(
    fc.property(
      fc.array(past, { maxLength: 120 }),
      curve,
      q,
      fc.boolean(),
      (trials, own, percent, isSplit) => {
        const pruner = percentile({ q: percent, startupTrials: 1, warmupSteps: 0 });
        const history = new TrialHistory(space, 1);
        trials.forEach(({ curve: values, reason }, number) => {
          const base = { number, row: new Float64Array(), constraints: [], overrun: 0, steps: steps(values) };
          history.append(
            reason === null
              ? { ...base, reason, state: "complete", values: [0] }
              : { ...base, reason, state: "pruned", values: [] },
          );
          if (number % 50 === 49 && number < 100) return; // Now and then many trials come at once.
          for (let k = 1; k <= own.length; k++) {
            const trial = { number: 999, row: new Float64Array(), steps: steps(own.slice(0, k)) };
            const context: JudgeContext = {
              ...{ history, directions: ["minimize"], trial, totalSteps: isSplit ? 9 : null },
            };
            expect(pruner.judge(context).prune).toBe(isPrunedByDefinition(context, percent, 1));
          }
        });
      },
    ),
    { numRuns: 30 },
  );
});

describe("registry", () => {
  it("knows its pruners and offers the nearest name", () => {
    for (const spec of PRUNERS) expect(formatSpec(pruners.make("pruner", spec) as Spec)).toBe(spec);
    expect(new Set(PRUNERS.map((spec) => /^\w+/.exec(spec)![0]))).toEqual(new Set(pruners.names));
    expect(() => pruners.make("pruner", "medain")).toThrow(/got "medain"; did you mean median\?/);
    expect(() => pruners.make("pruner", "percentile(p=25)")).toThrow(
      'pruner: percentile: expected the options q, startupTrials, warmupSteps, got "p"; did you mean "q"?',
    );
  });

  it("none prunes nothing", () => {
    const trial = { number: 0, row: new Float64Array(), steps: steps([Number.NaN]) };
    const history = new TrialHistory(space, 1);
    expect(none().judge({ history, directions: ["minimize"], trial, totalSteps: 1 }).prune).toBe(false);
  });
});
