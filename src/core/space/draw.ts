import type { Rng } from "../rng.ts";
import { isActive, type Space } from "./space.ts";
import { fromUnit } from "./unit-cube.ts";

/**
 * Draws a row of the space at random, parents before children; inactive params are NaN. A param is drawn uniformly, or
 * uniformly in its logarithm if it is declared so.
 *
 * @param given - Rows with values that are used in place of draws; NaN leaves a param open. Earlier rows take
 * precedence.
 */
export function uniformRow(space: Space, stream: Rng, ...given: readonly Float64Array[]): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  space.params.forEach(({ distribution }, i) => {
    if (!isActive(space, row, i)) return;
    const fixed = given.find((each) => !Number.isNaN(each[i]!));
    row[i] = fixed ? fixed[i]! : fromUnit(distribution, stream.next());
  });
  return row;
}
