import { describe, expect, test } from "vitest";
import { modelBestText } from "../../src/cli/terminal/model-best-text.ts";
import { rng } from "../../src/core/rng.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { type Best, bestTrials } from "../../src/report/best.ts";
import type { NewStudy } from "../../src/store/records.ts";
import { FINAL, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";

const SPACE = compileSpace({
  x: { distribution: { kind: "int", low: 0, high: 20, log: false, step: 1 }, conditions: [] },
});
const LUCKY = 7;
const truth = (x: number): number => 0.01 * (x - 6) ** 2;

/** What is best in a study of a bowl at x = 6, of which one trial was lucky. */
async function bestOf(changes: Partial<NewStudy>, { trials = 60, luckyAt = 16 } = {}): Promise<Best> {
  const study = { space: SPACE, splitCount: 1, noise: false, directions: ["minimize"], ...changes } as const;
  const store = temporaryStore();
  const owned = await ownedStudy(store, study);
  const stream = rng(5, 0, "bowl");
  const flip = study.directions[0] === "maximize" ? -1 : 1;
  for (let number = 0; number < trials; number++) {
    const x = number === LUCKY ? luckyAt : stream.int(21);
    const key = await owned.startTrial({ number, params: { x } });
    const luck = number === LUCKY ? -2 : 0;
    const splits = Array.from({ length: study.splitCount }, () => truth(x) + luck + 0.2 * stream.normal());
    for (const [split, value] of splits.entries())
      await owned.recordSplit(key, splitResult(split, flip * value));
    const value = splits.reduce((sum, each) => sum + each, 0) / splits.length;
    const outcome = { state: "complete", values: [flip * value], constraints: [] } as const;
    await owned.finish(key, outcome, FINAL, { durationMs: 1 });
  }
  return bestTrials(await readerOf(store), "digits");
}

describe("beside the trial with the best value stands the one of which a model expects most", () => {
  test.each([
    ["that says so itself", { noise: true }, 1],
    ["of which the splits differ", { splitCount: 4 }, 1],
    ["that maximises", { noise: true, directions: ["maximize"] }, -1],
  ] as const)("in a study with noise %s", async (_, changes, flip) => {
    const { best, modelBest } = await bestOf(changes);
    expect(best!.number).toBe(LUCKY);
    expect(Math.abs(Number(modelBest!.params.x) - 6)).toBeLessThan(4);
    const { expected, ofBest } = modelBest!;
    expect(expected.mean * flip).toBeLessThan(ofBest.mean * flip);
    const value = flip * truth(Number(modelBest!.params.x));
    expect(expected.low).toBeLessThan(value);
    expect(expected.high).toBeGreaterThan(value);
    expect(modelBestText(best!, modelBest!)).toMatch(
      /trial \d+: \S+ \[\S+, \S+\] expected, \S+ measured; of trial 7 \S+ \[\S+, \S+\] is expected\n\{\n {2}"x": \d/,
    );
  });

  test("not where there is no noise, nor after a few trials", async () => {
    expect(await bestOf({})).not.toHaveProperty("modelBest");
    expect(await bestOf({ noise: true }, { trials: 9 })).not.toHaveProperty("modelBest");
  });

  test("not where both are the same trial", async () => {
    const { best, ...rest } = await bestOf({ noise: true }, { luckyAt: 6 });
    expect(best!.number).toBe(LUCKY);
    expect(rest).toEqual({});
  });
});
