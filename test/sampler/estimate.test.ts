import { describe, expect, it } from "vitest";
import { askTell } from "../../src/ask-tell/ask-tell.ts";
import type { SamplerName } from "../../src/core/search/sampler.ts";
import { float } from "../../src/core/space/param.ts";

/** Minimises a bowl with pruned trials near its optimum. @returns the mean value of the last 30 of 120 trials. */
function search(sampler: SamplerName, tellStopped: (value: number) => object): number {
  const study = askTell({ space: { x: float(0, 1), y: float(0, 1) }, sampler, seed: 4 });
  const near: number[] = [];
  for (let trial = study.ask()!; trial.number < 120; trial = study.ask()!) {
    const value = (Number(trial.params.x) - 0.8) ** 2 + (Number(trial.params.y) - 0.3) ** 2;
    if (trial.number >= 90) near.push(value);
    const isComplete = trial.number % 4 === 0 && value > 0.2; // Near the optimum all trials are pruned, so only their estimates show it.
    study.tell(trial.number, isComplete ? value : { state: "pruned", ...tellStopped(value) });
  }
  return near.reduce((sum, value) => sum + value, 0) / near.length;
}

describe.each(["tpe", "cmaes"] as const)("%s", (sampler) => {
  it("learns from an estimate as from a value", () => {
    const withEstimates = search(sampler, (value) => ({ estimate: { value, sd: 0.01 } }));
    const without = search(sampler, () => ({}));
    expect(withEstimates).toBeLessThan(without / 3);
  });
});

it("a trial with an estimate is never the best", () => {
  const study = askTell({ space: { x: float(0, 1) } });
  study.tell(study.ask()!.number, 3);
  study.tell(study.ask()!.number, { state: "pruned", estimate: 1 });
  expect(study.best()).toMatchObject({ number: 0, value: 3 });
  expect([study.history.estimate[1], study.history.estimateSd[1]]).toEqual([1, 0]);
  expect(study.history.estimate[0]).toBeNaN();
});

it.each([
  ["0.5", 'tell: estimate: expected a finite number, or { value, sd } of such, got "0.5"'],
  [Number.NaN, "tell: estimate: expected a finite number"],
  [{ value: 1, sd: -1 }, "tell: estimate: expected a finite number"],
])("refuses %j", (estimate, message) => {
  const study = askTell({ space: { x: float(0, 1) } });
  const { number } = study.ask()!;
  expect(() => study.tell(number, { state: "pruned", estimate: estimate as never })).toThrow(message);
});
