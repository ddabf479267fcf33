import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FinishedTrial, TrialHistory } from "../../src/core/search/history.ts";
import { idleNote } from "../../src/core/search/pruner.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import type { Reason } from "../../src/core/trial.ts";
import { none } from "../../src/pruner/none.ts";
import { patient } from "../../src/pruner/patient.ts";
import { percentile } from "../../src/pruner/percentile.ts";
import { race } from "../../src/pruner/race.ts";
import { signedRankP } from "../../src/pruner/signed-rank.ts";
import { type WilcoxonOptions, wilcoxon } from "../../src/pruner/wilcoxon.ts";
import { conforms } from "../conformance/pruner.ts";

conforms(() => wilcoxon());
conforms(() => wilcoxon({ alpha: 0.6, warmupSteps: 1 }));

const row = new Float64Array();
const steps = (values: readonly number[]) => values.map((value, step) => ({ step, value }));
interface Past {
  readonly value: number;
  readonly splits: readonly number[];
  readonly reason?: Reason;
  readonly constraint?: number;
}

function judge(
  past: readonly Past[],
  own: readonly number[],
  options: WilcoxonOptions = {},
  total: number | null = 10,
) {
  const history = new TrialHistory(compileSpace({}), 1);
  past.forEach(({ value, splits, reason = null, constraint = 0 }, number) => {
    const base = { number, row, overrun: 0, steps: steps(splits) };
    const trial: FinishedTrial =
      reason === null
        ? { ...base, reason, state: "complete", values: [value], constraints: [constraint] }
        : { ...base, reason, state: "pruned", values: [], constraints: [] };
    history.append(trial);
  });
  const trial = { number: past.length, row, steps: steps(own) };
  return wilcoxon(options).judge({ history, directions: ["minimize"], trial, totalSteps: total });
}

/** A trial whose splits differ much in hardness. */
const best = { value: 1, splits: [1, 9, 2, 8, 3, 7] };
const worseBy = (by: number, count: number) =>
  best.splits.slice(0, count).map((value, i) => value + by + i / 100);

describe("wilcoxon", () => {
  it("stops a trial worse than the best one on the same splits, by default from the fourth split on", () => {
    const judged = [1, 2, 3, 4, 5].map((count) => judge([best], worseBy(0.1, count)).prune);
    expect(judged).toEqual([false, false, false, true, true]);
    expect(judge([best], worseBy(0.1, 4))).toEqual({
      prune: true,
      detail: {
        step: 3,
        incumbent: 0,
        pairs: 4,
        difference: expect.closeTo(0.115, 12),
        p: 1 / 16,
        alpha: 0.1,
      },
    });
    expect(judge([best], worseBy(-0.1, 5)).prune).toBe(false);
  });

  it("stops only if the mean is worse too", () => {
    const own = worseBy(0.1, 6).map((value, i) => (i === 0 ? value - 50 : value));
    expect(judge([best], own, { alpha: 0.5 }).prune).toBe(false);
  });

  it("compares with the best feasible complete trial; of equal ones with the older", () => {
    const lucky = { value: 0.5, splits: [90, 90, 90, 90], constraint: 1 };
    const equal = { value: 1, splits: [90, 90, 90, 90] };
    expect(
      judge([{ value: 2, splits: [80, 80, 80, 80] }, lucky, best, equal], worseBy(0.1, 4)),
    ).toMatchObject({
      detail: { incumbent: 2 },
    });
  });

  it("until a trial is complete, compares with the one that got farthest before a limit ended it", () => {
    const short: Past = { value: 0, splits: [0, 0], reason: "memory-limit" };
    const far: Past = { value: 0, splits: best.splits.slice(0, 5), reason: "trial-timeout" };
    const worse: Past = { value: 0, splits: worseBy(1, 5), reason: "trial-timeout" };
    const judgedAfter = (...past: Past[]) => judge(past, worseBy(0.1, 4));
    expect(judgedAfter(short, worse, far)).toMatchObject({ prune: true, detail: { incumbent: 2 } });
    expect(judgedAfter(short, far, { ...best, splits: worseBy(1, 5) }).prune).toBe(false);
    expect(judgedAfter({ ...far, reason: "pruner" }).prune).toBe(false);
  });

  it("leaves out splits that are NaN on either side, and judges no reports", () => {
    const own = worseBy(0.1, 5).map((value, i) => (i === 1 ? Number.NaN : value));
    expect(judge([best], own)).toMatchObject({ detail: { pairs: 4, p: 1 / 16 } });
    expect(judge([best], worseBy(9, 6), {}, null).prune).toBe(false);
  });

  it("refuses wrong options", () => {
    expect(() => wilcoxon({ alpha: 1 })).toThrow("wilcoxon: alpha: expected a number between 0 and 1, got 1");
    expect(() => wilcoxon({ alfa: 1 } as never)).toThrow('did you mean "alpha"?');
  });
});

describe("the signed-rank test", () => {
  /** The p-value by counting all choices of signs. */
  function counted(differences: readonly number[]): number {
    const sizes = differences.map(Math.abs);
    const ranks = sizes.map((size) => {
      const below = sizes.filter((other) => other < size).length;
      const equal = sizes.filter((other) => other === size).length;
      return size === 0 ? 0 : below + (equal + 1) / 2;
    });
    const sum = (isPositive: (i: number) => boolean): number =>
      ranks.reduce((total, rank, i) => total + (isPositive(i) ? rank : 0), 0);
    const seen = sum((i) => differences[i]! > 0);
    let as = 0;
    for (let signs = 0; signs < 2 ** ranks.length; signs++)
      if (sum((i) => ((signs >> i) & 1) === 1) >= seen) as++;
    return as / 2 ** ranks.length;
  }

  it("is exact for few differences, with ties and zeros", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 9 }), (differences) => {
        expect(signedRankP(differences)).toBeCloseTo(counted(differences), 12);
      }),
    );
  });

  it("has the published tail probabilities", () => {
    // Critical values of the usual tables: n = 10, W = 10 and 8; n = 20, W = 60.
    const upTo = (n: number, negative: readonly number[]) =>
      Array.from({ length: n }, (_, i) => (negative.includes(i + 1) ? -1 : 1) * (i + 1));
    expect(signedRankP(upTo(10, [10]))).toBeCloseTo(43 / 1024, 12);
    expect(signedRankP(upTo(10, [8]))).toBeCloseTo(25 / 1024, 12);
    expect(signedRankP(upTo(20, [20, 19, 18, 3]))).toBeCloseTo(0.0487, 3);
  });

  it("changes to the normal approximation without a jump", () => {
    const alternate = (n: number) => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i + 1));
    expect(Math.abs(signedRankP(alternate(25)) - signedRankP(alternate(27)))).toBeLessThan(0.02);
    expect(signedRankP(Array.from({ length: 60 }, (_, i) => i + 1))).toBeLessThan(1e-6);
  });
});

describe("the note about a study that a pruner cannot judge", () => {
  const study = { directions: ["minimize"] as const, splitCount: 5 };

  it("says in one line why", () => {
    const several = { directions: ["minimize", "maximize"] as const, splitCount: 5 };
    expect(idleNote(percentile(), several)).toBe(
      "pruner percentile: trials with several objectives have no order, so none is judged; every trial runs to its end or to a limit",
    );
    for (const pruner of [wilcoxon(), race(), patient({ pruner: wilcoxon() })])
      expect(idleNote(pruner, { ...study, splitCount: 1 })).toContain(
        "it compares splits, and this study has one",
      );
    expect(idleNote(wilcoxon(), { ...study, splitCount: 4 })).toContain(
      "before the last of 4 splits its p is never below 0.125, and alpha is 0.1",
    );
  });

  it("is null if the pruner can end a trial", () => {
    for (const pruner of [none(), percentile(), race(), wilcoxon(), patient()])
      expect(idleNote(pruner, study)).toBeNull();
    expect(idleNote(none(), { ...study, directions: ["minimize", "minimize"] })).toBeNull();
  });
});
