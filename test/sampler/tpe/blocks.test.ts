import { expect, it } from "vitest";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import { compileSpace } from "../../../src/core/space/space.ts";
import { blocksOf, isBlockActive } from "../../../src/sampler/tpe/blocks.ts";

const number: Distribution = { kind: "float", low: 0, high: 1, log: false, step: null };
const of = (distribution: Distribution, parent?: string, ...values: (string | number)[]) => ({
  distribution,
  conditions: parent === undefined ? [] : [{ parent, values }],
});

const space = compileSpace({
  kind: of({ kind: "categorical", choices: ["svm", "net"] }),
  gamma: of(number, "kind", "svm"),
  rate: of(number, "kind", "net"),
  layers: of({ kind: "int", low: 1, high: 3, log: false, step: 1 }, "kind", "net"),
  width1: of(number, "layers", 2, 3),
  seed: of(number),
});

it("groups params that are active together, after all params that they depend on", () => {
  const names = (places: readonly number[]) => places.map((i) => space.params[i]!.name);
  const blocks = blocksOf(space).map(({ members, ancestors }) => [names(members), names(ancestors)]);
  expect(blocks).toEqual([
    [["kind", "seed"], []],
    [["gamma"], ["kind", "seed"]],
    [
      ["rate", "layers"],
      ["kind", "seed"],
    ],
    [["width1"], ["kind", "rate", "layers", "seed"]],
  ]);
});

it("tells whether a block is active in a row", () => {
  const nan = Number.NaN;
  const active = (row: number[]) =>
    blocksOf(space).map((block) => isBlockActive(space, Float64Array.from(row), block));
  expect(active([0, 0.5, nan, nan, nan, 0.1])).toEqual([true, true, false, false]);
  expect(active([1, nan, 0.5, 3, nan, 0.1])).toEqual([true, false, true, true]);
});
