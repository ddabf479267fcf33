import fc from "fast-check";
import { expect, test } from "vitest";
import { noImprovement } from "../../src/stop-rule/no-improvement.ts";
import { conforms } from "../conformance/stop-rule.ts";
import { type Ended, ended, historyOf } from "../support/ended-trials.ts";

conforms(() => noImprovement());
conforms(() => noImprovement({ trials: 3, minDelta: 0.5 }));

const complete = (value: number): Ended => ({ state: "complete", value, infeasible: false });
const other = (state: Ended["state"]): Ended => ({ state, value: 0, infeasible: false });

function look(trials: readonly Ended[], options: Parameters<typeof noImprovement>[0]) {
  const context = { directions: ["minimize" as const], splitCount: 1, activeMs: 0 };
  return noImprovement(options).look({ history: historyOf(trials), ...context });
}

test("it holds after the given number of trials without a better value; an improvement restarts the count", () => {
  const values = [5, 4, 4, 6, 7];
  expect(look(values.map(complete), { trials: 3 })).toEqual({
    holds: true,
    text: "no improvement for 3 of 3 trials",
    detail: { since: 3, trials: 3, best: 4, bestTrial: 1 },
  });
  expect(look(values.map(complete), { trials: 4 }).holds).toBe(false);
  expect(look([...values, 3.9].map(complete), { trials: 3 })).toMatchObject({
    holds: false,
    text: "no improvement for 0 of 3 trials",
  });
});

test("pruned trials count, failed ones do not, and infeasible values are no improvement", () => {
  const trials = [complete(5), other("pruned"), other("guarded"), other("fail"), other("fail")];
  expect(look(trials, { trials: 3 })).toMatchObject({ holds: false, detail: { since: 2 } });
  expect(look([...trials, { ...complete(1), infeasible: true }], { trials: 3 })).toMatchObject({
    holds: true,
    detail: { since: 3, best: 5 },
  });
});

test("nothing counts before the first value", () => {
  const trials = Array.from({ length: 100 }, () => other("pruned"));
  expect(look(trials, { trials: 5 })).toMatchObject({ holds: false, text: "no trial is complete yet" });
});

test("steps smaller than minDelta are no improvement, however many there are", () => {
  const values = Array.from({ length: 8 }, (_, i) => 5 - i * 0.2);
  expect(look(values.map(complete), { trials: 2, minDelta: 1 }).detail).toMatchObject({
    since: 1,
    best: 3.8,
  });
  expect(look(values.slice(0, 5).map(complete), { trials: 4, minDelta: 1 }).holds).toBe(true);
});

test("it counts the same trials as a plain loop over all of them", () => {
  fc.assert(
    fc.property(fc.array(ended, { maxLength: 40 }), fc.integer({ min: 1, max: 10 }), (all, trials) => {
      let best = Number.POSITIVE_INFINITY;
      let any = false;
      let since = 0;
      for (const { state, value, infeasible } of all) {
        if (state === "fail") continue;
        const isValue = state === "complete" && !infeasible && !Number.isNaN(value);
        if (isValue && (!any || value < best)) [best, any, since] = [value, true, 0];
        else if (any) since++;
      }
      expect(look(all, { trials }).holds).toBe(any && since >= trials);
    }),
  );
});

test.each([
  [{ trials: 0 }, "no-improvement: trials: expected a whole number from 1 up, got 0"],
  [{ minDelta: -1 }, "no-improvement: minDelta: expected a number from 0 up, got -1"],
  [
    { trails: 5 },
    'no-improvement: expected the options trials, minDelta, got "trails"; did you mean "trials"?',
  ],
])("%j is refused in one line", (options, line) => {
  expect(() => noImprovement(options as never)).toThrow(line);
});
