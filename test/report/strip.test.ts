import { expect, test } from "vitest";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Detail, Outcome } from "../../src/core/trial.ts";
import { showTrial } from "../../src/report/show.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { NewStudy } from "../../src/store/records.ts";
import { FINAL, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";

/** The strip of a trial: its splits or reports beside those of the trial that it had to beat. */

const x = {
  distribution: { kind: "float" as const, low: 0, high: 1, log: false, step: null },
  conditions: [],
};

async function study(changes: Partial<NewStudy> = {}) {
  const store = temporaryStore();
  const owned = await ownedStudy(store, {
    directions: ["minimize"],
    space: compileSpace({ x }),
    splitCount: 3,
    ...changes,
  });
  const reader = await readerOf(store);
  return { owned, show: (number: number) => showTrial(reader, "digits", number) };
}

/** A trial with these splits: one value each, or one for each direction. */
async function trial(
  owned: OwnedStudy,
  number: number,
  splits: readonly (number | readonly number[])[],
  outcome: Outcome,
): Promise<void> {
  const key = await owned.startTrial({ number, params: { x: 0.5 } });
  for (const [split, values] of splits.entries())
    await owned.recordSplit(key, splitResult(split, 0, { values: [values].flat() }));
  await owned.finish(key, outcome, FINAL, { durationMs: 1 });
}

const complete = (...values: number[]): Outcome => ({ state: "complete", values, constraints: [] });
const pruned = (detail: Detail): Outcome => ({ state: "pruned", reason: "pruner", detail });

const RACED = { pruner: "race", splits: 1, incumbent: 0, p: 0.00041, alpha: 0.05, freedom: 12 };

test("a raced trial stands beside the trial that its verdict names, though another one is the best now", async () => {
  const { owned, show } = await study();
  await trial(owned, 0, [1, 2, 3], complete(2));
  await trial(owned, 1, [4], pruned(RACED));
  await trial(owned, 2, [0, 1, 2], complete(1));
  const { strip, verdict } = await show(1);
  expect(strip).toEqual({
    of: "splits",
    objectives: [
      {
        ...{ objective: 0, direction: "minimize", incumbent: 0, best: "at the verdict", pairs: 1, better: 0 },
        cells: [
          { from: 0, to: 0, trial: 4, incumbent: 1, difference: 3, ended: false },
          { from: 1, to: 1, trial: null, incumbent: 2, difference: null, ended: false },
          { from: 2, to: 2, trial: null, incumbent: 3, difference: null, ended: false },
        ],
      },
    ],
  });
  expect(verdict).toEqual({
    pruner: "race",
    text: "P(better than trial 0) 4.1e-4 < 0.025 (alpha 0.05 over 2 verdicts)",
  });
});

test("a trial of another pruner stands beside the best of its time, any other trial beside the best one now", async () => {
  const { owned, show } = await study();
  await trial(owned, 0, [1, 2, 3], complete(2));
  const median = { pruner: "median", step: 1, value: 4.5, median: 1.5, trials: 5 };
  await trial(owned, 1, [4, 5], pruned(median));
  const { finishedAt } = await show(1);
  while (Date.now() <= Date.parse(finishedAt!));
  await trial(owned, 2, [0, 1, 2], complete(1));
  await trial(owned, 3, [0, 0, 0], { ...complete(0), constraints: [1] } as Outcome);
  expect(await show(1)).toMatchObject({
    strip: { objectives: [{ incumbent: 0, best: "at the verdict", pairs: 2, better: 0 }] },
    verdict: { text: "mean 4.5 at split 1 is behind 1.5, the median of 5 trials" },
  });
  expect(await show(0)).toMatchObject({
    strip: { objectives: [{ incumbent: 2, best: "now" }] },
    verdict: null,
  });
  expect((await show(2)).strip!.objectives[0]).toMatchObject({ incumbent: 0, pairs: 3, better: 3 });
  expect((await show(3)).strip!.objectives[0]).toMatchObject({ incumbent: 2 });
});

test("the split in which a limit ended a trial is marked; a trial without a split has no strip", async () => {
  const { owned, show } = await study();
  const detail = { limitBytes: 12e9, seenBytes: 12.05e9, during: "split 1" };
  await trial(owned, 0, [4], { state: "pruned", reason: "memory-limit", detail });
  await trial(owned, 1, [], {
    state: "fail",
    reason: "setup",
    detail: { during: "setup" },
    error: null,
  });
  const { strip, verdict } = await show(0);
  expect(verdict).toBeNull();
  expect(strip!.objectives).toMatchObject([{ incumbent: null, pairs: 0 }]);
  expect(strip!.objectives[0]!.cells.map(({ trial: value, ended }) => [value, ended])).toEqual([
    [4, false],
    [null, true],
    [null, false],
  ]);
  expect((await show(1)).strip).toBeNull();
});

test("with several objectives each has a strip of its own, beside the trial that is the best in it", async () => {
  const { owned, show } = await study({ directions: ["minimize", "maximize"], splitCount: 2 });
  const both = (a: number, b: number) => [
    [a, b],
    [a, b],
  ];
  await trial(owned, 0, both(1, 1), complete(1, 1));
  await trial(owned, 1, both(5, 9), complete(5, 9));
  await trial(owned, 2, both(3, 3), complete(3, 3));
  expect((await show(2)).strip!.objectives).toMatchObject([
    { objective: 0, direction: "minimize", incumbent: 0, pairs: 2, better: 0 },
    { objective: 1, direction: "maximize", incumbent: 1, pairs: 2, better: 0 },
  ]);
});

test("a study of one split has its reports in the strip, the last of each step, and many in few cells", async () => {
  const { owned, show } = await study({ splitCount: 1 });
  for (const [number, steps] of [100, 50].entries()) {
    const key = await owned.startTrial({ number, params: { x: 0.5 } });
    await owned.recordReport(key, { split: 0, step: 1, value: 77 });
    for (let step = 1; step <= steps; step++)
      await owned.recordReport(key, { split: 0, step, value: step === 3 ? Number.NaN : step + number });
    const halved = { pruner: "halving", step: 50, value: 2, rung: 27, better: 3, passing: 1, trials: 5 };
    await owned.finish(key, number === 0 ? complete(1) : pruned(halved), FINAL, { durationMs: 1 });
  }
  const { strip, verdict, reports } = await show(1);
  expect(reports).toHaveLength(51);
  const [{ cells, ...rest }] = strip!.objectives as [(typeof strip & object)["objectives"][0]];
  expect([strip!.of, rest]).toEqual([
    "reports",
    { objective: 0, direction: "minimize", incumbent: 0, best: "at the verdict", pairs: 49, better: 0 },
  ]);
  expect(cells).toHaveLength(40);
  expect(cells.slice(0, 2)).toEqual([
    { from: 1, to: 2, trial: 2.5, incumbent: 1.5, difference: 1, ended: false },
    { from: 3, to: 5, trial: 5.5, incumbent: 4.5, difference: 1, ended: false },
  ]);
  expect(cells.at(-1)).toEqual({
    from: 98,
    to: 100,
    trial: null,
    incumbent: 99,
    difference: null,
    ended: false,
  });
  expect(verdict!.text).toBe("best 2 at step 50, rung 27: 3 of 5 trials better, 1 may pass");
});
