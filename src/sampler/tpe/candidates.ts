import { readPoint } from "./block-trials.ts";
import { CAUTION, logSurvival } from "./feasibility.ts";
import { logDensity, scalePoint, sumKernels } from "./mixture.ts";
import type { BlockModel } from "./parzen.ts";

/** How many kernels of the bad density are added to a candidate's sum in one step. */
const STRIDE = 128;

/**
 * The row with the largest ratio of good to bad density; null if there are no rows.
 *
 * The bad density is a sum over all bad trials, and a partial sum can only grow. So a candidate's ratio by its partial
 * sum is an upper bound, and the next kernels are always added for the candidate with the largest bound, until the sum
 * of that one is complete. The result is the same as with all sums, but most candidates fall behind after a few
 * kernels.
 */
export function bestOfBlock(
  { trials, good, bad, survival }: BlockModel,
  rows: readonly Float64Array[],
): Float64Array | null {
  const { dims } = trials.layout;
  const points = new Float64Array(rows.length * dims);
  const goodness = new Float64Array(rows.length);
  const badness = new Float64Array(rows.length).fill(bad.priorAll);
  const left = new Int32Array(rows.length).fill(bad.count);
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < rows.length; c++) {
    readPoint(trials, rows[c]!);
    goodness[c] = logDensity(good, trials.point);
    if (survival) goodness[c]! += CAUTION * logSurvival(trials, survival);
    top = Math.max(top, goodness[c]!);
    scalePoint(bad, trials.point, points, c * dims);
  }
  for (let c = 0; c < rows.length; c++) goodness[c] = Math.exp(goodness[c]! - top);
  for (;;) {
    const lead = leader(goodness, badness);
    if (lead < 0) return null;
    if (left[lead] === 0) return rows[lead]!;
    // The newest trials come first: they are nearest to the candidates, so that a bound falls early.
    const end = left[lead]!;
    const first = Math.max(0, end - STRIDE);
    badness[lead]! += sumKernels(bad, points, lead * dims, end, first);
    left[lead] = first;
  }
}

function leader(goodness: Float64Array, badness: Float64Array): number {
  let lead = -1;
  let best = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < goodness.length; c++) {
    const ratio = goodness[c]! / badness[c]!;
    if (ratio > best || lead < 0) [lead, best] = [c, ratio];
  }
  return lead;
}
