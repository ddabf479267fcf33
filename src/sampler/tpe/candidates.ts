import { readPoint } from "./block-trials.ts";
import { CAUTION, logAlive } from "./feasibility.ts";
import { logDensity, sumOwn, toScale } from "./mixture.ts";
import type { BlockModel } from "./parzen.ts";

/** How many kernels of the bad density are added to a candidate's sum at a time. */
const STRIDE = 128;

/**
 * The row with the largest ratio of good to bad density; null for no rows.
 *
 * The bad density is a sum over all bad trials, and it only grows while it is summed. So the candidate that leads gets
 * its next kernels, until the leader's sum is whole: most candidates fall behind after a few, and the answer is that of
 * all sums.
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
    if (survival) goodness[c]! += CAUTION * logAlive(trials, survival);
    top = Math.max(top, goodness[c]!);
    toScale(bad, trials.point, points, c * dims);
  }
  for (let c = 0; c < rows.length; c++) goodness[c] = Math.exp(goodness[c]! - top);
  for (;;) {
    const lead = leader(goodness, badness);
    if (lead < 0) return null;
    if (left[lead] === 0) return rows[lead]!;
    // The newest first: they are the nearest to what is asked for.
    const end = left[lead]!;
    const first = Math.max(0, end - STRIDE);
    badness[lead]! += sumOwn(bad, points, lead * dims, end, first);
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
