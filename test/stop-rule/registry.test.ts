import { expect, test } from "vitest";
import { readStopRules } from "../../src/stop-rule/registry.ts";

const read = (...texts: string[]) => readStopRules("--stop", texts);

test("rules can be given one by one or in lists, the name of the first option may be left out, and none means no rule", () => {
  expect(read("no-improvement(trials=50)", "cost(8)")).toEqual([
    "no-improvement(trials=50)",
    "cost(hours=8)",
  ]);
  expect(read(" no-improvement(30, minDelta=0.1) ,cost(hours=0.5)")).toEqual([
    "no-improvement(trials=30, minDelta=0.1)",
    "cost(hours=0.5)",
  ]);
  expect(read("no-improvement")).toEqual(["no-improvement"]);
  expect(read("none")).toEqual([]);
  expect(read()).toEqual([]);
});

test.each([
  [
    ["noimprovement(trials=5)"],
    /^--stop: expected one of .*, got "?noimprovement"?; did you mean no-improvement\?$/,
  ],
  [["cost(hour=8)"], /^--stop: cost: expected the options hours, got "hour"; did you mean "hours"\?$/],
  [["cost(hours=8)", "cost(hours=9)"], /^--stop: expected cost once, got it twice$/],
  [["none", "cost(hours=8)"], /^--stop: expected either none or rules, got both$/],
  [
    ["cost(hours=8"],
    /^--stop: expected stop rules such as no-improvement\(trials=50\), or none, got "cost\(hours=8"$/,
  ],
  [["cost(hours=8),"], /^--stop: expected stop rules such as/],
  [[""], /^--stop: expected stop rules such as/],
])("%j is refused in one line", (texts, line) => {
  expect(() => read(...texts)).toThrow(line);
});
