import { expect, test } from "vitest";
import { cost } from "../../src/stop-rule/cost.ts";
import { conforms } from "../conformance/stop-rule.ts";
import { historyOf } from "../support/ended-trials.ts";

conforms(() => cost({ hours: 8 }));

const look = (hours: number, activeMs: number) =>
  cost({ hours }).look({ history: historyOf([]), directions: ["minimize"], splitCount: 1, activeMs });

test("it holds once the study has run for the given time, even without a trial", () => {
  expect(look(8, 7.99 * 3_600_000).holds).toBe(false);
  expect(look(8, 8 * 3_600_000)).toMatchObject({ holds: true, detail: { ranMs: 28_800_000, hours: 8 } });
  expect(look(0.5, 600_000).text).toBe("ran 10 m 0 s of 30 m 0 s");
});

test("it has the time at which it will hold", () => {
  expect(cost({ hours: 0.5 }).holdsAfterMs).toBe(1_800_000);
});

test.each([
  [{ hours: 0 }, "cost: hours: expected a number above 0, got 0"],
  [{}, "cost: hours: expected a number above 0, got undefined"],
  [{ hours: "8h" }, 'cost: hours: expected a number above 0, got "8h"'],
])("%j is refused in one line", (options, line) => {
  expect(() => cost(options as never)).toThrow(line);
});
