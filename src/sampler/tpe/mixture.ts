import { drawInside, massInside } from "../../core/numeric/normal.ts";
import { expOfMinus } from "../../core/numeric/quick-exp.ts";
import type { Rng } from "../../core/rng.ts";

/**
 * A Parzen density over the params of a block, given those of its ancestors: a mixture of product kernels, one for each
 * trial, and a flat prior. All kernels have the same widths, so that a point is scaled once, and a kernel then costs
 * one subtraction and one multiplication per param. The kernel of a number is a normal truncated to the unit interval;
 * that of a categorical is the trial's choice with some probability, and else any choice.
 *
 * Densities are computed without the factor that all kernels have in common; `logScale` is the log of that factor.
 */
export interface Mixture {
  readonly layout: BlockLayout;
  /** Number of kernels. */
  count: number;
  /** 1 for kernels that are left out, by index. */
  skipped: Uint8Array;
  /** Width of the kernels, for each number. */
  readonly widths: Float64Array;
  /** The kernels' points, row-major: numbers divided by their width, categoricals by index. */
  scaled: Float64Array;
  /** For each kernel, its weight divided by the mass that it has within the unit cube of the ancestors' params. */
  above: Float64Array;
  /**
   * For each kernel, 1 divided by the mass that it has within the unit cube of the block's own params; 0 until it is needed,
   * which it is not for a kernel that is far from all candidates.
   */
  own: Float64Array;
  /** What a categorical adds to the squared distance if the choice is the same, and if it is another. */
  readonly sameCost: Float64Array;
  readonly otherCost: Float64Array;
  /** For each categorical, the probability with which a kernel keeps the trial's choice. */
  readonly keep: Float64Array;
  priorWeight: number;
  /** What the prior adds to the density over the ancestors' params, and over all params. */
  priorAbove: number;
  priorAll: number;
  totalWeight: number;
  logScale: number;
  /** A scratch buffer for one scaled point. */
  readonly scratch: Float64Array;
}

/**
 * Where the params of a block stand in a point. The ancestors' params come first, then the block's own; in both parts
 * numbers come before categoricals: [0, aboveNumbers) [aboveNumbers, given) [given, ownNumbers) [ownNumbers, dims).
 */
export interface BlockLayout {
  readonly dims: number;
  readonly aboveNumbers: number;
  readonly given: number;
  readonly ownNumbers: number;
  /** Number of choices of a categorical; 0 for a number. */
  readonly choices: Int32Array;
}

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

export function emptyMixture(layout: BlockLayout): Mixture {
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

/** Makes room for `count` kernels, and keeps the existing ones. */
export function ensureCapacity(mixture: Mixture, count: number): void {
  if (count <= mixture.own.length) return;
  const size = Math.max(64, count, mixture.own.length * 2);
  const longer = (column: Float64Array, length: number): Float64Array => {
    const copy = new Float64Array(length);
    copy.set(column);
    return copy;
  };
  mixture.scaled = longer(mixture.scaled, size * mixture.layout.dims);
  mixture.above = longer(mixture.above, size);
  mixture.own = longer(mixture.own, size);
}

/** Sets kernel i for the point that begins at `from` in `points`. */
export function setKernel(
  mixture: Mixture,
  i: number,
  points: Float64Array,
  from: number,
  weight: number,
): void {
  const { layout, widths, scaled } = mixture;
  const { dims, aboveNumbers, choices } = layout;
  for (let d = 0; d < dims; d++) {
    const point = points[from + d]!;
    scaled[i * dims + d] = choices[d]! > 0 ? point : point / widths[d]!;
  }
  let above = weight;
  for (let d = 0; d < aboveNumbers; d++) above /= massOf(mixture, i, d);
  mixture.above[i] = above;
  mixture.own[i] = 0;
}

/** The mass that kernel i has within the unit interval of number d. */
function massOf({ layout, widths, scaled }: Mixture, i: number, d: number): number {
  const at = scaled[i * layout.dims + d]!;
  return massInside(at, 1 / widths[d]! - at);
}

/** Sets and returns `own` of kernel i. */
function setOwn(mixture: Mixture, i: number): number {
  const { given, ownNumbers } = mixture.layout;
  let own = 1;
  for (let d = given; d < ownNumbers; d++) own /= massOf(mixture, i, d);
  mixture.own[i] = own;
  return own;
}

/** Sets what depends on the widths and on the total weight of the kernels. Call it when either has changed. */
export function setWeights(mixture: Mixture, priorWeight: number, kernelWeight: number): void {
  const { layout, widths, keep, sameCost, otherCost } = mixture;
  mixture.priorWeight = priorWeight;
  mixture.priorAbove = priorWeight;
  mixture.priorAll = priorWeight;
  mixture.totalWeight = priorWeight + kernelWeight;
  mixture.logScale = 0;
  for (let d = 0; d < layout.dims; d++) {
    const choices = layout.choices[d]!;
    if (choices > 0) {
      keep[d] = kernelWeight / (kernelWeight + choices);
      sameCost[d] = -2 * Math.log(1 - keep[d]! + keep[d]! * choices);
      otherCost[d] = -2 * Math.log(1 - keep[d]!);
      continue;
    }
    const area = widths[d]! * ROOT_TWO_PI;
    mixture.priorAll *= area;
    if (d < layout.given) mixture.priorAbove *= area;
    else mixture.logScale -= Math.log(area);
  }
}

/** The least density, so that the ratio of two densities is a number where both vanish. */
const LEAST = 1e-300;

/**
 * The squared distance beyond which kernels are left out: less than 1e-4 of a normal in `dims` dimensions lies there,
 * and no single kernel would add more than e^-7 of its peak.
 */
function farFrom(dims: number): number {
  return dims + 5 * Math.sqrt(2 * dims) + 10;
}

/** The log density of a point's own params, given those of its ancestors. */
export function logDensity(mixture: Mixture, point: Float64Array): number {
  const { layout, count, above, scratch } = mixture;
  scalePoint(mixture, point, scratch, 0);
  if (layout.given === 0) {
    const joint = sumKernels(mixture, scratch, 0, count, 0) + mixture.priorAll;
    return Math.log(Math.max(LEAST, joint / mixture.totalWeight)) + mixture.logScale;
  }
  let marginal = mixture.priorAbove;
  let joint = mixture.priorAll;
  const far = farFrom(layout.dims);
  for (let i = 0; i < count; i++) {
    if (mixture.skipped[i] === 1) continue;
    const q = distanceAbove(mixture, i);
    if (q >= far) continue;
    const weight = above[i]! * Math.exp(-0.5 * q);
    marginal += weight;
    joint += weight * sumKernels(mixture, scratch, 0, i + 1, i);
  }
  return Math.log(Math.max(LEAST, joint)) - Math.log(Math.max(LEAST, marginal)) + mixture.logScale;
}

/** The squared distance of kernel i from the scaled point in `scratch`, over the ancestors' params. */
function distanceAbove({ layout, scaled, sameCost, otherCost, scratch }: Mixture, i: number): number {
  const row = i * layout.dims;
  let q = 0;
  for (let d = 0; d < layout.aboveNumbers; d++) {
    const z = scaled[row + d]! - scratch[d]!;
    q += z * z;
  }
  for (let d = layout.aboveNumbers; d < layout.given; d++) {
    q += scaled[row + d] === scratch[d] ? sameCost[d]! : otherCost[d]!;
  }
  return q;
}

/**
 * The sum of kernels `first` .. `end` - 1 over the block's own params, at the scaled point that begins at `from` in
 * `points`. The kernels are weighted if the block has no ancestors. With a large history most of the time is spent
 * here.
 */
export function sumKernels(
  mixture: Mixture,
  points: Float64Array,
  from: number,
  end: number,
  first: number,
): number {
  const { layout, skipped, scaled, above, own, sameCost, otherCost } = mixture;
  const { dims, given, ownNumbers } = layout;
  const far = farFrom(dims);
  const weighted = given === 0;
  let sum = 0;
  for (let i = first; i < end; i++) {
    const row = i * dims;
    let q = 0;
    for (let d = given; d < ownNumbers; d++) {
      const z = scaled[row + d]! - points[from + d]!;
      q += z * z;
      if (q > far) break;
    }
    if (q > far || skipped[i] === 1) continue;
    for (let d = ownNumbers; d < dims; d++)
      q += scaled[row + d] === points[from + d] ? sameCost[d]! : otherCost[d]!;
    const kernel = (own[i]! || setOwn(mixture, i)) * expOfMinus(0.5 * q);
    sum += weighted ? above[i]! * kernel : kernel;
  }
  return sum;
}

/** Writes the scaled point to `out`, from `to` on. */
export function scalePoint(
  { layout, widths }: Mixture,
  point: Float64Array,
  out: Float64Array,
  to: number,
): void {
  for (let d = 0; d < layout.dims; d++) {
    out[to + d] = layout.choices[d]! > 0 ? point[d]! : point[d]! / widths[d]!;
  }
}

/** Draws a point's own params, given those of its ancestors: a kernel by its weight there, then a draw from it. */
export function drawPoint(
  mixture: Mixture,
  points: Float64Array,
  rows: Int32Array,
  point: Float64Array,
  stream: Rng,
): void {
  const { layout, widths, keep } = mixture;
  const chosen = chooseKernel(mixture, point, stream.next());
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

/** The index of a kernel, chosen by weight; -1 for the prior. */
function chooseKernel(mixture: Mixture, point: Float64Array, uniform: number): number {
  const { layout, count, above } = mixture;
  if (layout.given > 0) return chooseGiven(mixture, point, uniform);
  let rest = uniform * mixture.totalWeight;
  for (let i = 0; i < count; i++) {
    rest -= above[i]!;
    if (rest < 0) return i;
  }
  return -1;
}

/** Chooses a kernel by its weight given the ancestors' params. */
function chooseGiven(mixture: Mixture, point: Float64Array, uniform: number): number {
  const { count, above, scratch } = mixture;
  scalePoint(mixture, point, scratch, 0);
  let total = mixture.priorAbove;
  for (let i = 0; i < count; i++) total += above[i]! * Math.exp(-0.5 * distanceAbove(mixture, i));
  let rest = uniform * total;
  for (let i = 0; i < count; i++) {
    rest -= above[i]! * Math.exp(-0.5 * distanceAbove(mixture, i));
    if (rest < 0) return i;
  }
  return -1;
}
