import { describe, expect, it } from "vitest";
import type { AddedTrial } from "../../src/ask-tell/added.ts";
import { type AskTell, askTell } from "../../src/ask-tell/ask-tell.ts";
import type { AskTellOptions } from "../../src/ask-tell/options.ts";
import type { EngineEnd } from "../../src/core/engine.ts";
import { overrunOf, proposerOf } from "../../src/core/search/history.ts";
import type { PrunerName } from "../../src/core/search/pruner.ts";
import type { SamplerName } from "../../src/core/search/sampler.ts";
import type { Told } from "../../src/core/search/told.ts";
import { categorical, float, int } from "../../src/core/space/param.ts";
import { rowKey } from "../../src/core/space/space.ts";
import { percentile } from "../../src/pruner/percentile.ts";
import { virtualClock } from "../../src/simulation/clock.ts";
import { simulatedEngine } from "../../src/simulation/engine.ts";
import { type Scenario, scenarioOf } from "../../src/simulation/scenario.ts";
import { type Proposed, play } from "../support/play.ts";
import { PRUNERS } from "../support/pruners.ts";

/** A loop with `report` and `shouldPrune` has the trials of a study with the same pruner. */

const space = { x: float(0, 1) };

/** The space of simulated studies. */
const DECLARED = {
  learningRate: float(1e-4, 1e-1, { log: true }),
  depth: int(1, 8),
  optimizer: categorical(["adam", "sgd"]),
  momentum: float(0, 0.99).when("optimizer", "sgd"),
};

const scenario = (pruner: string, splitCount: number): Scenario =>
  scenarioOf(11, ["tpe"], [pruner], {
    ...{
      splitCount,
      reports: splitCount === 1 ? 4 : 0,
      splitOrder: "given",
      trials: 30,
      enqueued: [],
      stop: [],
    },
    ...{ failures: 0.04, guarded: 0.04, workers: 1, lag: null, noise: 0.3 },
  });

/** Runs the trials of a simulated study in a loop of its own. */
async function loop(study: Scenario): Promise<readonly Omit<Proposed, "unparked" | "order">[]> {
  const { seed, splitCount, trials } = study;
  const clock = virtualClock();
  const engine = simulatedEngine({ clock, ...study });
  const search = askTell({
    ...{ space: DECLARED, seed, splits: splitCount, trials },
    sampler: study.sampler as SamplerName,
    pruner: study.pruner as PrunerName,
  });
  expect(search.space).toEqual(study.space);
  const states: string[] = [];
  for (let trial = search.ask()!; trial.number < trials; trial = search.ask()!) {
    const limits = { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1 };
    const task = { ...trial, attempt: 1, recorded: [], limits };
    let told: Told | null = null;
    for await (const event of engine.run(task, new AbortController().signal)) {
      if (event.kind === "split" && splitCount === 1) event.answer("go");
      else if (event.kind === "split" || event.kind === "report") {
        if (event.kind === "split") search.report(trial.number, event.result.split, event.result.values[0]!);
        else search.report(trial.number, event.report.step, event.report.value);
        event.answer(search.shouldPrune(trial.number) ? "prune" : "go");
      } else if (event.kind === "outcome") told = toldOf(event.end);
    }
    states.push(told!.state);
    search.tell(trial.number, told!);
  }
  clock.stop();
  const { history } = search;
  return states.map((state, i) => ({
    number: history.number[i]!,
    params: rowKey(Float64Array.from(history.params, (column) => column[i]!)),
    by: proposerOf(history, i),
    state,
    value: state === "complete" ? history.values[0]![i]! : null,
  }));
}

function toldOf(end: EngineEnd): Told {
  if (end.state === "complete") return { state: "complete", value: end.values };
  if (end.state === "pruned") return { state: "pruned", reason: end.reason, overrun: overrunOf(end.detail) };
  if (end.state === "fail") return { state: "fail", reason: end.reason };
  return { state: "pruned" };
}

describe.each([5, 1])("with %d splits", (splitCount) => {
  const judging = PRUNERS.filter((pruner) => splitCount > 1 || !/race|wilcoxon/.test(pruner));
  it.each(judging)("%s gives the same trials as in a study", async (pruner) => {
    const study = await play(scenario(pruner, splitCount));
    const own = await loop(scenario(pruner, splitCount));
    // The simulated reports improve from step to step, so that patience never ends.
    if (pruner !== "none" && !(splitCount === 1 && pruner.startsWith("patient")))
      expect(own.filter(({ state }) => state === "pruned").length).toBeGreaterThan(1);
    // A study takes trials of a race up again at its end; a loop does not.
    const stopped = ({ unparked, order: _, ...trial }: Proposed) =>
      unparked === null ? trial : { ...trial, state: "pruned", value: null };
    expect(own).toEqual(study.map(stopped));
  });
});

const RACE: AskTellOptions = { space, pruner: "race", splits: 5 };

/** Runs trials of five splits until the race is sure that the last one is worse; it is not told yet. */
function raced(added: readonly AddedTrial[] = []): { readonly search: AskTell; readonly number: number } {
  const search = askTell(RACE);
  search.add(added);
  const run = (level: number): number => {
    const { number } = search.ask()!;
    for (let split = 0; split < 5; split++) {
      search.report(number, split, level + [0.01, -0.02, 0.015, 0.005, -0.01][(split + number) % 5]!);
      if (search.shouldPrune(number)) return number;
    }
    search.tell(number, level);
    return number;
  };
  for (const level of [1, 1.1, 1.2]) run(level);
  return { search, number: run(9) };
}

it("a trial that is told as pruned after a verdict gets the verdict's estimate", () => {
  const { search, number } = raced();
  search.tell(number, { state: "pruned" });
  const at = search.history.size - 1;
  expect(search.history.estimate[at]).toBeCloseTo(9, 0);
  expect(search.history.estimateSd[at]).toBeGreaterThan(0);
  expect(search.best()).toMatchObject({ number: 0, value: 1 });
});

it("a verdict is saved with its trial", () => {
  const { search, number } = raced();
  const copy = askTell(RACE);
  copy.load(JSON.parse(JSON.stringify(search.save())));
  for (const each of [search, copy]) each.tell(number, { state: "pruned" });
  expect(copy.history.estimate[number]).toBe(search.history.estimate[number]);
  expect(copy.history.estimateSd[number]).toBe(search.history.estimateSd[number]);
  expect(copy.history.estimate[number]).not.toBeNaN();
});

it("a race goes on beside trials whose splits are not known", () => {
  const { search, number } = raced([{ params: { x: 0.5 }, told: 1.05 }]);
  expect(search.shouldPrune(number)).toBe(true);
});

it("an estimate of one's own takes precedence; no other end gets the verdict's", () => {
  const { search, number } = raced();
  search.tell(number, { state: "pruned", estimate: 8.5 });
  expect(search.history.estimate[number]).toBe(8.5);
  for (const told of [{ state: "pruned", reason: "memory-limit" }, { state: "fail" }] as const) {
    const other = raced();
    other.search.tell(other.number, told);
    expect(other.search.history.estimate[other.number]).toBeNaN();
  }
});

it("a verdict does not outlive the next report", () => {
  const { search, number } = raced();
  search.report(number, 1, 1);
  search.tell(number, { state: "pruned" });
  expect(search.history.estimate[number]).toBeNaN();
});

it("a split that is not finite prunes its trial, whatever is told, as it does in a study", () => {
  const search = askTell({ space, splits: 2 });
  for (const told of [3, { state: "pruned" }, { state: "fail" }] as const) {
    const { number } = search.ask()!;
    search.report(number, 0, 1);
    expect(search.shouldPrune(number)).toBe(false);
    search.report(number, 1, Number.NaN);
    expect(search.shouldPrune(number)).toBe(true);
    search.tell(number, told);
  }
  expect(search.save().trials.map(({ told }) => told)).toEqual([
    { state: "pruned", reason: "not-finite" },
    { state: "pruned", reason: "not-finite" },
    { state: "fail", reason: "error" },
  ]);
});

it("without a pruner nothing is pruned, and reports are kept", () => {
  const search = askTell({ space });
  const { number } = search.ask()!;
  search.report(number, 10, 0.5);
  search.report(number, 20, Number.POSITIVE_INFINITY);
  expect(search.shouldPrune(number)).toBe(false);
  search.tell(number, 0.4);
  expect([...search.history.stepValue.subarray(0, 2)]).toEqual([0.5, Number.POSITIVE_INFINITY]);
});

it("takes a pruner by name, by factory and as a spec", () => {
  const verdicts = (pruner: Parameters<typeof askTell>[0]["pruner"] & {}): boolean[] => {
    const search = askTell({ space, pruner });
    return [5, 4, 3, 2, 1, 6, 0].map((level) => {
      const { number } = search.ask()!;
      for (const step of [1, 2]) search.report(number, step, level);
      const verdict = search.shouldPrune(number);
      search.tell(number, verdict ? { state: "pruned" } : level);
      return verdict;
    });
  };
  const expected = verdicts(percentile({ q: 25 }));
  expect(expected).toContain(true);
  expect(verdicts("percentile(q=25)" as PrunerName)).toEqual(expected);
  expect(verdicts({ name: "percentile", options: { q: 25 } })).toEqual(expected);
});

it("splits count by their numbers, in whichever order they were reported", () => {
  const search = askTell({ space, splits: 3 });
  const { number } = search.ask()!;
  for (const split of [2, 0, 1]) search.report(number, split, split * 10);
  search.tell(number, 10);
  expect([...search.history.step.subarray(0, 3)]).toEqual([0, 1, 2]);
});
