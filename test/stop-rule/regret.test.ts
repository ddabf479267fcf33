import { expect, test } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { type FinishedTrial, TrialHistory } from "../../src/core/search/history.ts";
import type { ParamDeclaration } from "../../src/core/space/space.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { regret } from "../../src/stop-rule/regret.ts";
import { conforms } from "../conformance/stop-rule.ts";

conforms(() => regret({ below: 0.5 }));
conforms(() => regret({ below: 2, startupTrials: 4 }));

const axis: ParamDeclaration = {
  distribution: { kind: "float", low: 0, high: 1, log: false, step: null },
  conditions: [],
};
const SQUARE = compileSpace({ x: axis, y: axis });

/** A function on the unit square, and its minimum. */
interface Known {
  readonly f: (x: number, y: number) => number;
  readonly minimum: number;
}

const BOWL: Known = { f: (x, y) => (x - 0.37) ** 2 + (y - 0.62) ** 2, minimum: 0 };
/** Branin's function, which has three minima between hills. */
const BRANIN: Known = {
  f(u, v) {
    const [x, y] = [15 * u - 5, 15 * v];
    const valley = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
    return valley ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
  minimum: 0.397887,
};

function complete(number: number, row: Float64Array, splits: readonly number[]): FinishedTrial {
  const value = splits.reduce((sum, split) => sum + split, 0) / splits.length;
  const steps = splits.map((split, step) => ({ step, value: split }));
  const base = { number, row, steps, constraints: [], overrun: 0 };
  return { ...base, state: "complete", reason: null, values: [value] };
}

const asked = (history: TrialHistory, splitCount = 1) => ({
  history,
  directions: ["minimize" as const],
  splitCount,
  activeMs: 0,
});

/**
 * A study of a known function in which a share of the trials is drawn near the best one.
 *
 * @returns the true regret and the number of trials when the rule held; null if it never did.
 */
function watch({ f, minimum }: Known, seed: number, near: number, below: number, trials = 80) {
  const history = new TrialHistory(SQUARE, 1);
  const rule = regret({ below });
  const chance = rng(seed, 0, "watch");
  let best = { value: Number.POSITIVE_INFINITY, row: Float64Array.of(0.5, 0.5) };
  for (let number = 0; number < trials; number++) {
    const isNear = number > 10 && chance.next() < near;
    const row = best.row.map((place) =>
      isNear ? Math.min(1, Math.max(0, place + 0.1 * (chance.next() - 0.5))) : chance.next(),
    );
    const value = f(row[0]!, row[1]!);
    if (value < best.value) best = { value, row };
    history.append(complete(number, row, [value]));
    if (rule.look(asked(history)).holds) return { regret: best.value - minimum, trials: number + 1 };
  }
  return null;
}

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

test("it ends a search that has reached the minimum of a bowl, and hardly ever one that can still improve", () => {
  const ends = SEEDS.map((seed) => watch(BOWL, seed, 0.5, 0.01)).filter((end) => end !== null);
  expect(ends.length).toBe(SEEDS.length);
  expect(ends.filter((end) => end.regret >= 0.01).length).toBeLessThanOrEqual(1);
}, 120_000);

test("it hardly ever ends a search of a function with several minima that can still improve by more than the limit", () => {
  for (const near of [0, 0.5]) {
    const ends = SEEDS.slice(0, 10).map((seed) => watch(BRANIN, seed, near, 1, 60));
    expect(ends.filter((end) => end !== null && end.regret >= 1)).toEqual([]);
  }
}, 120_000);

/** Trials on a grid; the splits of each differ from its value by the given amounts. */
function folded(count: number, splits: readonly number[], firstIsBest = false): TrialHistory {
  const history = new TrialHistory(SQUARE, 1);
  for (let number = 0; number < count; number++) {
    const row = Float64Array.of((number * 0.618) % 1, (number * 0.755) % 1);
    const value = BOWL.f(row[0]!, row[1]!) - (firstIsBest && number === 0 ? 1 : 0);
    history.append(
      complete(
        number,
        row,
        splits.map((each) => value + each),
      ),
    );
  }
  return history;
}

test("without an explicit limit it uses the noise of the splits, corrected for shared training rows", () => {
  const history = folded(25, [-0.1, 0, 0.1]);
  const { detail } = regret().look(asked(history, 3));
  expect(detail.below).toBeCloseTo(Math.sqrt((1 / 3 + 1 / 2) * 0.01), 10);
  const wide = regret().look(asked(folded(60, [-5, 0, 5]), 3));
  expect(wide).toMatchObject({
    holds: true,
    text: /^at most .* to gain, ends when that is twice below .* of noise$/,
  });
  const narrow = regret().look(asked(folded(25, [-1e-6, 0, 1e-6]), 3));
  expect(narrow.holds).toBe(false);
});

test("a bound is computed every five trials; before the first one the rule shows how many trials it needs", () => {
  const rule = regret({ below: 0.01 });
  expect(rule.look(asked(folded(19, [0])))).toMatchObject({ holds: false, detail: { trials: 15 } });
  const bounds = [20, 21, 24, 25].map((count) => regret({ below: 0.01 }).look(asked(folded(count, [0]))));
  expect(bounds[1]).toEqual(bounds[0]);
  expect(bounds[2]).toEqual(bounds[0]);
  expect(bounds[3]!.detail.trials).toBe(25);
});

test("one low bound is not enough: the one before it must be low too", () => {
  // The first bound is computed after 20 trials.
  const rule = () => regret({ below: 100 });
  expect(rule().look(asked(folded(20, [0])))).toMatchObject({ holds: false, detail: { trials: 20 } });
  expect(rule().look(asked(folded(24, [0]))).holds).toBe(false);
  expect(rule().look(asked(folded(25, [0]))).holds).toBe(true);
});

test("with many params it waits for five trials per param", () => {
  const space = compileSpace(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}`, axis])));
  const history = new TrialHistory(space, 1);
  for (let number = 0; number < 39; number++) {
    const row = Float64Array.from({ length: 8 }, (_, i) => (number * (0.2 + 0.07 * i)) % 1);
    history.append(complete(number, row, [row[0]!]));
  }
  expect(regret({ below: 100 }).look(asked(history)).detail).toEqual({ trials: 35, startupTrials: 40 });
});

test("estimates of pruned trials count, infeasible and diverged trials do not", () => {
  const history = folded(20, [0]);
  const row = Float64Array.of(0.1, 0.9);
  const base = { row, values: [], constraints: [], overrun: 0, steps: [] };
  const pruned = { ...base, state: "pruned" as const, reason: "pruner" as const };
  for (const number of [20, 21]) history.append({ ...pruned, number, estimate: { value: 0.5, sd: 0.1 } });
  history.append({ ...pruned, number: 22 });
  history.append({ ...complete(23, row, [-100]), constraints: [1] });
  history.append(complete(24, row, [Number.POSITIVE_INFINITY]));
  expect(regret({ below: 0.01 }).look(asked(history)).detail.trials).toBe(22);
});

test("choices, whole numbers and params that are not always active are part of the space", () => {
  const space = compileSpace({
    kind: { distribution: { kind: "categorical", choices: ["a", "b"] }, conditions: [] },
    size: { distribution: { kind: "int", low: 1, high: 8, log: true, step: 1 }, conditions: [] },
    rate: { ...axis, conditions: [{ parent: "kind", values: ["b"] }] },
  });
  const history = new TrialHistory(space, 1);
  for (let number = 0; number < 40; number++) {
    const kind = number % 2;
    const size = 1 + ((number * 3) % 8);
    const rate = kind === 1 ? (number * 0.618) % 1 : Number.NaN;
    const value = (kind === 1 ? (rate - 0.4) ** 2 : 1) + 0.1 * Math.log(size);
    history.append(complete(number, Float64Array.of(kind, size, rate), [value]));
  }
  const { detail } = regret({ below: 0.01 }).look(asked(history));
  expect(detail.bound).toBeGreaterThanOrEqual(0);
  expect(detail.bound).toBeLessThan(0.5);
});

test("the bound uses a limited number of trials, the best ones among them, so that its cost does not grow", () => {
  const history = folded(500, [0], true);
  const { detail } = regret({ below: 0.01 }).look(asked(history));
  expect(detail.trials).toBe(500);
  expect(detail.bound).toBeGreaterThan(0);
});

test("it does not hold if all values are equal", () => {
  const history = new TrialHistory(SQUARE, 1);
  for (let number = 0; number < 30; number++)
    history.append(complete(number, Float64Array.of((number * 0.618) % 1, 0.5), [1]));
  expect(regret({ below: 0.01 }).look(asked(history))).toMatchObject({
    holds: false,
    detail: { bound: null },
  });
});

test("it cannot hold for several objectives, nor for one split without a limit", () => {
  const one = { directions: ["minimize" as const], splitCount: 1 };
  expect(regret().idle!(one)).toMatch(/give below, as in regret\(below=0\.01\)$/);
  expect(regret({ below: 1 }).idle!(one)).toBeNull();
  expect(regret().idle!({ ...one, splitCount: 3 })).toBeNull();
  expect(regret({ below: 1 }).idle!({ directions: ["minimize", "maximize"], splitCount: 3 })).not.toBeNull();
});

test.each([
  [{ below: 0 }, "regret: below: expected a number above 0, got 0"],
  [{ startupTrials: 1 }, "regret: startupTrials: expected a whole number from 2 up, got 1"],
  [{ bellow: 1 }, 'regret: expected the options below, startupTrials, got "bellow"; did you mean "below"?'],
])("%j is refused in one line", (options, line) => {
  expect(() => regret(options as never)).toThrow(line);
});
