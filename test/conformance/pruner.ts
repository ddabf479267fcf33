import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laggedHistory } from "../../src/coordinator/history-view.ts";
import type { Direction } from "../../src/core/search/direction.ts";
import { type FinishedTrial, TrialHistory } from "../../src/core/search/history.ts";
import type { JudgeContext, Pruner, Verdict } from "../../src/core/search/pruner.ts";
import { formatSpec, type Spec } from "../../src/core/search/spec.ts";
import { compileSpace } from "../../src/core/space/space.ts";

const SPACE = compileSpace({});
const NO_ROW = new Float64Array();

/** Values of steps: numbers, and the values that broken trials report. */
const curve = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    },
  ),
  { maxLength: 6 },
);
const ended = fc.record({
  state: fc.constantFrom("complete" as const, "pruned" as const, "guarded" as const, "fail" as const),
  curve,
});
const totals = fc.constantFrom(null, 6);

/** `guarded`: a limit of memory pruned it. */
type Ended = { readonly state: FinishedTrial["state"] | "guarded"; readonly curve: readonly number[] };

const steps = (values: readonly number[]) => values.map((value, step) => ({ step, value }));

function finished({ state, curve: values }: Ended, number: number): FinishedTrial {
  const base = { number, row: NO_ROW, constraints: [], overrun: 0, steps: steps(values) };
  if (state === "complete") return { ...base, state, reason: null, values: [values.at(-1) ?? 0] };
  if (state === "guarded") return { ...base, state: "pruned", reason: "memory-limit", values: [] };
  return { ...base, state, reason: state === "fail" ? "error" : "pruner", values: [] };
}

/** The question about a trial with the values `own`, after the trials `past`. */
function contextOf(
  past: readonly Ended[],
  own: readonly number[],
  totalSteps: number | null,
  direction: Direction = "minimize",
): JudgeContext {
  const history = new TrialHistory(SPACE, 1);
  past.forEach((each, number) => {
    history.append(finished(each, number));
  });
  const trial = { ...history.start(past.length, NO_ROW), steps: steps(own) };
  return { history, directions: [direction], trial, totalSteps };
}

const mirrored = (values: readonly number[]): number[] => values.map((value) => -value);

/** Properties in which a pruner differs from others. */
interface Traits {
  /** The pruner judges a trial by itself, even if there is no other trial. */
  readonly judgesAlone?: boolean;
  /** Makes the pruner for the mirrored study, if options are values of the objective. */
  readonly mirrored?: () => Pruner;
}

/** The suite for every pruner: `conforms(() => percentile({ q: 25 }))` at the top level of a test file. */
export function conforms(makePruner: () => Pruner, traits: Traits = {}): void {
  describe(`conformance of ${formatSpec(makePruner() as Spec)}`, () => {
    it("gives equal verdicts to equal questions, and does not change its arguments", () => {
      fc.assert(
        fc.property(fc.array(ended, { maxLength: 12 }), curve, totals, (past, own, total) => {
          const pruner = makePruner();
          const context = contextOf(past, own, total);
          const before = structuredClone({ ...context, history: { ...context.history, space: null } });
          const first = pruner.judge(context);
          expect(pruner.judge(context)).toEqual(first);
          expect(makePruner().judge(contextOf(past, own, total))).toEqual(first);
          expect({ ...context, history: { ...context.history, space: null } }).toEqual(before);
        }),
      );
    });

    it("gives the same verdict as a fresh pruner, however the history has grown before", () => {
      fc.assert(
        fc.property(fc.array(ended, { maxLength: 12 }), fc.array(curve), totals, (past, curves, total) => {
          const pruner = makePruner();
          const { history, ...rest } = contextOf([], [], total);
          curves.forEach((own, i) => {
            const size = Math.floor(((i + 1) / curves.length) * past.length);
            for (let number = history.size; number < size; number++)
              (history as TrialHistory).append(finished(past[number]!, number));
            const trial = { ...rest.trial, steps: steps(own), number: size };
            const fresh = makePruner().judge(contextOf(past.slice(0, size), own, total));
            expect(pruner.judge({ ...rest, history, trial })).toEqual(fresh);
          });
        }),
      );
    });

    it("gives the same verdict in a deterministic run as in a run of one worker", () => {
      fc.assert(
        fc.property(fc.array(ended, { maxLength: 12 }), curve, totals, (past, own, total) => {
          const pruner = makePruner();
          const view = laggedHistory(SPACE, 1, 1);
          past.forEach((each, number) => {
            view.append(finished(each, number));
          });
          for (let number = past.length; number >= 0; number--) {
            const { history: alone, ...rest } = contextOf(past.slice(0, number), own, total);
            const trial = { ...rest.trial, number };
            const expected = makePruner().judge({ ...rest, history: alone, trial });
            expect(pruner.judge({ ...rest, history: view.for(number), trial })).toEqual(expected);
          }
        }),
      );
    });

    it("gives a verdict that can be stored", () => {
      fc.assert(
        fc.property(fc.array(ended, { maxLength: 12 }), curve, totals, (past, own, total) => {
          const verdict: Verdict = makePruner().judge(contextOf(past, own, total));
          if (verdict.prune) expect(JSON.parse(JSON.stringify(verdict.detail))).toEqual(verdict.detail);
          else expect(verdict).toEqual({ prune: false });
        }),
      );
    });

    it("judges by the direction: a mirrored study gets the same verdicts", () => {
      fc.assert(
        fc.property(fc.array(ended, { maxLength: 12 }), curve, totals, (past, own, total) => {
          const other = past.map(({ state, curve: values }) => ({ state, curve: mirrored(values) }));
          const judge = makePruner().judge;
          const mirror = (traits.mirrored ?? makePruner)().judge;
          const verdict = mirror(contextOf(other, mirrored(own), total, "maximize"));
          expect(verdict.prune).toBe(judge(contextOf(past, own, total)).prune);
        }),
      );
    });

    it("prunes no trial without values, and, unless it judges trials alone, none while there is no other", () => {
      fc.assert(
        fc.property(fc.array(ended, { maxLength: 12 }), curve, totals, (past, own, total) => {
          const judge = makePruner().judge;
          const finite = own.filter(Number.isFinite);
          if (!traits.judgesAlone) expect(judge(contextOf([], finite, total)).prune).toBe(false);
          expect(judge(contextOf(past, [], total)).prune).toBe(false);
        }),
      );
    });

    it("handles trials whose reports are all NaN", () => {
      const nan = [Number.NaN, Number.NaN, Number.NaN];
      const past = Array.from({ length: 20 }, () => ({ state: "complete" as const, curve: nan }));
      for (const total of [null, 3])
        expect(() => makePruner().judge(contextOf(past, nan, total))).not.toThrow();
    });

    it("handles 10,000 trials", () => {
      const past = Array.from({ length: 10_000 }, (_, i) => ({
        state: "complete" as const,
        curve: [i, i, i],
      }));
      expect(() => makePruner().judge(contextOf(past, [1, 2, 3], 3))).not.toThrow();
    });
  });
}
