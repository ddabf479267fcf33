import type { Rng } from "../core/rng.ts";
import { drawInside, massInside } from "./normal.ts";

/**
 * A Parzen density over the params of a block: a mixture of product kernels, one a trial, and a flat prior. Kernels of
 * a mixture share their widths, so that points can be scaled once and a kernel costs a subtraction and a
 * multiplication a param. A number's kernel is a normal cut to the unit interval; a categorical's keeps its choice
 * with some probability and is uniform otherwise.
 *
 * Densities leave out the factor that all kernels have in common; `logScale` brings it back.
 */
export interface Kernels {
  /** Params above come first; in either part numbers stand before categoricals. */
  readonly layout: Layout;
  count: number;
  /** Kernels that do not count, by index; empty: all count. */
  skipped: Uint8Array;
  readonly widths: Float64Array;
  /** Row-major: numbers divided by their width, categoricals by index. */
  scaled: Float64Array;
  /** The weight of each kernel, over what of it lies inside for the params above. */
  above: Float64Array;
  /** One over what of each kernel lies inside for the block's own params. */
  own: Float64Array;
  /** What a categorical adds to the squared distance where the choice is the same, and where it is another. */
  readonly sameCost: Float64Array;
  readonly otherCost: Float64Array;
  /** The probability with which a kernel keeps its choice, for each categorical. */
  readonly keep: Float64Array;
  priorWeight: number;
  /** The prior's part of the density of the params above, and of all. */
  priorAbove: number;
  priorAll: number;
  totalWeight: number;
  logScale: number;
  /** A point in this mixture's scale. */
  readonly scratch: Float64Array;
}

/** Where the params of a block stand: [0, aboveNumbers) [.., given) [.., ownNumbers) [.., dims). */
export interface Layout {
  readonly dims: number;
  readonly aboveNumbers: number;
  readonly given: number;
  readonly ownNumbers: number;
  /** Values of a categorical, 0 for a number. */
  readonly choices: Int32Array;
}

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

export function emptyKernels(layout: Layout): Kernels {
  const column = (): Float64Array => new Float64Array(layout.dims);
  return {
    layout,
    count: 0,
    skipped: new Uint8Array(0),
    widths: column(),
    scaled: new Float64Array(0),
    above: new Float64Array(0),
    own: new Float64Array(0),
    sameCost: column(),
    otherCost: column(),
    keep: column(),
    priorWeight: 1,
    priorAbove: 1,
    priorAll: 1,
    totalWeight: 1,
    logScale: 0,
    scratch: column(),
  };
}

/** Makes room for `count` kernels; what was there stays. */
export function reserve(kernels: Kernels, count: number): void {
  if (count <= kernels.own.length) return;
  const size = Math.max(64, count, kernels.own.length * 2);
  const longer = (column: Float64Array, length: number): Float64Array => {
    const copy = new Float64Array(length);
    copy.set(column);
    return copy;
  };
  kernels.scaled = longer(kernels.scaled, size * kernels.layout.dims);
  kernels.above = longer(kernels.above, size);
  kernels.own = longer(kernels.own, size);
}

/** Puts the kernel of a point (row-major in `points` at `from`) in the i-th place. */
export function place(kernels: Kernels, i: number, points: Float64Array, from: number, weight: number): void {
  const { layout, widths, scaled } = kernels;
  const { dims, given, choices } = layout;
  let above = weight;
  let own = 1;
  for (let d = 0; d < dims; d++) {
    const point = points[from + d]!;
    if (choices[d]! > 0) {
      scaled[i * dims + d] = point;
      continue;
    }
    const width = widths[d]!;
    scaled[i * dims + d] = point / width;
    const inside = massInside(point, width);
    if (d < given) above /= inside;
    else own /= inside;
  }
  kernels.above[i] = above;
  kernels.own[i] = own;
}

/** Sets all that depends on the widths and on the kernels' total weight; to be called after `widths` has changed. */
export function settle(kernels: Kernels, priorWeight: number, kernelWeight: number): void {
  const { layout, widths, keep, sameCost, otherCost } = kernels;
  kernels.priorWeight = priorWeight;
  kernels.priorAbove = priorWeight;
  kernels.priorAll = priorWeight;
  kernels.totalWeight = priorWeight + kernelWeight;
  kernels.logScale = 0;
  for (let d = 0; d < layout.dims; d++) {
    const choices = layout.choices[d]!;
    if (choices > 0) {
      keep[d] = kernelWeight / (kernelWeight + choices);
      sameCost[d] = -2 * Math.log(1 - keep[d]! + keep[d]! * choices);
      otherCost[d] = -2 * Math.log(1 - keep[d]!);
      continue;
    }
    const area = widths[d]! * ROOT_TWO_PI;
    kernels.priorAll *= area;
    if (d < layout.given) kernels.priorAbove *= area;
    else kernels.logScale -= Math.log(area);
  }
}

/** Beyond this squared distance a kernel adds nothing that a sum of 100,000 could show. */
const FAR = 60;
/** Keeps the ratio of two densities a number where both vanish. */
const LEAST = 1e-300;

/**
 * The log density of a point's own params, given those above it; -Infinity as soon as the density of all is certain to
 * be above `limit` (whoever asks for a small one need not wait).
 */
export function logDensity(kernels: Kernels, point: Float64Array, limit: number): number {
  const { layout, count, skipped, scaled, above, own, sameCost, otherCost, scratch } = kernels;
  const { dims, aboveNumbers, given, ownNumbers } = layout;
  toScale(kernels, point);
  const bound = limit - kernels.priorAll;
  const someSkipped = skipped.length > 0;
  let marginal = 0;
  let joint = 0;
  // The newest first: they are near to what is asked for, and so the limit is soon passed.
  for (let i = count - 1; i >= 0; i--) {
    if (someSkipped && skipped[i] === 1) continue;
    const row = i * dims;
    let q = 0;
    let d = 0;
    for (; d < aboveNumbers && q < FAR; d++) {
      const z = scaled[row + d]! - scratch[d]!;
      q += z * z;
    }
    if (given > 0) {
      for (d = aboveNumbers; d < given; d++)
        q += scaled[row + d] === scratch[d] ? sameCost[d]! : otherCost[d]!;
      if (q >= FAR) continue;
      marginal += above[i]! * Math.exp(-0.5 * q);
    }
    for (d = given; d < ownNumbers && q < FAR; d++) {
      const z = scaled[row + d]! - scratch[d]!;
      q += z * z;
    }
    if (q >= FAR) continue;
    for (d = ownNumbers; d < dims; d++) q += scaled[row + d] === scratch[d] ? sameCost[d]! : otherCost[d]!;
    joint += above[i]! * own[i]! * Math.exp(-0.5 * q);
    if (joint > bound) return Number.NEGATIVE_INFINITY;
  }
  const base = given > 0 ? marginal + kernels.priorAbove : kernels.totalWeight;
  return (
    Math.log(Math.max(LEAST, joint + kernels.priorAll)) - Math.log(Math.max(LEAST, base)) + kernels.logScale
  );
}

function toScale({ layout, widths, scratch }: Kernels, point: Float64Array): void {
  for (let d = 0; d < layout.dims; d++)
    scratch[d] = layout.choices[d]! > 0 ? point[d]! : point[d]! / widths[d]!;
}

/** Draws a point's own params, given those above it: a kernel by its weight there, then from the kernel. */
export function drawPoint(
  kernels: Kernels,
  points: Float64Array,
  rows: Int32Array,
  point: Float64Array,
  stream: Rng,
): void {
  const { layout, widths, keep } = kernels;
  const chosen = chooseKernel(kernels, point, stream.next());
  for (let d = layout.given; d < layout.dims; d++) {
    const choices = layout.choices[d]!;
    const uniform = stream.next();
    if (choices > 0) {
      const kept = chosen >= 0 && uniform < keep[d]!;
      point[d] = kept ? points[rows[chosen]! * layout.dims + d]! : stream.int(choices);
    } else if (chosen < 0) point[d] = uniform;
    else point[d] = drawInside(points[rows[chosen]! * layout.dims + d]!, widths[d]!, uniform);
  }
}

/** The index of a kernel, or -1 for the prior. */
function chooseKernel(kernels: Kernels, point: Float64Array, uniform: number): number {
  const { layout, count, above } = kernels;
  if (layout.given > 0) return chooseGiven(kernels, point, uniform);
  let rest = uniform * kernels.totalWeight;
  for (let i = 0; i < count; i++) {
    rest -= above[i]!;
    if (rest < 0) return i;
  }
  return -1;
}

function chooseGiven(kernels: Kernels, point: Float64Array, uniform: number): number {
  const { layout, count, above, scaled, sameCost, otherCost, scratch } = kernels;
  toScale(kernels, point);
  const weight = (i: number): number => {
    let q = 0;
    for (let d = 0; d < layout.given; d++) {
      const z = scaled[i * layout.dims + d]! - scratch[d]!;
      if (d < layout.aboveNumbers) q += z * z;
      else q += z === 0 ? sameCost[d]! : otherCost[d]!;
    }
    return above[i]! * Math.exp(-0.5 * q);
  };
  let total = kernels.priorAbove;
  for (let i = 0; i < count; i++) total += weight(i);
  let rest = uniform * total;
  for (let i = 0; i < count; i++) {
    rest -= weight(i);
    if (rest < 0) return i;
  }
  return -1;
}
