import { describe, expect, it } from "vitest";
import { costOf, learnedHistory, mapTrials } from "../../../src/core/search/learned.ts";
import { compileSpace, isActive, toParams } from "../../../src/core/space/space.ts";
import { float, of } from "../../support/search.ts";

const SPACE = compileSpace({
  rate: of({ kind: "float", low: 0.001, high: 1, log: true, step: null }),
  units: of({ kind: "int", low: 8, high: 64, log: false, step: 8 }),
  kind: of({ kind: "categorical", choices: ["adam", "sgd"] }),
  momentum: of(float(0, 1), { parent: "kind", values: ["sgd"] }),
});
const trial = (number: number, params: Record<string, unknown>, cost = number) => ({ number, params, cost });
const paramsOf = (params: Record<string, unknown>) => {
  const { trials } = mapTrials(SPACE, [trial(0, params)]);
  return trials[0] ? toParams(SPACE, trials[0].row) : null;
};

describe("mapTrials", () => {
  it("takes values by the names of the params, to the nearest that they can have here", () => {
    expect(paramsOf({ rate: 0.5, units: 21, kind: "sgd", momentum: 0.25, other: true })).toEqual({
      ...{ rate: 0.5, units: 24, kind: "sgd", momentum: 0.25 },
    });
    expect(paramsOf({ rate: 0.5, units: 8, kind: "adam", momentum: 0.25 })).toEqual({
      ...{ rate: 0.5, units: 8, kind: "adam" },
    });
  });

  it("leaves out and counts trials with values that a param cannot take, and those without any of the params", () => {
    const source = [
      trial(3, { rate: 0.5 }),
      trial(0, { rate: 2 }),
      trial(1, { kind: "rmsprop", rate: 0.5 }),
      trial(2, { units: "many" }),
      trial(4, { other: 1 }),
    ];
    const { trials, shared, outside } = mapTrials(SPACE, source);
    expect(trials.map(({ number }) => number)).toEqual([3]);
    expect(outside).toBe(3);
    expect(shared).toEqual(["rate"]);
  });

  it("draws what a trial has no value for, so that it says nothing of it, and draws the same each time", () => {
    const source = Array.from({ length: 100 }, (_, i) => trial(i, { rate: 0.5 }));
    const rows = mapTrials(SPACE, source).trials.map(({ row }) => row);
    expect(mapTrials(SPACE, source).trials.map(({ row }) => row)).toEqual(rows);
    for (const row of rows)
      expect([...row].map(Number.isNaN)).toEqual([...row].map((_, i) => !isActive(SPACE, row, i)));
    expect(new Set(rows.map((row) => row[1])).size).toBe(8);
    expect(new Set(rows.map((row) => row[2]))).toEqual(new Set([0, 1]));
    // What is drawn for a trial does not depend on the trials beside it.
    expect(mapTrials(SPACE, source.slice(50)).trials[0]!.row).toEqual(rows[50]);
  });

  it("takes 200 trials of many: the best hundred, and others of all ranks", () => {
    const source = Array.from({ length: 5000 }, (_, i) => trial(i, { rate: 0.5 }, (i * 2741) % 5000));
    const { trials } = mapTrials(SPACE, source);
    const costs = trials.map(({ cost }) => cost).sort((a, b) => a - b);
    expect(costs).toHaveLength(200);
    expect(costs.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(costs[150]).toBeGreaterThan(2000);
    expect(costs[199]).toBeGreaterThan(4900);
    expect(trials.map(({ number }) => number)).toEqual(
      trials.map(({ number }) => number).sort((a, b) => a - b),
    );
    // A study that was created with them maps them again when it is resumed.
    expect(mapTrials(SPACE, trials).trials).toEqual(trials);
  });
});

it("costOf takes values and estimates, smaller ones for better trials, and nothing of trials that broke a limit", () => {
  const ended = { reason: null, constraints: [], overrun: 0, steps: [], values: [] };
  expect(costOf({ ...ended, state: "complete", values: [0.75] }, -1)).toBe(-0.75);
  expect(costOf({ ...ended, state: "complete", values: [0.75], constraints: [-1, 0.5] }, 1)).toBeNull();
  expect(costOf({ ...ended, state: "pruned", estimate: { value: 2, sd: 1 } }, 1)).toBe(2);
  expect(costOf({ ...ended, state: "pruned" }, 1)).toBeNull();
  expect(costOf({ ...ended, state: "pruned", estimate: { value: 2, sd: 1 }, overrun: 0.5 }, 1)).toBeNull();
  expect(costOf({ ...ended, state: "fail" }, 1)).toBeNull();
});

it("learnedHistory is a history of complete trials, and null without trials", () => {
  const history = learnedHistory(SPACE, mapTrials(SPACE, [trial(7, { rate: 0.5 }, -2)]).trials)!;
  expect([history.size, history.number[0], history.values[0]![0], history.state[0]]).toEqual([1, 7, -2, 0]);
  expect(learnedHistory(SPACE, [])).toBeNull();
});
