import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { laggedHistory } from "../../src/coordinator/history-view.ts";
import { meanMinusStd, median, worst } from "../../src/core/aggregate.ts";
import { rng } from "../../src/core/rng.ts";
import { type FinishedTrial, type History, TrialHistory } from "../../src/core/search/history.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { race } from "../../src/pruner/race.ts";
import { raceState } from "../../src/pruner/race-state.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { conforms } from "../conformance/pruner.ts";

conforms(() => race());
conforms(() => race({ alpha: 0.3 }));

const SPACE = compileSpace({});
const ROW = new Float64Array();
const SPLITS = 5;
/** The hardness of each split, the same for all trials. Splits differ far more than trials do. */
const HARDNESS = [3, -2, 5, -4, -2];

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const steps = (values: readonly number[]) => values.map((value, step) => ({ step, value }));
const complete = (number: number, values: readonly number[], value = mean(values)): FinishedTrial => ({
  ...{ number, row: ROW, constraints: [], overrun: 0, steps: steps(values) },
  ...{ state: "complete", reason: null, values: [value] },
});

/** The splits of a trial with the true value `value`, and noise of 0.1 that depends on its number. */
const splitsOf = (number: number, value: number): number[] =>
  HARDNESS.map((hard, split) => value + hard + 0.1 * Math.sin(number * 7 + split * 3));

/** A history whose best trial, with the value 1, is the last. */
function past(trials = 8, flip = 1): TrialHistory {
  const history = new TrialHistory(SPACE, 1);
  for (let number = 0; number < trials; number++) {
    const values = splitsOf(number, trials - number);
    history.append(
      complete(
        number,
        values.map((value) => value * flip),
      ),
    );
  }
  return history;
}

const judge = (history: History, own: readonly number[], direction: "minimize" | "maximize" = "minimize") =>
  race().judge({
    ...{ history, directions: [direction], totalSteps: SPLITS },
    trial: { number: 99, row: ROW, steps: steps(own) },
  });

describe("a race", () => {
  it("stops a trial after its first split if its value is bad for that split, with an estimate of its final value", () => {
    const verdict = judge(past(), [2 + HARDNESS[0]!]);
    expect(verdict).toMatchObject({ prune: true, detail: { splits: 1, incumbent: 7 } });
    const { estimate } = verdict as Extract<typeof verdict, { prune: true }>;
    expect(estimate!.value).toBeCloseTo(2, 0);
    expect(Math.abs(estimate!.value - 2)).toBeLessThan(3 * estimate!.sd);
    expect(estimate!.sd).toBeLessThan(0.15);
  });

  it("judges a value relative to its split, not by its size", () => {
    expect(judge(past(), [1 + HARDNESS[0]!]).prune).toBe(false); // The value is 4, as good as the best.
    expect(judge(past(), [2 + HARDNESS[0]!, 2 + HARDNESS[1]!]).prune).toBe(true); // The values are 5 and 0.
  });

  it("maximizes too: a mirrored study stops the same trials", () => {
    expect(judge(past(8, -1), [-(2 + HARDNESS[0]!)], "maximize").prune).toBe(true);
    expect(judge(past(8, -1), [-(1 + HARDNESS[0]!)], "maximize").prune).toBe(false);
  });

  it("pairs splits by their index, in whatever order they ran", () => {
    const trial = { number: 99, row: ROW, steps: [{ step: 2, value: 2 + HARDNESS[2]! }] };
    const verdict = race().judge({ history: past(), directions: ["minimize"], trial, totalSteps: SPLITS });
    expect(verdict).toMatchObject({ prune: true });
  });

  it("stops nothing until the noise is estimated with eight degrees of freedom", () => {
    expect(judge(past(2), [99]).prune).toBe(false);
    expect(judge(past(3), [99]).prune).toBe(true);
  });

  it("stops nothing after a split that is not finite, after the last split, nor by reports", () => {
    expect(judge(past(), [Number.NaN, 99]).prune).toBe(false);
    expect(judge(past(), [99, 99, 99, 99, 99]).prune).toBe(false);
    const trial = { number: 99, row: ROW, steps: steps([99]) };
    const byReports = { history: past(), directions: ["minimize"], trial, totalSteps: null } as const;
    expect(race().judge(byReports).prune).toBe(false);
  });

  it("stops nothing if a trial's value is not the mean of its splits", () => {
    const history = past();
    history.append(complete(8, splitsOf(8, 1), 17));
    expect(judge(history, [99]).prune).toBe(false);
  });

  it("races against feasible trials only", () => {
    const history = past();
    history.append({ ...complete(8, splitsOf(8, -5)), constraints: [1] });
    expect(judge(history, [1 + HARDNESS[0]!]).prune).toBe(false);
    history.append(complete(9, splitsOf(9, -5)));
    expect(judge(history, [1 + HARDNESS[0]!]).prune).toBe(true);
  });

  it("stops more with a larger alpha", () => {
    const own = [1.25 + HARDNESS[0]!];
    const trial = { number: 99, row: ROW, steps: steps(own) };
    const context = { history: past(), directions: ["minimize"], trial, totalSteps: SPLITS } as const;
    expect([0.0001, 0.5].map((alpha) => race({ alpha }).judge(context).prune)).toEqual([false, true]);
  });
});

describe("a race with another aggregate", () => {
  const context = { direction: "minimize", objective: 0 } as const;
  /** Aggregates: the value at a position of the sorted splits, or the mean minus a part of the spread. */
  const AGGREGATES: Record<string, (values: readonly number[]) => number> = {
    median: (values) => median(values),
    worst: (values) => worst(values, context),
    "the second worst": (values) => values.toSorted((a, b) => b - a)[1]!,
    "mean and spread": (values) => meanMinusStd(0.5)(values, context),
  };

  /** A study of 5 splits with noise, folds of different hardness, and trials that improve. */
  function simulate(aggregate: (values: readonly number[]) => number, studies: number) {
    let [chances, lost, splits, pruned, within] = [0, 0, 0, 0, 0];
    for (let seed = 0; seed < studies; seed++) {
      const history = new TrialHistory(SPACE, 1);
      const hardness = HARDNESS.map((_, split) => 0.3 * rng(seed, split, "hardness").normal());
      let best = Number.POSITIVE_INFINITY;
      for (let number = 0; number < 80; number++) {
        const stream = rng(seed, number, "trial");
        const level = stream.next() * Math.max(0.15, 1 - number / 80);
        const all = hardness.map((hard) => level + hard + 0.1 * stream.normal());
        const value = aggregate(all);
        const isBetter = value < best;
        if (isBetter && number >= 10) chances++;
        for (let count = 1; count <= SPLITS; count++) {
          splits++;
          const verdict = judge(history, all.slice(0, count));
          if (verdict.prune) {
            if (isBetter) lost++;
            pruned++;
            const { estimate } = verdict;
            if (Math.abs(value - estimate!.value) < 1.96 * estimate!.sd) within++;
            const raced = complete(number, all.slice(0, count));
            history.append({ ...raced, state: "pruned", reason: "pruner", values: [], estimate: estimate! });
            break;
          }
          if (count < SPLITS) continue;
          if (isBetter) best = value;
          history.append(complete(number, all, value));
        }
      }
    }
    return { lost: lost / chances, spent: splits / (studies * 80 * SPLITS), within: within / pruned };
  }

  it.each(Object.entries(AGGREGATES))("seldom stops a trial that would be the best by %s", (_, aggregate) => {
    const { lost, spent, within } = simulate(aggregate, 15);
    expect(lost).toBeLessThanOrEqual(0.05);
    expect(spent).toBeLessThan(0.75);
    expect(within).toBeGreaterThan(0.9);
  });

  it.each<[string, (values: readonly number[]) => number]>([
    ["the best split, which one outlier decides", (values) => Math.min(...values)],
    ["a mean without the extremes, whose splits nobody knows beforehand", trimmed],
  ])("stops nothing where the value is %s", (_, aggregate) => {
    expect(simulate(aggregate, 2)).toMatchObject({ lost: 0, spent: 1 });
  });

  it("seldom stops the best trial if its value is that of one split, which may be the worst for long", () => {
    expect(simulate((values) => values[3]!, 15).lost).toBeLessThanOrEqual(0.05);
  });

  it("always stops a trial if so many of its splits are worse that its value must be worse", () => {
    const history = new TrialHistory(SPACE, 1);
    for (let number = 0; number < 8; number++) {
      const values = splitsOf(number, 8 - number);
      history.append(complete(number, values, Math.max(...values)));
    }
    const worstOfBest = Math.max(...splitsOf(7, 1));
    const verdict = judge(history, [
      worstOfBest + 0.001 - HARDNESS[2]! + HARDNESS[0]!,
      -50,
      worstOfBest + 0.001,
    ]);
    expect(verdict).toMatchObject({ prune: true, detail: { splits: 3, p: 0 } });
    const { estimate } = verdict as Extract<typeof verdict, { prune: true }>;
    expect(estimate!.value).toBeGreaterThanOrEqual(worstOfBest);
  });

  it("maximizes too: a mirrored study of medians stops the same trials", () => {
    for (const [direction, flip] of [
      ["minimize", 1],
      ["maximize", -1],
    ] as const) {
      const history = new TrialHistory(SPACE, 1);
      for (let number = 0; number < 8; number++) {
        const values = splitsOf(number, 8 - number).map((value) => value * flip);
        history.append(complete(number, values, median(values)));
      }
      const stopsAt = (value: number) => judge(history, [(value + HARDNESS[0]!) * flip], direction).prune;
      expect([1, 1.2, 3].map(stopsAt), direction).toEqual([false, false, true]);
    }
  });
});

function trimmed(values: readonly number[]): number {
  return mean(values.toSorted((a, b) => a - b).slice(1, -1));
}

test("the state kept for a growing history equals one computed from scratch, at every length and through every view", () => {
  const trial = fc.record({
    state: fc.constantFrom("complete" as const, "pruned" as const, "fail" as const),
    values: fc.array(fc.oneof(fc.double({ min: -9, max: 9, noNaN: true }), fc.constant(Number.NaN)), {
      maxLength: 3,
    }),
    violation: fc.constantFrom(-1, 1),
  });
  fc.assert(
    fc.property(
      fc.array(trial, { maxLength: 30 }),
      fc.constantFrom(1 as const, -1 as const),
      (trials, flip) => {
        const view = laggedHistory(SPACE, 1, 1);
        const live = new TrialHistory(SPACE, 1);
        trials.forEach(({ state, values, violation }, number) => {
          const whole = { ...complete(number, values), constraints: [violation] };
          const reason = state === "fail" ? "error" : "pruner";
          const finished = state === "complete" ? whole : { ...whole, state, reason, values: [] };
          view.append(finished as FinishedTrial);
          live.append(finished as FinishedTrial);
          const anew = new TrialHistory(SPACE, 1);
          for (const each of trials.slice(0, number + 1).keys()) copy(live, each, anew);
          const expected = raceState(anew, flip, 3);
          expect(raceState(live, flip, 3)).toEqual(expected);
          expect(raceState(view.for(number + 1), flip, 3)).toEqual(expected);
          const earlier = Math.floor(number / 2);
          raceState(view.for(earlier), flip, 3); // Judging an earlier trial later must change nothing.
          expect(raceState(view.for(number + 1), flip, 3)).toEqual(expected);
        });
      },
    ),
    { numRuns: 50 },
  );
});

/** Appends the i-th trial of a history to another history. */
function copy(from: TrialHistory, i: number, to: TrialHistory): void {
  const values = [...from.stepValue.slice(from.stepStart[i]!, from.stepStart[i + 1]!)];
  const state = (["complete", "pruned", "fail"] as const)[from.state[i]!]!;
  to.append({
    ...{ number: i, state, reason: null, row: ROW, overrun: 0, steps: steps(values) },
    ...{ values: [from.values[0]![i]!], constraints: [from.violation[i]!] },
  });
}

test("race, race(0.1) and race(alpha=0.1) are specs of it, and a wrong alpha is refused with one line", () => {
  const specs = ["race", "race(0.1)", "race(alpha=0.1)"].map(
    (text) => pruners.make("--pruner", text).options,
  );
  expect(specs).toEqual([{}, { alpha: 0.1 }, { alpha: 0.1 }]);
  expect(() => pruners.make("--pruner", "race(alpha=2)")).toThrow(
    "--pruner: race: alpha: expected a number above 0, at most 0.5, got 2",
  );
  expect(() => pruners.make("--pruner", "race(alfa=0.1)")).toThrow('did you mean "alpha"?');
});
