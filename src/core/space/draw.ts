import type { Rng } from "../rng.ts";
import { isActive, type Space } from "./space.ts";
import { fromUnit } from "./unit-cube.ts";

/**
 * A point of the space, parents before children, inactive params NaN.
 *
 * @param given - Rows whose entries are taken over, earlier ones before later ones; NaN leaves a param open. What none
 *   of them settles is drawn as the param's declaration says: uniformly, or in its logarithm.
 */
export function uniformRow(space: Space, stream: Rng, ...given: readonly Float64Array[]): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  space.params.forEach(({ distribution }, i) => {
    if (!isActive(space, row, i)) return;
    const settled = given.find((each) => !Number.isNaN(each[i]!));
    row[i] = settled ? settled[i]! : fromUnit(distribution, stream.next());
  });
  return row;
}
