import { cardinality } from "../core/space/distribution.ts";
import type { Space } from "../core/space/space.ts";
import { cellCount, cellOf, densityOf } from "./grid.ts";

/** A param counts only if it was active in this many trials. */
const LEAST_TRIALS = 2;

/**
 * How important each param is for a trial to be among those of a target, such as the best tenth: how much the density of
 * its values in the target differs from that in all trials (Pearson's divergence). Watanabe, Bansal and Hutter,
 * "PED-ANOVA", IJCAI 2023, arXiv 2304.10255; where params have conditions as in "Conditional PED-ANOVA", arXiv 2601.20800:
 * a param's trials are those in which it is active. O(trials) for each param.
 *
 * @param columns - The values of each param in all trials, as the numbers of a row; NaN where it is inactive.
 * @param inTarget - 1 for each trial of the target, else 0; at least one.
 * @returns an importance for each param, 0 or more; all are 0 if every trial is in the target.
 */
export function pedAnova(space: Space, columns: readonly Float64Array[], inTarget: Uint8Array): Float64Array {
  const trials = inTarget.length;
  const targets = inTarget.reduce((sum, one) => sum + one, 0);
  return Float64Array.from(space.params, ({ distribution }, i) => {
    if (cardinality(distribution) < 2) return 0;
    const { region, target } = countCells(columns[i]!, inTarget, distribution);
    const [active, activeTargets] = [total(region), total(target)];
    if (active < LEAST_TRIALS || activeTargets === 0) return 0;
    const isCategorical = distribution.kind === "categorical";
    const divergence = pearson(densityOf(target, isCategorical), densityOf(region, isCategorical));
    const share = (activeTargets / targets) ** 2 / (active / trials);
    return (targets / trials) ** 2 * share * divergence;
  });
}

/** How many trials, and how many of the target, are in each cell of a param's grid. */
function countCells(
  column: Float64Array,
  inTarget: Uint8Array,
  distribution: Parameters<typeof cellOf>[0],
): { readonly region: Float64Array; readonly target: Float64Array } {
  const cells = cellCount(distribution);
  const cell = cellOf(distribution, cells);
  const region = new Float64Array(cells);
  const target = new Float64Array(cells);
  for (let trial = 0; trial < column.length; trial++) {
    if (Number.isNaN(column[trial]!)) continue;
    const at = cell(column[trial]!);
    region[at]!++;
    if (inTarget[trial] === 1) target[at]!++;
  }
  return { region, target };
}

function pearson(target: Float64Array, region: Float64Array): number {
  return region.reduce((sum, density, cell) => sum + density * (target[cell]! / density - 1) ** 2, 0);
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
