import type { Rng } from "../../core/rng.ts";
import { isActive, type Space } from "../../core/space/space.ts";
import { cellCount, fromUnit, toUnit } from "../../core/space/unit-cube.ts";
import { SOBOL_DIMENSIONS } from "../qmc/sobol.ts";
import { sobolUnit } from "../qmc/sobol-point.ts";

/** How many candidates are spread over the whole space. */
const SPREAD_OUT = 512;
/** How many candidates lie in a region. */
const INSIDE = 128;
/** How many lie around each of the best trials. */
const NEAR = 16;
/** The steps of those, as shares of a param's lengthscale. */
const STEPS = [0.5, 0.15, 0.05];
/** About so many params of a trial are changed at once. */
const CHANGED = 20;

/** Candidates that cover the space: the points of a Sobol sequence, scrambled anew for each trial. */
export function spreadOut(space: Space, stream: Rng): Float64Array[] {
  const keys = space.params.map(() => stream.int(2 ** 32));
  return Array.from({ length: SPREAD_OUT }, (_, k) => {
    const row = new Float64Array(space.params.length).fill(Number.NaN);
    for (let p = 0; p < row.length; p++) {
      const unit = p < SOBOL_DIMENSIONS ? sobolUnit(k, p, keys[p]!) : stream.next();
      if (isActive(space, row, p)) row[p] = fromUnit(space.params[p]!.distribution, unit);
    }
    return row;
  });
}

/**
 * Candidates around a row: some of its params are moved by a normal step, or, if they are categorical, drawn anew.
 *
 * @param lengths - The lengthscale of each param, in units of its interval.
 */
export function around(
  space: Space,
  center: Float64Array,
  lengths: Float64Array,
  stream: Rng,
): Float64Array[] {
  const share = Math.min(1, CHANGED / space.params.length);
  return Array.from({ length: NEAR }, (_, k) => {
    const step = STEPS[k % STEPS.length]!;
    const row = new Float64Array(space.params.length).fill(Number.NaN);
    for (let p = 0; p < row.length; p++) {
      if (!isActive(space, row, p)) continue;
      const { distribution } = space.params[p]!;
      const value = center[p]!;
      const isKept = !Number.isNaN(value) && stream.next() >= share;
      if (isKept) row[p] = value;
      else if (Number.isNaN(value)) row[p] = fromUnit(distribution, stream.next());
      else if (distribution.kind === "categorical")
        row[p] = stream.next() < 0.8 ? value : stream.int(distribution.choices.length);
      else {
        const cells = cellCount(distribution);
        const width = Math.max(step * Math.min(1, lengths[p]!), cells > 0 ? 0.5 / cells : 0);
        const unit = toUnit(distribution, value) + width * stream.normal();
        row[p] = fromUnit(distribution, Math.min(1, Math.max(0, unit)));
      }
    }
    return row;
  });
}

/** A box around a row, cut off at the ends of the params. */
export interface Region {
  readonly center: Float64Array;
  /** Half the width along each param, in units of its interval. */
  readonly reach: Float64Array;
}

/** Candidates in a region: numbers uniform in it, of the categoricals some drawn anew. */
export function inside(space: Space, { center, reach }: Region, stream: Rng): Float64Array[] {
  return Array.from({ length: INSIDE }, () => {
    const row = new Float64Array(space.params.length).fill(Number.NaN);
    for (let p = 0; p < row.length; p++) {
      if (!isActive(space, row, p)) continue;
      const { distribution } = space.params[p]!;
      const value = center[p]!;
      if (Number.isNaN(value)) row[p] = fromUnit(distribution, stream.next());
      else if (distribution.kind === "categorical")
        row[p] = stream.next() < 0.8 ? value : stream.int(distribution.choices.length);
      else {
        const cells = cellCount(distribution);
        const width = Math.max(reach[p]!, cells > 0 ? 1 / cells : 0);
        const unit = toUnit(distribution, value) + width * (2 * stream.next() - 1);
        row[p] = fromUnit(distribution, Math.min(1, Math.max(0, unit)));
      }
    }
    return row;
  });
}
