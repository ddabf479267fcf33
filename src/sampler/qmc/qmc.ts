import { BelayError, show } from "../../core/error.ts";
import { checkOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { AskContext, PlainSampler } from "../../core/search/sampler.ts";
import { specOf } from "../../core/search/spec.ts";
import { isActive } from "../../core/space/space.ts";
import { fromUnit } from "../../core/space/unit-cube.ts";
import { distinct } from "../distinct.ts";
import { SOBOL_DIMENSIONS } from "./sobol.ts";
import { scramble, sobolUnit } from "./sobol-point.ts";

/**
 * Options of `qmc`.
 *
 * @example
 * const sampler = qmc({ sequence: "halton" });
 */
export interface QmcOptions {
  /**
   * The sequence. Sobol points fill the space best when their number is a power of two; Halton points fill it evenly at
   * any number, but worse with more than about 20 params.
   *
   * @default "sobol"
   */
  readonly sequence?: "sobol" | "halton";
}

/**
 * Quasi-random search: points that leave smaller gaps than random ones. Trial n takes the n-th point of a sequence that
 * is scrambled by the study's seed. Nothing is learned from values, so it suits a first look, any number of trials at
 * once, and a start from which another sampler goes on.
 *
 * Sobol: Joe and Kuo's direction numbers (SIAM J. Sci. Comput. 30, 2008), with Owen's nested scrambling by hashing
 * (Burley, "Practical Hash-based Owen Scrambling", JCGT 9, 2020). Halton: radical inverses, whose digits are permuted
 * at random. A conditional param has a dimension of its own, which is unused while it is inactive. From the 201st
 * param on draws are random.
 *
 * O(params) a trial. No point of a discrete space comes twice, unless the study declares noise.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: qmc({ sequence: "halton" }) });
 * @throws BelayError `usage`: an unknown option or sequence.
 */
export function qmc(options: QmcOptions = {}): PlainSampler {
  checkOptions("qmc", options, ["sequence"], "usage");
  const { sequence = "sobol" } = options;
  if (sequence !== "sobol" && sequence !== "halton") {
    throw new BelayError("usage", `qmc: sequence: expected "sobol" or "halton", got ${show(sequence)}`);
  }
  const coordinate = sequence === "sobol" ? sobolUnit : halton;
  return {
    ...specOf("qmc", options),
    ask: (context) => {
      let tries = 0;
      // A point that was seen before is replaced by one from far along the sequence.
      return distinct(context, () => pointRow(context, coordinate, context.number + LEAP * tries++));
    },
  };
}

/** How far along the sequence the replacement of a point is. */
const LEAP = 2 ** 24;

/** The coordinate in [0, 1) of point `index` in a dimension, which `key` scrambles. */
type Coordinate = (index: number, dimension: number, key: number) => number;

function pointRow(context: AskContext, coordinate: Coordinate, index: number): Float64Array {
  const { space } = context;
  const keys = context.studyRng("qmc");
  let spare: Rng | null = null;
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  for (let i = 0; i < row.length; i++) {
    const key = keys.int(2 ** 32);
    if (!isActive(space, row, i)) continue;
    spare ??= i < SOBOL_DIMENSIONS ? null : context.rng(`qmc/${index}`);
    const unit = spare ? spare.next() : coordinate(index, i, key);
    row[i] = fromUnit(space.params[i]!.distribution, unit);
  }
  return row;
}

/** The radical inverse of `index` in the dimension's prime; each digit position has a permutation of its own. */
function halton(index: number, dimension: number, key: number): number {
  const base = prime(dimension);
  let unit = 0;
  let scale = 1 / base;
  let rest = index;
  for (let digit = 0; scale > 2 ** -53; digit++, scale /= base) {
    unit += digitOf(rest % base, base, key + digit) * scale;
    rest = Math.floor(rest / base);
  }
  return Math.min(unit, 1 - 2 ** -53);
}

/**
 * Applies a random permutation of 0 .. base - 1 to a digit: an affine map, which is one-to-one if the base is prime.
 */
function digitOf(digit: number, base: number, key: number): number {
  const mixed = scramble(key, 0x9e3779b9) >>> 0;
  const factor = 1 + (mixed % (base - 1));
  return (digit * factor + (mixed >>> 8)) % base;
}

const primes = [2];

function prime(n: number): number {
  for (let next = primes.at(-1)! + 1; primes.length <= n; next++) {
    if (primes.every((factor) => next % factor > 0)) primes.push(next);
  }
  return primes[n]!;
}
