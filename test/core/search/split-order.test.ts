import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laggedHistory } from "../../../src/coordinator/history-view.ts";
import { type FinishedTrial, type History, TrialHistory } from "../../../src/core/search/history.ts";
import { informativeOrder } from "../../../src/core/search/split-order.ts";
import { compileSpace } from "../../../src/core/space/space.ts";

const SPACE = compileSpace({});
const NO_ROW = new Float64Array();

function complete(number: number, splits: readonly number[]): FinishedTrial {
  return {
    ...{ number, state: "complete", reason: null, row: NO_ROW, constraints: [], overrun: 0 },
    values: [splits.reduce((sum, value) => sum + value, 0) / splits.length],
    steps: splits.map((value, step) => ({ step, value })),
  };
}

function historyOf(trials: readonly (readonly number[])[]): TrialHistory {
  const history = new TrialHistory(SPACE, 1);
  trials.forEach((splits, number) => {
    history.append(complete(number, splits));
  });
  return history;
}

/** Trials whose splits have noise of the given sizes, and values raised by the hardness of the split. */
function noisy(count: number, noise: readonly number[], hardness: readonly number[] = []): number[][] {
  const wave = (i: number, split: number): number => Math.sin(1 + 37 * i + 101 * split + i * split);
  return Array.from({ length: count }, (_, i) =>
    noise.map((size, split) => 5 * Math.cos(i) + (hardness[split] ?? 0) + size * wave(i, split)),
  );
}

describe("informativeOrder", () => {
  it("runs the split first that is closest to the final mean, whatever the hardness of splits is", () => {
    const noise = [1, 1, 0.05, 1, 1];
    expect(informativeOrder(historyOf(noisy(40, noise)), 5, [])[0]).toBe(2);
    expect(informativeOrder(historyOf(noisy(40, noise, [0, 9, 100, -7, 3])), 5, [])[0]).toBe(2);
  });

  it("chooses the next one by the mean of both, since two opposite errors cancel out", () => {
    // Splits 0 and 3 have opposite errors; 1 and 2 have smaller errors, which are equal.
    const trials = Array.from({ length: 20 }, (_, i) => {
      const [a, b] = [Math.sin(3 + 7 * i), Math.cos(5 * i)];
      return [a * 1.2, b, b, -a * 1.2, -2 * b].map((error) => error + i);
    });
    const order = informativeOrder(historyOf(trials), 5, [0]);
    expect(order[0]).toBe(3);
    expect(informativeOrder(historyOf(trials), 5, [3])[0]).toBe(0);
  });

  it("keeps the given order until ten trials have all their splits", () => {
    const trials = noisy(10, [1, 0.01, 1]);
    expect(informativeOrder(historyOf(trials.slice(0, 9)), 3, [])).toEqual([0, 1, 2]);
    expect(informativeOrder(historyOf(trials), 3, [])[0]).toBe(1);
    const history = historyOf(trials.slice(0, 9));
    const cut = { ...complete(9, [1, 2]), state: "pruned" as const, reason: "pruner" as const, values: [] };
    history.append(cut);
    history.append(complete(10, [1, Number.NaN, 2]));
    expect(informativeOrder(history, 3, [])).toEqual([0, 1, 2]);
  });

  it("is computed again when the number of complete trials has doubled, and not in between", () => {
    const early = noisy(10, [0.01, 1, 1]);
    const late = noisy(40, [1, 1, 0.01]);
    const orderAfter = (count: number) =>
      informativeOrder(historyOf([...early, ...late].slice(0, count)), 3, []);
    expect(orderAfter(10)[0]).toBe(0);
    expect(orderAfter(19)).toEqual(orderAfter(10));
    expect(orderAfter(39)).toEqual(orderAfter(20));
    expect(orderAfter(40)[0]).toBe(2);
  });

  it("continues after recorded splits in the same order", () => {
    const splits = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(splits, { minLength: 10, maxLength: 25 }), fc.nat(6), (trials, done) => {
        const order = informativeOrder(historyOf(trials), 6, []);
        expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
        expect(informativeOrder(historyOf(trials), 6, order.slice(0, done))).toEqual(order.slice(done));
      }),
    );
  });

  it("gives the same order for a growing history and for its beginning as for one read at once", () => {
    const trials = noisy(60, [1, 0.7, 0.4, 0.9]);
    const view = laggedHistory(SPACE, 1, 1);
    const growing = new TrialHistory(SPACE, 1);
    const order = (history: History) => informativeOrder(history, 4, []);
    trials.forEach((splits, number) => {
      expect(order(growing)).toEqual(order(historyOf(trials.slice(0, number))));
      growing.append(complete(number, splits));
      view.append(complete(number, splits));
    });
    for (const number of [60, 45, 20, 19, 10, 9, 0])
      expect(order(view.for(number))).toEqual(order(historyOf(trials.slice(0, number))));
  });

  it("does not change because of one diverged trial, nor by rounding", () => {
    const trials = noisy(20, [1, 0.05, 1, 1]);
    trials[4] = [1e300, -1e300, 1e300, 3];
    expect(informativeOrder(historyOf(trials), 4, [])[0]).toBe(1);
    const exact = Array.from({ length: 20 }, (_, i) => [i / 3 + 0.1, i / 3 + 0.7, i / 3 + 0.2]);
    expect(informativeOrder(historyOf(exact), 3, [])).toEqual([0, 1, 2]);
  });
});
