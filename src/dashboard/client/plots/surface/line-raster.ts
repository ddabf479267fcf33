import { densityColor, densityPalette } from "./density.ts";
import type { Raster } from "./raster.ts";
import { RANKS, type Theme } from "./theme.ts";

/** Lines across axes: the place of each line on each axis, 0 to 1 from the bottom; NaN where it has none. */
export interface Lines {
  readonly axes: readonly Float32Array[];
  /** The class of each line's rank; 255: it is not drawn. */
  readonly ranks: Uint8Array;
  /** Which lines are shown, 1 for each; null: all. */
  readonly mask: Uint8Array | null;
}

/** In how many parts each axis is cut, so that lines between the same parts are drawn once. */
const PARTS = 64;

const counts = new Uint32Array(PARTS * PARTS);
const sums = new Uint32Array(PARTS * PARTS);

/**
 * Many lines as cells: the colour of a cell is that of the mean rank of the lines through it, and it is the more opaque
 * the more there are. Lines between the same two parts of neighbouring axes are counted first and drawn as one, so that the
 * time depends little on their number.
 *
 * @param columns - How many cells lie side by side from the first axis to the last.
 */
export function lineRaster(lines: Lines, columns: number, rows: number, theme: Theme): Raster {
  const weights = new Float32Array(columns * rows);
  const ranks = new Float32Array(columns * rows);
  const gaps = lines.axes.length - 1;
  for (let gap = 0; gap < gaps; gap++) {
    countBetween(lines, gap);
    const from = Math.round((gap / gaps) * (columns - 1));
    const to = Math.round(((gap + 1) / gaps) * (columns - 1));
    for (let pair = 0; pair < counts.length; pair++) {
      const count = counts[pair]!;
      if (count > 0) drawBundle(weights, ranks, { pair, count, sum: sums[pair]!, from, to }, columns, rows);
    }
  }
  return { columns, rows, cells: toCells(weights, ranks), palette: densityPalette(theme) };
}

function countBetween({ axes, ranks, mask }: Lines, gap: number): void {
  counts.fill(0);
  sums.fill(0);
  const left = axes[gap]!;
  const right = axes[gap + 1]!;
  for (let i = 0; i < left.length; i++) {
    const rank = ranks[i]!;
    if (rank === 255 || (mask !== null && mask[i] === 0)) continue;
    const a = left[i]!;
    const b = right[i]!;
    if (!(a >= 0 && a <= 1 && b >= 0 && b <= 1)) continue;
    const pair = Math.min(PARTS - 1, (a * PARTS) | 0) * PARTS + Math.min(PARTS - 1, (b * PARTS) | 0);
    counts[pair]!++;
    sums[pair]! += rank;
  }
}

/** Lines between the same two parts of neighbouring axes, and where these stand among the columns. */
interface Bundle {
  readonly pair: number;
  readonly count: number;
  /** The sum of the classes of their ranks. */
  readonly sum: number;
  readonly from: number;
  readonly to: number;
}

function drawBundle(
  weights: Float32Array,
  ranks: Float32Array,
  { pair, count, sum, from, to }: Bundle,
  columns: number,
  rows: number,
): void {
  const a = (Math.floor(pair / PARTS) + 0.5) / PARTS;
  const b = ((pair % PARTS) + 0.5) / PARTS;
  for (let column = from; column <= to; column++) {
    const at = to === from ? 0 : (column - from) / (to - from);
    const row = Math.min(rows - 1, ((1 - (a + (b - a) * at)) * rows) | 0);
    const cell = row * columns + column;
    weights[cell]! += count;
    ranks[cell]! += sum;
  }
}

function toCells(weights: Float32Array, ranks: Float32Array): Uint8Array {
  let most = 1;
  for (const weight of weights) if (weight > most) most = weight;
  const scale = most > 1 ? 1 / Math.log(most) : 1;
  const cells = new Uint8Array(weights.length);
  for (let cell = 0; cell < cells.length; cell++) {
    const weight = weights[cell]!;
    if (weight === 0) continue;
    const rank = Math.min(RANKS - 1, Math.round(ranks[cell]! / weight));
    cells[cell] = densityColor(rank, Math.log(weight) * scale);
  }
  return cells;
}
