// Logarithms of normal probabilities that stay exact far out in the tail, where the probabilities themselves are 0.

const ROOT_2_PI = Math.sqrt(2 * Math.PI);
const LOG_ROOT_2_PI = Math.log(ROOT_2_PI);
/** Below this argument the continued fraction is used, above it the power series. */
const TAIL = -3;
const TERMS = 40;

/** The distribution function by its power series, for arguments above `TAIL`. */
function cdfBySeries(z: number): number {
  if (z > 8) return 1;
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && k < 400; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * z * z)) / ROOT_2_PI;
}

/** 2 / (t + 3 / (t + 4 / ...)): the tail of the continued fraction of Mills' ratio, which is 1 / (t + 1 / (t + this)). */
function fraction(t: number): number {
  let rest = t;
  for (let k = TERMS; k >= 3; k--) rest = t + k / rest;
  return 2 / rest;
}

/** The logarithm of the normal distribution function and its derivative. */
export function logCdf(z: number): { readonly value: number; readonly slope: number } {
  if (z > TAIL) {
    const value = cdfBySeries(z);
    return { value: Math.log(value), slope: Math.exp(-0.5 * z * z) / ROOT_2_PI / value };
  }
  const t = -z;
  const inverseMills = t + 1 / (t + fraction(t));
  return { value: -0.5 * z * z - LOG_ROOT_2_PI - Math.log(inverseMills), slope: inverseMills };
}

/**
 * The logarithm of z cdf(z) + pdf(z), and its derivative: the expected improvement of a standard normal variable, as
 * Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization", NeurIPS 2023, define its
 * logarithm.
 */
export function logImprovement(z: number): { readonly value: number; readonly slope: number } {
  if (z > TAIL) {
    const cdf = cdfBySeries(z);
    const value = z * cdf + Math.exp(-0.5 * z * z) / ROOT_2_PI;
    return { value: Math.log(value), slope: cdf / value };
  }
  // With Mills' ratio m = cdf / pdf it is pdf (1 - t m), where 1 - t m = m (1 / m - t) has no cancellation.
  const t = -z;
  const rest = 1 / (t + fraction(t));
  const inverseMills = t + rest;
  return {
    value: -0.5 * z * z - LOG_ROOT_2_PI + Math.log(rest) - Math.log(inverseMills),
    slope: 1 / rest,
  };
}

/**
 * Between these arguments the logarithm of the improvement is interpolated in steps. Above them it is that of the
 * argument, and below them an asymptotic series has all the digits.
 */
const [LEAST, MOST] = [-30, 8];
const STEPS = 128;
const NODES = Array.from({ length: (MOST - LEAST) * STEPS + 2 }, (_, i) => logImprovement(LEAST + i / STEPS));
const VALUES = Float64Array.from(NODES, ({ value }) => value);
const SLOPES = Float64Array.from(NODES, ({ slope }) => slope / STEPS);

/** The value of `logImprovement` for where it is needed at many arguments: its error is below 1e-10. */
export function quickLogImprovement(z: number): number {
  if (z >= MOST) return Math.log(z);
  if (!(z > LEAST)) {
    const q = 1 / (z * z);
    const series = Math.log1p(q * (-3 + q * (15 + q * (-105 + 945 * q))));
    return -0.5 * z * z - LOG_ROOT_2_PI + Math.log(q) + series;
  }
  const at = (z - LEAST) * STEPS;
  const node = Math.floor(at);
  const t = at - node;
  const [value, slope] = [VALUES[node]!, SLOPES[node]!];
  const rise = VALUES[node + 1]! - value;
  const bend = SLOPES[node + 1]! + slope - 2 * rise;
  return value + t * (slope + t * (rise - slope - bend + t * bend));
}

/** The derivative of `quickLogImprovement`. */
export function quickSlope(z: number): number {
  if (z >= MOST) return 1 / z;
  if (!(z > LEAST)) {
    const q = 1 / (z * z);
    return -z - (2 / z) * (1 + q * (-3 + 21 * q));
  }
  const at = (z - LEAST) * STEPS;
  const node = Math.floor(at);
  const t = at - node;
  const slope = SLOPES[node]!;
  const rise = VALUES[node + 1]! - VALUES[node]!;
  const bend = SLOPES[node + 1]! + slope - 2 * rise;
  return STEPS * (slope + t * (2 * (rise - slope - bend) + 3 * t * bend));
}
