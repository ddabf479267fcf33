import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rng } from "../../src/core/rng.ts";
import type { Direction } from "../../src/core/search/direction.ts";
import { type FinishedTrial, type History, TrialHistory } from "../../src/core/search/history.ts";
import { type AskContext, type Sampler, type Suggestion, suggest } from "../../src/core/search/sampler.ts";
import { cardinality, type Distribution } from "../../src/core/space/distribution.ts";
import { compileSpace, countPoints, isActive, rowKey, type Space } from "../../src/core/space/space.ts";
import { discreteSpaces, outcomes, spaces, type TrialResult } from "./arbitraries.ts";

/** Exceptions that a sampler's docs justify. */
export interface Conformance {
  /**
   * The sampler may end a study although untried points remain, as a grid over continuous params does. Default false.
   */
  readonly ends?: boolean;
  /** Number of cases of each property. Default 60. */
  readonly runs?: number;
}

/** The suite for every sampler: `conforms(() => tpe())` at the top level of a test file. */
export function conforms(makeSampler: () => Sampler, options: Conformance = {}): void {
  const { ends = false, runs = 60 } = options;
  describe(`conformance of ${makeSampler().name}`, () => {
    it("stays in the space, whatever the history and the number of planned trials are", () => {
      const planned = fc.constantFrom(null, 1, 8, 1000);
      fc.assert(
        fc.property(spaces, outcomes, fc.integer(), planned, (space, results, seed, trials) => {
          const sampler = makeSampler();
          const history = play(sampler, space, results, seed);
          for (let number = 0; number < 3; number++) {
            const context = contextOf(history, results.length + number, seed, "minimize", trials);
            expectInside(space, suggest(sampler, context), ends);
          }
        }),
        { numRuns: runs, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
      );
    });

    it("gives equal answers to equal questions, also after it is rebuilt from the history", () => {
      fc.assert(
        fc.property(spaces, outcomes, fc.integer(), (space, results, seed) => {
          const sampler = makeSampler();
          const history = play(sampler, space, results, seed);
          const first = sampler.ask(contextOf(history, results.length, seed));
          const again = sampler.ask(contextOf(history, results.length, seed));
          const rebuilt = makeSampler().ask(contextOf(copy(history), results.length, seed));
          expect(again).toEqual(first);
          expect(rebuilt).toEqual(first);
        }),
        { numRuns: runs, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
      );
    });

    it("stays in the space and gives equal answers with several objectives too", () => {
      fc.assert(
        fc.property(
          spaces,
          outcomes,
          fc.integer(),
          fc.integer({ min: 2, max: 3 }),
          (space, results, seed, k) => {
            const sampler = makeSampler();
            const history = play(sampler, space, results, seed, k);
            const first = suggest(sampler, contextOf(history, results.length, seed));
            expectInside(space, first, ends);
            const rebuilt = suggest(makeSampler(), contextOf(copy(history), results.length, seed));
            expect(rebuilt).toEqual(first);
          },
        ),
        { numRuns: Math.ceil(runs / 3), endOnFailure: true, interruptAfterTimeLimit: 20_000 },
      );
    });

    discrete(makeSampler, runs);

    it("proposes while all trials are running", () => {
      const space = mixedSpace(4);
      const history = new TrialHistory(space, 1);
      const sampler = makeSampler();
      for (let number = 0; number < 30; number++) {
        const suggested = suggest(sampler, contextOf(history, number, 1));
        expectInside(space, suggested, ends);
        if (suggested) history.start(number, suggested.row, suggested.by);
      }
    });

    it("handles 1 to 300 params", () => {
      for (const count of [1, 2, 10, 40, 100, 300]) {
        const space = mixedSpace(count);
        const history = play(makeSampler(), space, manyOutcomes(40), 3);
        expectInside(space, suggest(makeSampler(), contextOf(history, 40, 3)), ends);
      }
    });

    it("handles 10,000 trials", () => {
      const space = mixedSpace(6);
      const history = new TrialHistory(space, 1);
      const draw = rng(5, 0, "history");
      for (let number = 0; number < 10_000; number++) {
        const row = randomRow(space, draw.next);
        const by = ["tpe", "gp", "enqueued", null][number % 4]!;
        history.append(finished(number, { row, by }, { kind: "value", value: draw.normal() }));
      }
      const sampler = makeSampler();
      for (let number = 10_000; number < 10_020; number++) {
        const suggested = suggest(sampler, contextOf(history, number, 5));
        expectInside(space, suggested, ends);
        const trial = suggested ?? { row: randomRow(space, draw.next), by: null };
        history.append(finished(number, trial, outcomeOf(number)));
      }
    });

    it("allows duplicates if the study declares noise", () => {
      const space = compileSpace({
        only: { distribution: { kind: "categorical", choices: ["a"] }, conditions: [] },
      });
      const history = new TrialHistory(space, 1);
      history.append(finished(0, { row: Float64Array.of(0), by: null }, outcomeOf(1)));
      const suggested = suggest(makeSampler(), { ...contextOf(history, 1, 1), noise: true });
      if (!ends) expect(suggested!.row).toEqual(Float64Array.of(0));
    });
  });
}

/** What every sampler does in a space of few points. */
function discrete(makeSampler: () => Sampler, runs: number): void {
  it("repeats no point of a discrete space while others remain, and ends after the last", () => {
    fc.assert(
      fc.property(discreteSpaces, fc.integer(), fc.boolean(), (space, seed, keepRunning) => {
        const points = countPoints(space);
        const history = new TrialHistory(space, 1);
        const sampler = makeSampler();
        const seen = new Set<string>();
        for (let number = 0; number < points; number++) {
          const suggested = suggest(sampler, contextOf(history, number, seed));
          expectInside(space, suggested, false);
          const { row, by } = suggested!;
          expect(seen).not.toContain(rowKey(row));
          seen.add(rowKey(row));
          history.start(number, row, by);
          if (!keepRunning || number % 3 > 0)
            history.append(finished(number, suggested!, outcomeOf(row[0]!)));
        }
        expect(sampler.ask(contextOf(history, points, seed))).toBeNull();
      }),
      { numRuns: Math.ceil(runs / 3), endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
}

function mixedSpace(count: number): Space {
  const kinds: Distribution[] = [
    { kind: "float", low: -5, high: 5, log: false, step: null },
    { kind: "float", low: 1e-5, high: 1, log: true, step: null },
    { kind: "int", low: 1, high: 64, log: true, step: 1 },
    { kind: "categorical", choices: ["a", "b", "c"] },
    { kind: "float", low: 0, high: 1, log: false, step: 0.125 },
  ];
  const entries = Array.from({ length: count }, (_, i) => [
    `p${i}`,
    { distribution: kinds[i % 5]!, conditions: [] },
  ]);
  return compileSpace(Object.fromEntries(entries));
}

function manyOutcomes(count: number): TrialResult[] {
  return Array.from({ length: count }, (_, i) => outcomeOf(Math.sin(i * 12.9898)));
}

function outcomeOf(value: number): TrialResult {
  return { kind: "value", value: Number.isNaN(value) ? 0 : value };
}

/** The arguments of `ask` for trial `number`. */
export function contextOf(
  history: History,
  number: number,
  seed: number,
  direction: Direction = "minimize",
  trials: number | null = null,
): AskContext {
  return {
    space: history.space,
    directions: history.values.map(() => direction),
    history,
    number,
    rng: (purpose) => rng(seed, number, purpose),
    studyRng: (purpose) => rng(seed, -1, purpose),
    noise: false,
    trials,
  };
}

/** The row of a trial and who proposed it; null: not known. */
type Proposed = { readonly row: Float64Array; readonly by: string | null };

/** A finished trial with an outcome. */
export function finished(
  number: number,
  { row, by }: Proposed,
  result: TrialResult,
  objectives = 1,
): FinishedTrial {
  const base = { number, row, by, values: [], constraints: [], overrun: 0, steps: [], reason: null };
  if (result.kind === "fail") return { ...base, state: "fail", reason: "error" };
  if (result.kind === "pruned") {
    const reason = result.overrun > 0 ? "memory-limit" : "pruner";
    return { ...base, state: "pruned", reason, overrun: result.overrun, steps: [{ step: 0, value: 1 }] };
  }
  const value = result.kind === "value" ? result.value : 0;
  const constraints = result.kind === "value" && result.violation !== undefined ? [result.violation] : [];
  // Further objectives have few distinct values, so that trials are equal in one and differ in another.
  const values = Array.from({ length: objectives }, (_, k) => (k === 0 ? value : (number * k) % 3));
  return { ...base, state: "complete", values, constraints };
}

/** Runs a study of the sampler's proposals with the given outcomes. It stops early if the space is exhausted. */
export function play(
  sampler: Sampler,
  space: Space,
  results: readonly TrialResult[],
  seed: number,
  objectives = 1,
): TrialHistory {
  const history = new TrialHistory(space, objectives);
  for (const [number, one] of results.entries()) {
    const suggested = suggest(sampler, contextOf(history, number, seed));
    if (!suggested) break;
    history.start(number, suggested.row, suggested.by);
    if (one.kind !== "running") history.append(finished(number, suggested, one, objectives));
  }
  return history;
}

/** The same history as a new object, for which no cached results exist. */
export function copy(history: TrialHistory): TrialHistory {
  return Object.assign(
    new TrialHistory(history.space, history.values.length),
    structuredClone({ ...history }),
    {
      space: history.space,
    },
  );
}

function randomRow(space: Space, next: () => number): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  space.params.forEach(({ distribution }, i) => {
    if (!isActive(space, row, i)) return;
    const values = cardinality(distribution);
    if (distribution.kind === "categorical") row[i] = Math.floor(next() * values);
    else if (distribution.step === null)
      row[i] = distribution.low + next() * (distribution.high - distribution.low);
    else row[i] = distribution.low + Math.floor(next() * values) * distribution.step;
  });
  return row;
}

export function expectInside(space: Space, suggested: Suggestion | null, mayEnd: boolean): void {
  if (suggested === null) {
    if (!mayEnd) expect(countPoints(space)).toBeLessThan(1000);
    return;
  }
  const { row, by, why } = suggested;
  expect(by).not.toBe("");
  expect(why === null || (why.length < 200 && !/[\n.]$/.test(why)), String(why)).toBe(true);
  expect(row).toHaveLength(space.params.length);
  space.params.forEach(({ name, distribution }, i) => {
    const value = row[i]!;
    const inside = isActive(space, row, i) ? isAllowed(distribution, value) : Number.isNaN(value);
    expect(inside, `${name} = ${value}`).toBe(true);
  });
}

function isAllowed(distribution: Distribution, value: number): boolean {
  if (distribution.kind === "categorical") {
    return Number.isInteger(value) && value >= 0 && value < distribution.choices.length;
  }
  const { low, high, step } = distribution;
  const steps = step === null ? 0 : (value - low) / step;
  return value >= low && value <= high && Math.abs(steps - Math.round(steps)) < 1e-6;
}
