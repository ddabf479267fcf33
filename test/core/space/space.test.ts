import fc from "fast-check";
import { expect, it } from "vitest";
import { categorical, float, int } from "../../../src/core/space/param.ts";
import { compileSpace, countPoints, isActive, type Space } from "../../../src/core/space/space.ts";
import { cellCount, cellValue } from "../../../src/core/space/unit-cube.ts";
import { discreteSpaces } from "../../conformance/arbitraries.ts";

/** Counts the points of a space by visiting each. */
function walk(space: Space, row: Float64Array, i: number): number {
  if (i === row.length) return 1;
  row[i] = Number.NaN;
  if (!isActive(space, row, i)) return walk(space, row, i + 1);
  let count = 0;
  const { distribution } = space.params[i]!;
  for (let k = 0; k < cellCount(distribution); k++) {
    row[i] = cellValue(distribution, k);
    count += walk(space, row, i + 1);
  }
  return count;
}

it("counts as many points as a walk through all of them", () => {
  fc.assert(
    fc.property(discreteSpaces, (space) => {
      expect(countPoints(space)).toBe(walk(space, new Float64Array(space.params.length), 0));
    }),
  );
});

it("counts more points than can be visited, and infinitely many if a param is continuous", () => {
  const model = categorical(["a", "b", "c"]);
  const large = {
    model,
    n: int(1, 1e6),
    m: int(1, 1e6).when("model", "a"),
    k: int(1, 1e6).when("m", [1, 2]),
  };
  expect(countPoints(compileSpace(large))).toBe(1e6 * (2 * 1e6 + (1e6 - 2) + 2));
  const continuous = { model, x: float(0, 1).when("model", "a") };
  expect(countPoints(compileSpace(continuous))).toBe(Number.POSITIVE_INFINITY);
});
