import fc from "fast-check";
import { expect, it } from "vitest";
import { type History, rowAt } from "../../src/core/search/history.ts";
import { learnedHistory } from "../../src/core/search/learned.ts";
import { type Sampler, suggest } from "../../src/core/search/sampler.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { outcomes, spaces } from "./arbitraries.ts";
import { contextOf, copy, expectInside, play } from "./sampler.ts";

/** The suite for every sampler that learns from other studies, besides that for all samplers. */
export function learningConforms(makeSampler: () => Sampler, runs = 40): void {
  it("stays in the space and gives equal answers when it learns from another study, whatever that was", () => {
    fc.assert(
      fc.property(spaces, outcomes, outcomes, fc.integer(), (space, results, others, seed) => {
        const other = play(samplers.make("sampler", "random"), space, others, seed + 1);
        const costs = others.flatMap((result, i) =>
          result.kind === "value" && i < other.size ? [result.value] : [],
        );
        const lesson = (): History | null =>
          learnedHistory(
            space,
            costs.map((cost, i) => ({ number: i, params: {}, cost, row: rowAt(other, i) })),
          );
        const history = play(makeSampler(), space, results, seed);
        const learned = lesson();
        const context = { ...contextOf(history, results.length, seed), learned };
        const sampler = makeSampler();
        const first = suggest(sampler, context);
        expectInside(space, first, false);
        expect(suggest(sampler, context)).toEqual(first);
        // Rebuilt from what is recorded, and asked in between by a study that learns nothing.
        const again = copy(history);
        const alone = suggest(sampler, contextOf(again, results.length, seed));
        const rebuilt = { ...contextOf(again, results.length, seed), learned: lesson() };
        expect(suggest(sampler, rebuilt)).toEqual(first);
        expect(suggest(makeSampler(), contextOf(copy(history), results.length, seed))).toEqual(alone);
        expect(suggest(sampler, { ...contextOf(again, results.length, seed), learned: null })).toEqual(alone);
      }),
      { numRuns: runs, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
}
