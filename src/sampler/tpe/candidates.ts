import { readPoint } from "./block-trials.ts";
import { CAUTION, logSurvival } from "./feasibility.ts";
import { logDensity, scalePoint, sumKernels } from "./mixture.ts";
import type { BlockModel } from "./parzen.ts";
import { type RowList, rowOf } from "./row-list.ts";

/**
 * How many kernels of the bad density are added to a candidate's sum in one step: few at first, because most candidates
 * fall behind after these, and then half of those that it has, because to look for the leader takes time too.
 */
const [LEAST_STRIDE, MOST_STRIDE] = [16, 128];

/**
 * The row with the largest ratio of good to bad density; null if there are no rows.
 *
 * The bad density is a sum over all bad trials, and a partial sum can only grow. So a candidate's ratio by its partial
 * sum is an upper bound, and the next kernels are always added for the candidate with the largest bound, until the sum
 * of that one is complete. The result is the same as with all sums, but most candidates fall behind after a few
 * kernels.
 */
export function bestOfBlock({ trials, good, bad, survival }: BlockModel, rows: RowList): Float64Array | null {
  const { dims } = trials.layout;
  const points = new Float64Array(rows.count * dims);
  const logGoodness: number[] = [];
  for (let c = 0; c < rows.count; c++) {
    readPoint(trials, rows.values, c * rows.width);
    const caution = survival ? CAUTION * logSurvival(trials, survival) : 0;
    logGoodness.push(logDensity(good, trials.point) + caution);
    scalePoint(bad, trials.point, points, c * dims);
  }
  const top = logGoodness.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY);
  const goodness = logGoodness.map((log) => Math.exp(log - top));
  const badness = goodness.map(() => bad.priorAll);
  const left = goodness.map(() => bad.count);
  const bounds = goodness.map((own) => own / bad.priorAll);
  for (;;) {
    const lead = leader(bounds);
    if (lead < 0) return null;
    const end = left[lead]!;
    if (end === 0) return rowOf(rows, lead);
    // The newest trials come first: they are nearest to the candidates, so that a bound falls early.
    const stride = Math.min(MOST_STRIDE, Math.max(LEAST_STRIDE, (bad.count - end) >> 1));
    const first = Math.max(0, end - stride);
    badness[lead]! += sumKernels(bad, points, lead * dims, end, first);
    bounds[lead] = goodness[lead]! / badness[lead]!;
    left[lead] = first;
  }
}

/** The first of the candidates with the largest bound; -1 if there are none. */
function leader(bounds: readonly number[]): number {
  let lead = bounds.length > 0 ? 0 : -1;
  for (let c = 1; c < bounds.length; c++) if (bounds[c]! > bounds[lead]!) lead = c;
  return lead;
}
