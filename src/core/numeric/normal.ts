// The normal distribution, to the precision that samplers and pruners need.

/** The table of `normalCdf` covers this many standard deviations on both sides. */
const REACH = 6;
/** Number of intervals of the table. */
const STEPS = 4096;
const TABLE = Float64Array.from({ length: STEPS + 2 }, (_, i) => exactCdf((i / STEPS) * 2 * REACH - REACH));

/** Distribution function by Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.17: error below 1e-7. */
function exactCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)) * poly;
  return x >= 0 ? 1 - upper : upper;
}

/** Distribution function of the standard normal, from a table without a call of exp: absolute error below 1e-6. */
export function normalCdf(x: number): number {
  if (x <= -REACH) return 0;
  if (x >= REACH) return 1;
  const at = (x + REACH) * (STEPS / (2 * REACH));
  const left = Math.floor(at);
  const before = TABLE[left]!;
  return before + (TABLE[left + 1]! - before) * (at - left);
}

/** Probability that a standard normal is at most `left` below 0 and at most `right` above it. */
export function massInside(left: number, right: number): number {
  if (left >= REACH && right >= REACH) return 1;
  return normalCdf(right) - normalCdf(-left);
}

/**
 * A draw from the normal with mean `centre` (in [0, 1]) and standard deviation `width`, truncated to [0, 1]: inverts its
 * distribution at `uniform` in [0, 1).
 */
export function drawInside(centre: number, width: number, uniform: number): number {
  const from = normalCdf(-centre / width);
  const to = normalCdf((1 - centre) / width);
  const at = centre + width * normalQuantile(from + uniform * (to - from));
  return Math.min(1, Math.max(0, at));
}

/**
 * Quantile of the standard normal, by Acklam's rational approximation: its relative error, below 1.2e-9, does not
 * matter for drawing. -Infinity at 0, Infinity at 1.
 */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 1 - LOW) return -lowQuantile(1 - p);
  if (p < LOW) return lowQuantile(p);
  const q = p - 0.5;
  const r = q * q;
  const top =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
    2.506628277459239;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return (top * q) / bottom;
}

/** Below this probability, and above 1 minus it, Acklam's formula for the tails holds. */
const LOW = 0.02425;

function lowQuantile(p: number): number {
  const q = Math.sqrt(-2 * Math.log(p));
  const top =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
      q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const bottom =
    (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q +
    1;
  return top / bottom;
}

/**
 * Probability that Student's t with `freedom` degrees of freedom lies above `t`, by a normal approximation (Abramowitz
 * and Stegun, 26.7.8): the absolute error is below 0.001 from 8 degrees of freedom on.
 */
export function studentTail(t: number, freedom: number): number {
  if (!Number.isFinite(t)) return t > 0 ? 0 : 1;
  const normal = (t * (1 - 1 / (4 * freedom))) / Math.sqrt(1 + (t * t) / (2 * freedom));
  return normalCdf(-normal);
}

/**
 * The quantile of Student's t with `freedom` degrees of freedom: exact for 1 and 2, else by an expansion around the normal
 * one (Abramowitz and Stegun, 26.7.5), which is right to 1 % for 3 and to 0.3 % from 4 on where `p` is 0.975.
 *
 * @param p - Between 0 and 1.
 */
export function studentQuantile(p: number, freedom: number): number {
  if (freedom === 1) return Math.tan(Math.PI * (p - 0.5));
  if (freedom === 2) return (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
  const z = normalQuantile(p);
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}
