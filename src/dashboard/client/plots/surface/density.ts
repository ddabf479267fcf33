import type { Raster } from "./raster.ts";
import { RANKS, type Theme } from "./theme.ts";

/** Above so many points a plot shows how many lie in each cell, because single points would hide one another. */
export const MANY_POINTS = 20_000;
/** How many degrees of opacity tell how many points a cell has. */
const LEVELS = 15;
/** The opacity of a cell with one point. */
const LEAST_ALPHA = 0.4;

/** Points between 0 and 1 on both axes; a NaN takes a point out. */
export interface Points {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  /** The class of each point's rank, 0 (best) to `RANKS` - 1; 255: the point has none. */
  readonly ranks: Uint8Array;
  /** Which points are shown, 1 for each; null: all. */
  readonly mask: Uint8Array | null;
}

let counts = new Uint32Array(0);
let bests = new Uint8Array(0);
let sums = new Uint32Array(0);

/**
 * Points as cells: the colour of a cell is that of the best point in it, or the mean of all, and it is the more opaque the
 * more points it has, by the logarithm. No memory is taken for single points.
 *
 * @param columns - How many cells lie side by side; y counts from the bottom.
 */
export function densityRaster(
  points: Points,
  columns: number,
  rows: number,
  theme: Theme,
  by: "best" | "mean" = "best",
): Raster {
  const { xs, ys, ranks, mask } = points;
  const size = columns * rows;
  if (counts.length < size) {
    counts = new Uint32Array(size);
    bests = new Uint8Array(size);
    sums = new Uint32Array(size);
  }
  counts.fill(0, 0, size);
  bests.fill(255, 0, size);
  sums.fill(0, 0, size);
  let most = 0;
  for (let i = 0; i < xs.length; i++) {
    if (mask !== null && mask[i] === 0) continue;
    const x = xs[i]!;
    const y = ys[i]!;
    // A NaN fails every comparison.
    if (ranks[i] === 255) continue;
    if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) continue;
    const column = x === 1 ? columns - 1 : (x * columns) | 0;
    const row = y === 0 ? rows - 1 : rows - 1 - ((y * rows - 1e-9) | 0);
    const cell = row * columns + column;
    const count = counts[cell]! + 1;
    counts[cell] = count;
    if (count > most) most = count;
    if (ranks[i]! < bests[cell]!) bests[cell] = ranks[i]!;
    sums[cell]! += ranks[i]!;
  }
  if (by === "mean")
    for (let cell = 0; cell < size; cell++)
      if (counts[cell]! > 0) bests[cell] = Math.round(sums[cell]! / counts[cell]!);
  return { columns, rows, cells: paint(size, most), palette: densityPalette(theme) };
}

/** The colours of cells, from their counts and their best ranks. */
function paint(size: number, most: number): Uint8Array {
  const cells = new Uint8Array(size);
  const scale = most > 1 ? (LEVELS - 1) / Math.log(most) : 0;
  for (let cell = 0; cell < size; cell++) {
    const count = counts[cell]!;
    if (count === 0) continue;
    const level = (Math.log(count) * scale + 0.5) | 0;
    const rank = Math.min(bests[cell]!, RANKS - 1);
    cells[cell] = 1 + rank * LEVELS + level;
  }
  return cells;
}

/** The palette of `densityRaster`: for each rank its colour in all degrees of opacity. */
export function densityPalette(theme: Theme): Uint8Array {
  const palette = new Uint8Array(256 * 4);
  for (let rank = 0; rank < RANKS; rank++) {
    for (let level = 0; level < LEVELS; level++) {
      const alpha = LEAST_ALPHA + ((1 - LEAST_ALPHA) * level) / (LEVELS - 1);
      palette.set([...theme.ranks[rank]!, Math.round(alpha * 255)], (1 + rank * LEVELS + level) * 4);
    }
  }
  return palette;
}
/** The colour in the palette for a rank and an opacity between 0 and 1. */
export function densityColor(rank: number, opacity: number): number {
  return 1 + rank * LEVELS + Math.round(Math.min(1, Math.max(0, opacity)) * (LEVELS - 1));
}
