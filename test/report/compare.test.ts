import { describe, expect, it } from "vitest";
import { compareText } from "../../src/cli/terminal/compare-text.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { compareStudies } from "../../src/report/compare/compare.ts";
import type { NewStudy } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import { FINAL, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";

/** `compare`: the course of studies, their losses and params, and whether one is better by more than noise. */

const space = (high: number) =>
  compileSpace({
    x: { distribution: { kind: "float", low: 0, high, log: false, step: null }, conditions: [] },
  });

type Played = number | readonly number[] | "memory-limit" | "pruner";

/** Adds a study whose trials have these values (or values of splits), or were pruned; each takes a minute. */
async function study(store: Store, name: string, trials: readonly Played[], changes: Partial<NewStudy> = {}) {
  const owned = await ownedStudy(store, {
    ...{ name, space: space(1), splitCount: 1, directions: ["minimize"], trials: trials.length },
    ...changes,
  });
  for (const [number, played] of trials.entries()) {
    const key = await owned.startTrial({ number, params: { x: number / 100 } });
    const splits = typeof played === "object" ? played : typeof played === "number" ? [played] : [];
    for (const [split, value] of splits.entries()) await owned.recordSplit(key, splitResult(split, value));
    const outcome: Outcome =
      typeof played === "string"
        ? { state: "pruned", reason: played, detail: {} }
        : {
            state: "complete",
            values: [splits.reduce((sum, value) => sum + value, 0) / splits.length],
            constraints: [],
          };
    await owned.finish(key, outcome, FINAL, { durationMs: 60_000 });
  }
  await owned.release("finished");
}

async function compared(names: readonly string[], make: (store: Store) => Promise<void>) {
  const store = temporaryStore();
  await make(store);
  return compareStudies(await readerOf(store), names);
}

const falling = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from - i);

describe("compare", () => {
  it("shows the course of each study by trials and by time, and what it lost", async () => {
    const found = await compared(["slow", "fast"], async (store) => {
      await study(store, "slow", falling(100, 30));
      await study(store, "fast", [...falling(50, 12), "memory-limit", "memory-limit", "pruner"]);
    });
    const [slow, fast] = found.studies;
    expect(slow).toMatchObject({
      finished: 30,
      complete: 30,
      lost: { trials: 0, share: 0 },
      trialMs: 30 * 60_000,
    });
    expect(slow!.byTrials).toEqual([
      { at: 10, best: 91 },
      { at: 25, best: 76 },
    ]);
    expect(slow!.byTime.map(({ at, best }) => [at / 60_000, best])).toEqual([
      [1, 100],
      [5, 96],
      [15, 86],
      [30, 71],
    ]);
    expect(fast!.byTrials).toEqual([
      { at: 10, best: 41 },
      { at: 25, best: null },
    ]);
    expect(fast!.lost).toEqual({ trials: 2, share: expect.closeTo(2 / 15) });
    expect(found.ahead).toEqual([
      { study: "fast", than: "slow", sharesSplits: false, splits: 0, better: 32, low: null, high: null },
    ]);
    const text = compareText(found);
    expect(text.some((line) => /^best after 25 trials +76 +-$/.test(line))).toBe(true);
    expect(text.at(-1)).toBe(
      "the best of fast is better than that of slow by 32; without common splits it is not known whether that is noise",
    );
    expect(Math.max(...text.map((line) => line.length))).toBeLessThan(120);
  });

  it.each([
    [
      "better by more than the splits differ",
      [0.5, 0.6, 0.7, 0.61],
      "the best of b is better than that of a by 0.2 [",
    ],
    ["ahead by less than the splits differ", [0.71, 0.99, 0.7, 0.97], "that may be noise"],
    ["worse", [0.9, 1.01, 1.1, 1], "the best of a is better than that of b by 0.2"],
  ])("says in a sentence that a study is %s", async (_, splits, sentence) => {
    const options = { splitCount: 4 };
    const found = await compared(["a", "b"], async (store) => {
      await study(
        store,
        "a",
        [
          [0.7, 0.8, 0.9, 0.81],
          [2, 2, 2, 2],
        ],
        options,
      );
      await study(store, "b", [splits], options);
    });
    expect(found.ahead[0]).toMatchObject({ sharesSplits: true, splits: 4 });
    expect(compareText(found).at(-1)).toContain(sentence);
  });

  it("compares values alone where the splits are other ones", async () => {
    const found = await compared(["a", "b"], async (store) => {
      await study(store, "a", [[1, 2]], { splitCount: 2 });
      await study(store, "b", [[1, 1]], { splitCount: 2, splitHash: "other" });
    });
    expect(found.ahead[0]).toMatchObject({ sharesSplits: false, better: 0.5, low: null });
  });

  it("shows params of which range or best value differ", async () => {
    const found = await compared(["a", "b", "c"], async (store) => {
      await study(store, "a", [1]);
      await study(store, "b", [2], { space: space(2) });
      await study(store, "c", ["memory-limit"]);
    });
    expect(found.params).toEqual([{ name: "x", ranges: ["0..1", "0..2", "0..1"], best: [0, 0, null] }]);
    expect(compareText(found)).toContain("x      0 in 0..1  0 in 0..2  - in 0..1");
    expect(found.ahead.map(({ study: name }) => name)).toEqual(["b"]);
  });

  it.each([
    [["a"], "got 1"],
    [["a", "a"], "got a twice"],
    [["a", "upwards"], "got minimize in a and maximize in upwards"],
    [["a", "front"], "got 2 directions in front"],
    [["a", "nope"], 'study: expected a name that exists, got "nope"'],
  ])("refuses %j", async (names, message) => {
    const make = async (store: Store): Promise<void> => {
      await study(store, "a", [1]);
      await study(store, "upwards", [1], { directions: ["maximize"] });
      await study(store, "front", [], { directions: ["minimize", "minimize"] });
    };
    await expect(compared(names, make)).rejects.toThrow(message);
  });
});
