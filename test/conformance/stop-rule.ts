import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laggedHistory } from "../../src/coordinator/history-view.ts";
import { type FinishedTrial, TrialHistory } from "../../src/core/search/history.ts";
import { formatSpec, type Spec } from "../../src/core/search/spec.ts";
import type { StopContext, StopRule } from "../../src/core/search/stop-rule.ts";
import { makeStopRules, readStopRules } from "../../src/stop-rule/registry.ts";
import { type Ended, ended, finished, historyOf, SPACE } from "../support/ended-trials.ts";

const past = fc.array(ended, { maxLength: 30 });
const hours = fc.double({ min: 0, max: 20, noNaN: true });

function contextOf(trials: readonly Ended[], activeHours: number): StopContext {
  const history = historyOf(trials);
  return { history, directions: ["minimize"], splitCount: 3, activeMs: activeHours * 3_600_000 };
}

/** The suite for every stop rule: `conforms(() => cost({ hours: 8 }))` at the top level of a test file. */
export function conforms(makeRule: () => StopRule): void {
  describe(`conformance of ${formatSpec(makeRule() as Spec)}`, () => {
    it("gives equal figures for equal records, and does not change its arguments", () => {
      fc.assert(
        fc.property(past, hours, (trials, active) => {
          const rule = makeRule();
          const context = contextOf(trials, active);
          const before = structuredClone({ ...context, history: { ...context.history, space: null } });
          const first = rule.look(context);
          expect(rule.look(context)).toEqual(first);
          expect(makeRule().look(contextOf(trials, active))).toEqual(first);
          expect({ ...context, history: { ...context.history, space: null } }).toEqual(before);
        }),
        { numRuns: 50 },
      );
    });

    it("gives the same figures for the beginning of a history, even if it has read the rest before", () => {
      fc.assert(
        fc.property(past, hours, (trials, active) => {
          const rule = makeRule();
          const view = laggedHistory(SPACE, 1, 1);
          for (const [number, trial] of trials.entries()) view.append(finished(trial, number));
          const seen = (size: number) =>
            rule.look({ ...contextOf([], active), history: size < 0 ? view.all() : view.for(size) });
          seen(-1);
          for (const size of [trials.length, 0, Math.floor(trials.length / 2)])
            expect(seen(size)).toEqual(makeRule().look(contextOf(trials.slice(0, size), active)));
        }),
        { numRuns: 50 },
      );
    });

    it("gives the same figures for a mirrored study", () => {
      fc.assert(
        fc.property(past, hours, (trials, active) => {
          const rule = makeRule();
          const mirrored = trials.map((trial) => ({ ...trial, value: -trial.value }));
          const there = rule.look({ ...contextOf(mirrored, active), directions: ["maximize"] });
          const { holds, text } = rule.look(contextOf(trials, active));
          expect({ holds: there.holds, text: there.text }).toEqual({ holds, text });
        }),
        { numRuns: 50 },
      );
    });

    it("does not hold before there is anything to judge", () => {
      expect(makeRule().look(contextOf([], 0)).holds).toBe(false);
      const failed: readonly FinishedTrial[] = Array.from({ length: 200 }, (_, number) => ({
        ...finished({ state: "fail", value: 0, infeasible: false }, number),
      }));
      const history = new TrialHistory(SPACE, 1);
      for (const trial of failed) history.append(trial);
      expect(makeRule().look({ ...contextOf([], 0), history }).holds).toBe(false);
    });

    it("can be made from its own text", () => {
      const text = formatSpec(makeRule() as Spec);
      expect(readStopRules("--stop", [text])).toEqual([text]);
      expect(formatSpec(makeStopRules("--stop", [text])[0] as Spec)).toBe(text);
    });
  });
}
