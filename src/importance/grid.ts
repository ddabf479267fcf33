import { cardinality, type Distribution } from "../core/space/distribution.ts";

/** Number of cells on which the densities of a param without few values are compared. */
const MOST_CELLS = 50;
/** Weight of the prior, which is a kernel over the whole grid, in trials. */
const PRIOR = 1;
/** The least bandwidth in cells: 90 % of a kernel lie within its own cell. */
const LEAST_WIDTH = 0.5 / 1.64;
/** Keeps a density above 0. */
const LEAST_DENSITY = 1e-12;

type NumberDistribution = Exclude<Distribution, { readonly kind: "categorical" }>;

/** How many cells the grid of a param has: a cell for each choice, or for a part of the range, on its own scale. */
export function cellCount(distribution: Distribution): number {
  if (distribution.kind === "categorical") return distribution.choices.length;
  const { kind, low, high, log } = distribution;
  if (kind === "int" && log) return Math.min(MOST_CELLS, Math.ceil(Math.log2(high - low + 1)) + 1);
  return Math.min(MOST_CELLS, cardinality(distribution));
}

/** The cell of a value: the number of a row, which is the index of a choice. A tie goes to the lower cell. */
export function cellOf(distribution: Distribution, cells: number): (value: number) => number {
  if (distribution.kind === "categorical") return (value) => value;
  const scale = scaleOf(distribution);
  const low = scale(distribution.low);
  const size = (scale(distribution.high) - low) / (cells - 1);
  return (value) => Math.min(cells - 1, Math.max(0, Math.ceil((scale(value) - low) / size - 0.5)));
}

const scaleOf = ({ log }: NumberDistribution): ((value: number) => number) =>
  log ? Math.log : (value) => value;

/**
 * The density of trials over the cells of a grid, by a Parzen estimator that has a kernel for each cell with trials, as
 * heavy as they are many, and one for the prior.
 *
 * @param counts - How many trials are in each cell; at least one in all.
 * @returns a density for each cell. They add up to 1.
 */
export function densityOf(counts: Float64Array, isCategorical: boolean): Float64Array {
  return isCategorical ? densityOfChoices(counts) : densityOfNumbers(counts);
}

function densityOfChoices(counts: Float64Array): Float64Array {
  const cells = counts.length;
  const occupied = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  const total = sumOf(counts);
  // Each kernel spreads the prior's share over all choices, and has the rest on its own.
  const spread = PRIOR / (occupied + 1);
  const mass = cells * spread + 1;
  return counts.map((count) => {
    const own = count / mass;
    return (own + (total * spread) / mass + PRIOR / cells) / (total + PRIOR) + LEAST_DENSITY;
  });
}

function densityOfNumbers(counts: Float64Array): Float64Array {
  const cells = counts.length;
  const total = sumOf(counts);
  const width = Math.max(bandwidth(counts, total), LEAST_WIDTH);
  const density = new Float64Array(cells).fill(LEAST_DENSITY);
  const add = (centre: number, sd: number, weight: number): void => {
    const edges = Float64Array.from({ length: cells + 1 }, (_, k) => cdf((k - 0.5 - centre) / sd));
    const inside = edges[cells]! - edges[0]!;
    for (let k = 0; k < cells; k++) density[k]! += (weight * (edges[k + 1]! - edges[k]!)) / inside;
  };
  counts.forEach((count, cell) => {
    if (count > 0) add(cell, width, count / (total + PRIOR));
  });
  add((cells - 1) / 2, cells, PRIOR / (total + PRIOR));
  return density;
}

/** Scott's rule, in cells: "Multivariate Density Estimation", 1992. Cells stand for the trials in them. */
function bandwidth(counts: Float64Array, total: number): number {
  const mean = counts.reduce((sum, count, cell) => sum + count * cell, 0) / total;
  const squares = counts.reduce((sum, count, cell) => sum + count * (cell - mean) ** 2, 0);
  const sd = Math.sqrt(squares / Math.max(1, total - 1));
  const first = quantileCell(counts, (sum) => sum >= Math.floor(total / 4));
  const third = quantileCell(counts, (sum) => sum > Math.floor((total * 3) / 4));
  return 1.059 * Math.min((third - first) / 1.34, sd) * total ** -0.2;
}

/** The first cell with trials at which the sum of trials up to it is large enough; the last one if it never is. */
function quantileCell(counts: Float64Array, isEnough: (sum: number) => boolean): number {
  let sum = 0;
  let last = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    if (counts[cell] === 0) continue;
    sum += counts[cell]!;
    last = cell;
    if (isEnough(sum)) return cell;
  }
  return last;
}

/**
 * Distribution function of the standard normal to double precision: the densities of cells without trials are tiny, and
 * the table of `normalCdf` is too coarse for them. Marsaglia, "Evaluating the Normal Distribution", J. Stat. Software 11,
 * 2004.
 */
function cdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = x;
  let term = x;
  for (let i = 3; sum + term !== sum; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

function sumOf(numbers: Float64Array): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}
