import { describe, expect, it } from "vitest";
import { TrialHistory } from "../../src/core/search/history.ts";
import { GO_ON, type Pruner } from "../../src/core/search/pruner.ts";
import { formatSpec, type Spec } from "../../src/core/search/spec.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { patient } from "../../src/pruner/patient.ts";
import { percentile } from "../../src/pruner/percentile.ts";
import { pruners } from "../../src/pruner/registry.ts";
import { conforms } from "../conformance/pruner.ts";

conforms(() => patient({ patience: 2, minDelta: 0.5 }), { judgesAlone: true });
conforms(() => patient({ pruner: percentile({ startupTrials: 1, warmupSteps: 0 }), patience: 1 }));

function judge(pruner: Pruner, own: readonly number[], totalSteps: number | null = null, flip = 1) {
  const steps = own.map((value, step) => ({ step, value: value * flip }));
  const trial = { number: 0, row: new Float64Array(), steps };
  const history = new TrialHistory(compileSpace({}), 1);
  return pruner.judge({ history, directions: [flip === 1 ? "minimize" : "maximize"], trial, totalSteps });
}

/** A pruner that prunes every trial it judges. */
const strict: Pruner = { name: "strict", judge: () => ({ prune: true, detail: { step: 7 } }) };

describe("patient", () => {
  it("lets a trial go on while it improves, and `patience` steps longer", () => {
    const pruner = patient({ pruner: strict, patience: 2 });
    expect(judge(pruner, [5, 4, 3, 2, 1]).prune).toBe(false);
    expect(judge(pruner, [5, 4, 4]).prune).toBe(false);
    expect(judge(pruner, [5, 4, 4, 4])).toEqual({
      prune: true,
      detail: { wrapped: "strict", step: 7, withoutImprovement: 2 },
    });
    expect(judge(pruner, [5, 4, 4, 4], null, -1).prune).toBe(true);
    expect(judge(pruner, [5, 4, 4, 3]).prune).toBe(false);
  });

  it("afterwards the inner pruner decides; without one the trial is pruned", () => {
    const mild: Pruner = { name: "mild", judge: () => GO_ON };
    expect(judge(patient({ pruner: mild, patience: 1 }), [1, 2, 3]).prune).toBe(false);
    expect(judge(patient({ patience: 2 }), [1, 2, 3])).toEqual({
      prune: true,
      detail: { step: 2, withoutImprovement: 2 },
    });
  });

  it("does not count an improvement by less than minDelta, nor NaN", () => {
    const pruner = patient({ patience: 2, minDelta: 0.5 });
    expect(judge(pruner, [5, 4.9, 4.8]).prune).toBe(true);
    expect(judge(pruner, [5, 4.4, 4.3]).prune).toBe(false);
    expect(judge(pruner, [5, Number.NaN, Number.NaN]).prune).toBe(true);
  });

  it("uses the mean of splits, and the best of reports", () => {
    const own = [4, 2, 3, 2.9, 2.9]; // The mean goes on falling; the best report does not.
    expect(judge(patient({ patience: 3 }), own, 9).prune).toBe(false);
    expect(judge(patient({ patience: 3 }), own, null).prune).toBe(true);
  });

  it("can be nested in texts, in which the option's name `pruner` may be left out", () => {
    const spec = "patient(pruner=percentile(q=30), patience=2)";
    expect(formatSpec(pruners.make("pruner", spec) as Spec)).toBe(spec);
    expect(formatSpec(patient({ pruner: percentile({ q: 30 }), patience: 2 }) as Spec)).toBe(spec);
    expect(formatSpec(pruners.make("pruner", "patient(median, patience=3)") as Spec)).toBe(
      "patient(pruner=median, patience=3)",
    );
  });

  it.each<[spec: string, message: string]>([
    ["patient(medain)", "pruner: patient: expected one of none, median"],
    ["patient(medain)", "did you mean median?"],
    [
      "patient(patients=3)",
      'patient: expected the options pruner, patience, minDelta, got "patients"; did you mean',
    ],
    ["patient(patience=0)", "patient: patience: expected a whole number from 1 up, got 0"],
    ["patient(minDelta=-1)", "patient: minDelta: expected a number from 0 up, got -1"],
    ["patient(percentile(p=3))", 'did you mean "q"?'],
  ])("refuses %s", (spec, message) => {
    expect(() => pruners.make("pruner", spec)).toThrow(message);
  });

  it("refuses a pruner's name in a study file, where it would not be resolved", () => {
    expect(() => patient({ pruner: "median" as never })).toThrow(
      'patient: pruner: expected a pruner such as percentile(), got "median"',
    );
  });
});
