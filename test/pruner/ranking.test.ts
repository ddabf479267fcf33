import fc from "fast-check";
import { expect, test } from "vitest";
import { laggedHistory } from "../../src/coordinator/history-view.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { afterSplits } from "../../src/pruner/point.ts";
import { rankings } from "../../src/pruner/ranking.ts";

const ROW = new Float64Array();
const value = fc.oneof(
  fc.double({ min: -9, max: 9, noNaN: true }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, 2),
);

test("a ranking contains the trials of the given history only, whatever has been read before, and in whatever batches", () => {
  const told = fc.array(fc.option(value, { nil: null }), { maxLength: 80 });
  const sizes = fc.array(fc.nat(80), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(told, sizes, value, (values, asked, own) => {
      const view = laggedHistory(compileSpace({}), 1, 1);
      values.forEach((shown, number) => {
        const steps = shown === null ? [] : [{ step: 0, value: shown }];
        const base = { number, row: ROW, constraints: [], overrun: 0, steps };
        view.append({ ...base, state: "pruned", reason: "pruner", values: [] });
      });
      const rank = rankings(() => true);
      const { point } = afterSplits([{ step: 0, value: own }], 1);
      for (const size of asked.map((each) => Math.min(each, values.length))) {
        const shown = values.slice(0, size).filter((each) => each !== null);
        const numbers = shown.filter((each) => !Number.isNaN(each)).sort((a, b) => a - b);
        const ranking = rank(view.for(size), point);
        expect([ranking.size, ranking.numbers]).toEqual([shown.length, numbers.length]);
        expect(numbers.map((_, place) => ranking.at(place) + 0)).toEqual(numbers.map((each) => each + 0));
        const below = (limit: number) =>
          Number.isNaN(limit) ? numbers.length : numbers.filter((each) => each < limit).length;
        for (const limit of [own, ...numbers]) expect(ranking.below(limit)).toBe(below(limit));
      }
    }),
  );
});
