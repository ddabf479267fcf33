import { describe, expect, it } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { nonDominationRanks } from "../../src/core/search/pareto.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { compileSpace, toParams } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { type ImportanceOptions, importanceOf } from "../../src/report/importance.ts";
import type { Reader } from "../../src/store/reader.ts";
import type { NewStudy } from "../../src/store/records.ts";
import { FINAL, ownedStudy, temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";

/** `importance`: which params set the trials of a target apart. */

const number = (kind: "float" | "int", low: number, high: number, log: boolean) => ({
  distribution: { kind, low, high, log, step: kind === "int" ? 1 : null } as never,
  conditions: [] as { parent: string; values: string[] }[],
});

const SPACE = compileSpace({
  model: { distribution: { kind: "categorical", choices: ["linear", "network"] }, conditions: [] },
  rate: { ...number("float", 1e-4, 1, true), conditions: [{ parent: "model", values: ["network"] }] },
  units: number("int", 4, 512, true),
  features: number("float", 0, 1, false),
});

/** The reader of a study in which `rate` decides about the value, and `units` about time, memory and who is killed. */
async function made(changes: Partial<NewStudy> = {}, trials = 120): Promise<Reader> {
  const store = temporaryStore({ durability: "normal", now: () => Date.UTC(2026, 0, 1) });
  const owned = await ownedStudy(store, { space: SPACE, directions: ["minimize"], ...changes });
  const count = changes.directions?.length ?? 1;
  for (let at = 0; at < trials; at++) {
    const params = toParams(SPACE, uniformRow(SPACE, rng(7, at, "importance")));
    const { rate, units, features } = params as Record<string, number>;
    const key = await owned.startTrial({ number: at, params });
    await owned.recordStart(key, { slot: 0, hostPid: 4711, baselineBytes: null });
    const value = (rate === undefined ? 3 : Math.abs(Math.log10(rate) + 2)) + 0.1 * features!;
    const outcome: Outcome =
      units! > 256
        ? { state: "pruned", reason: "memory-limit", detail: { limitBytes: 1e9 } }
        : { state: "complete", values: [value, units!].slice(0, count), constraints: [] };
    await owned.finish(key, outcome, { ...FINAL, peakBytes: units! * 1e6 }, { durationMs: units! * 100 });
  }
  return readerOf(store);
}

/** What `PedAnovaImportanceEvaluator` says of this study, divided by the sum. */
const OPTUNA = {
  rate: expect.closeTo(0.9336905602105878, 10),
  model: expect.closeTo(0.03184490830915914, 10),
  units: expect.closeTo(0.02874744546544961, 10),
  features: expect.closeTo(0.005717086014803502, 10),
};

async function shares(reader: Reader, options: ImportanceOptions = {}): Promise<Record<string, number>> {
  const { importance } = await importanceOf(reader, "digits", options);
  return Object.fromEntries(importance.map((each) => [each.param, each.importance]));
}

describe("importance", () => {
  it("has the shares that Optuna 5.0.0 gives the same study, which has a condition", async () => {
    expect(await shares(await made())).toEqual(OPTUNA);
  });

  it.each([
    ["value", "rate"],
    ["values.0", "rate"],
    ["duration", "units"],
    ["memory", "units"],
    ["killed", "units"],
  ])("finds for the target %s that %s matters most, and the shares add up to 1", async (target, param) => {
    const found = await shares(await made(), { target });
    expect(Object.keys(found)[0]).toBe(param);
    expect(Object.values(found).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
  });

  it("takes the first fronts of several objectives, and one of them by its number", async () => {
    const reader = await made({ directions: ["minimize", "maximize"] });
    const [both, second] = [await shares(reader), await shares(reader, { target: "values.1" })];
    expect(Object.keys(both).slice(0, 2).sort()).toEqual(["rate", "units"]);
    expect(second.units).toBeGreaterThan(0.9);
  });

  it("counts the trials, of which a filter leaves out some", async () => {
    const reader = await made();
    const all = await importanceOf(reader, "digits", { target: "killed" });
    const some = await importanceOf(reader, "digits", { target: "killed", where: "model = network" });
    expect(all.trials).toBe(120);
    expect(some.trials).toBeLessThan(all.trials);
    expect(some.targetTrials).toBeLessThan(all.targetTrials);
    const none = await importanceOf(reader, "digits", { target: "killed", where: "units < 200" });
    expect(none).toMatchObject({ targetTrials: 0 });
    expect(none.importance.every(({ importance }) => importance === 0)).toBe(true);
  });

  it.each<[ImportanceOptions, string]>([
    [
      { target: "valeu" },
      '--target: expected one of value, values.0, duration, memory, killed, got "valeu"; did you mean value?',
    ],
    [{ target: "values.1" }, "--target: expected one of"],
    [{ where: "units < 0" }, "importance: expected at least 2 complete trials in study digits, got 0"],
  ])("refuses %j", async (options, message) => {
    await expect(shares(await made({}, 5), options)).rejects.toThrow(message);
  });
});

describe("ranks of fronts", () => {
  const dominates = (a: readonly number[], b: readonly number[]): boolean =>
    a.every((cost, k) => cost <= b[k]!) && a.some((cost, k) => cost < b[k]!);

  it.each([2, 3, 4])("are those of taking one front after the other away, with %i costs", (dims) => {
    const stream = rng(1, dims, "ranks");
    const points = Array.from({ length: 150 }, () =>
      Array.from({ length: dims }, () => Math.floor(stream.next() * 12)),
    );
    const expected = points.map(() => -1);
    for (let rank = 0; expected.includes(-1); rank++) {
      const left = points.flatMap((_, i) => (expected[i] === -1 ? [i] : []));
      for (const i of left) if (!left.some((j) => dominates(points[j]!, points[i]!))) expected[i] = rank;
    }
    expect([...nonDominationRanks(points, points.length)]).toEqual(expected);
    const wanted = 40;
    const some = nonDominationRanks(points, wanted);
    const last = some.reduce((most, rank) => Math.max(most, rank), 0) - 1;
    expect(expected.filter((rank) => rank <= last).length).toBeGreaterThanOrEqual(wanted);
    expect([...some]).toEqual(expected.map((rank) => Math.min(rank, last + 1)));
  });
});
