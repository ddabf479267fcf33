import { describe, expect, it } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { compileSpace, type Params, toParams } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { splitParams } from "../../src/importance/conditions.ts";
import { findRule } from "../../src/importance/rules.ts";
import { kills } from "../../src/report/kills/kills.ts";
import type { Reader } from "../../src/store/reader.ts";
import { FINAL, ownedStudy, temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";

/** `kills`: what was lost, and the rule that separates the trials of a reason. */

const SPACE = compileSpace({
  optimizer: { distribution: { kind: "categorical", choices: ["adam", "sgd", "rmsprop"] }, conditions: [] },
  units: { distribution: { kind: "int", low: 16, high: 2048, log: true, step: 1 }, conditions: [] },
  batch: { distribution: { kind: "int", low: 8, high: 256, log: true, step: 1 }, conditions: [] },
  rate: { distribution: { kind: "float", low: 1e-4, high: 1, log: true, step: null }, conditions: [] },
});

const COMPLETE: Outcome = { state: "complete", values: [1], constraints: [] };
const KILLED: Outcome = { state: "pruned", reason: "memory-limit", detail: { limitBytes: 1e9 } };
const FAILED: Outcome = { state: "fail", reason: "error", detail: {}, error: null };

type Fate = (params: Record<string, number | string>, number: number) => Outcome;

const paramsAt = (number: number): Params => toParams(SPACE, uniformRow(SPACE, rng(3, number, "kills")));

async function lost(fate: Fate, trials = 150, params = paramsAt): Promise<Reader> {
  const store = temporaryStore({ durability: "normal", now: () => Date.UTC(2026, 0, 1) });
  const owned = await ownedStudy(store, { space: SPACE });
  for (let number = 0; number < trials; number++) {
    const key = await owned.startTrial({ number, params: params(number) });
    await owned.recordStart(key, { slot: 0, hostPid: 4711, baselineBytes: null });
    const outcome = fate(params(number) as Record<string, number | string>, number);
    await owned.finish(key, outcome, FINAL, { durationMs: outcome.state === "complete" ? 2_000 : 1_000 });
  }
  return readerOf(store);
}

describe("kills", () => {
  it("counts what was lost, by reason, and finds the two conditions that separate a reason's trials", async () => {
    const reader = await lost(({ units, batch }, number) =>
      Number(units) >= 256 && Number(batch) >= 64 ? KILLED : number % 15 === 0 ? FAILED : COMPLETE,
    );
    const found = await kills(reader, "digits");
    const [memory, error] = found.reasons;
    expect(memory!.reason).toBe("memory-limit");
    expect(found.lost).toBe(memory!.count + error!.count);
    expect(found.successRate).toBeCloseTo(1 - found.lost / 150);
    expect(found.timeLostMs).toBe(found.lost * 1_000);
    expect(found.timeMs).toBe(found.lost * 1_000 + (150 - found.lost) * 2_000);
    expect(memory!.rules[0]!.text).toMatch(
      new RegExp(`^${memory!.count} of ${memory!.count} where units >= \\d+ and batch >= \\d+$`),
    );
    const [units, batch] = memory!.rules[0]!.conditions.map(({ value }) => Number(value));
    expect(units).toBeGreaterThan(128);
    expect(units).toBeLessThanOrEqual(256);
    expect(batch).toBeGreaterThan(48);
    expect(batch).toBeLessThanOrEqual(64);
    expect(memory!.rules[0]).toMatchObject({ support: memory!.count, trials: memory!.count });
    expect(memory!.rules[0]!.p).toBeLessThan(0.001);
    expect(error!.rules).toEqual([]);
  });

  it.each<[string, Fate]>([
    ["units >= 512", ({ units }) => (Number(units) >= 512 ? KILLED : COMPLETE)],
    ["rate <= 0.001", ({ rate }) => (Number(rate) <= 0.001 ? FAILED : COMPLETE)],
    ["optimizer = sgd", ({ optimizer }) => (optimizer === "sgd" ? FAILED : COMPLETE)],
  ])("is content with one condition where one is enough: %s", async (text, fate) => {
    const { reasons } = await kills(await lost(fate), "digits");
    expect(reasons[0]!.rules[0]!.text).toBe(`${reasons[0]!.count} of ${reasons[0]!.count} where ${text}`);
  });

  it("reports the reasons that are asked for, and takes a filter", async () => {
    const reader = await lost(({ units }, number) =>
      Number(units) >= 512 ? KILLED : number % 9 === 0 ? FAILED : COMPLETE,
    );
    const one = await kills(reader, "digits", { reason: ["error"] });
    expect(one.reasons.map(({ reason }) => reason)).toEqual(["error"]);
    const some = await kills(reader, "digits", { where: "units < 512" });
    expect(some.reasons.map(({ reason }) => reason)).toEqual(["error"]);
    await expect(kills(reader, "digits", { reason: ["memory"] })).rejects.toThrow("--reason: expected");
  });
});

describe("the rule of shuffled trials", () => {
  it.each([40, 200])("is nearly always none, with %i trials", (trials) => {
    const rows = Array.from({ length: trials }, (_, i) => uniformRow(SPACE, rng(5, i, "rows")));
    const columns = SPACE.params.map((_, param) => Float64Array.from(rows, (row) => row[param]!));
    const splits = splitParams(SPACE, columns);
    let patterns = 0;
    const shuffles = 250;
    for (let k = 0; k < shuffles; k++) {
      const stream = rng(9, k, "labels");
      const marks = Uint8Array.from({ length: trials }, () => (stream.next() < 0.3 ? 1 : 0));
      if (findRule(SPACE, columns, splits, marks, 1)) patterns++;
    }
    expect(patterns).toBeLessThanOrEqual(0.05 * shuffles);
  });
});
