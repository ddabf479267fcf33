import { densityRaster, MANY_POINTS } from "../surface/density.ts";
import type { Box, Mark, Surface } from "../surface/surface.ts";
import { RANKS, rankColor, type Theme } from "../surface/theme.ts";
import type { Hit, Panel } from "./picture.ts";
import type { Ranking } from "./ranking.ts";

/** Points of trials in a plot: their places between 0 and 1, y from the bottom; a NaN takes a trial out. */
export interface TrialPoints {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly mask: Uint8Array | null;
}

/** How far from a point, in pixels, people may point to mean it. */
const REACH = 14;
/** Places for points on their way to a surface. They are kept, so that drawing takes no memory for single points. */
let placesX = new Float32Array(4_096);
let placesY = new Float32Array(4_096);

/** Takes up the places of points, to draw those of one look together. */
export function gather(
  points: TrialPoints,
  box: Box,
  rows: { readonly count: number; readonly rowAt: (i: number) => number },
): { readonly xs: Float32Array; readonly ys: Float32Array; readonly count: number } {
  if (placesX.length < rows.count) {
    placesX = new Float32Array(rows.count * 2);
    placesY = new Float32Array(rows.count * 2);
  }
  let count = 0;
  for (let i = 0; i < rows.count; i++) {
    const row = rows.rowAt(i);
    if (points.mask !== null && points.mask[row] === 0) continue;
    const x = points.xs[row]!;
    const y = points.ys[row]!;
    if (!(x >= -0.001 && x <= 1.001 && y >= -0.001 && y <= 1.001)) continue;
    placesX[count] = box.x + x * box.width;
    placesY[count++] = box.y + (1 - y) * box.height;
  }
  return { xs: placesX, ys: placesY, count };
}

/** As `gather` for all rows, but of the points in one square of some pixels only the first. */
export function gatherSparse(points: TrialPoints, box: Box, square: number): ReturnType<typeof gather> {
  const columns = Math.ceil(box.width / square) + 1;
  const taken = new Uint8Array(columns * (Math.ceil(box.height / square) + 1));
  const rows = { count: points.xs.length, rowAt: (i: number) => i };
  const { xs, ys, count } = gather(points, box, rows);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const cell =
      Math.max(0, Math.floor((ys[i]! - box.y) / square)) * columns +
      Math.max(0, Math.floor((xs[i]! - box.x) / square));
    if (taken[cell] === 1) continue;
    taken[cell] = 1;
    xs[kept] = xs[i]!;
    ys[kept++] = ys[i]!;
  }
  return { xs, ys, count: kept };
}

/** How many points are shown, up to a number at which counting ends. */
function countUpTo(points: TrialPoints, ranking: Ranking, most: number): number {
  if (points.mask === null) return Math.min(most, ranking.order.length);
  let count = 0;
  for (let i = 0; i < ranking.order.length && count < most; i++)
    if (points.mask[ranking.order[i]!] === 1) count++;
  return count;
}

/** Draws points in the colours of their ranks, the best last; as cells if there are many. */
export function drawRanked(
  surface: Surface,
  box: Box,
  points: TrialPoints,
  {
    ranking,
    best,
    theme,
    size = 5,
    mark = "circle",
  }: {
    readonly ranking: Ranking;
    /** The row that gets a ring; -1: none. */
    readonly best: number;
    readonly theme: Theme;
    /** In pixels. @default 5 */
    readonly size?: number;
    readonly mark?: Mark;
  },
): void {
  const count = countUpTo(points, ranking, MANY_POINTS + 1);
  const isMany = count > MANY_POINTS;
  if (isMany) {
    const cell = box.width > 300 ? 2 : 1.5;
    const columns = Math.max(1, Math.round(box.width / cell));
    const rows = Math.max(1, Math.round(box.height / cell));
    surface.raster(box, densityRaster({ ...points, ranks: ranking.classes }, columns, rows, theme));
  }
  const diameter = count > 5_000 ? Math.max(2, size - 2) : count > 1_000 ? size - 1 : size;
  // The best class stands on the cells as points, so that none of it is lost among them.
  for (let k = isMany ? RANKS : 0; k < RANKS; k++) {
    const start = ranking.starts[k]!;
    const rows = { count: ranking.starts[k + 1]! - start, rowAt: (i: number) => ranking.order[start + i]! };
    const { xs, ys, count: drawn } = gather(points, box, rows);
    surface.marks(xs, ys, drawn, {
      mark,
      size: diameter,
      color: rankColor(theme, RANKS - 1 - k),
      alpha: 0.9,
    });
  }
  if (best >= 0) {
    const rows = { count: 1, rowAt: () => best };
    const { xs, ys, count: drawn } = gather(points, box, rows);
    surface.marks(xs, ys, drawn, { mark: "ring", size: size + 6, color: theme.best });
  }
}

/** A panel of points: the nearest one is found by looking at all of them, which takes a millisecond for 100,000. */
export function pointPanel(
  {
    box,
    name,
    points,
    lines,
    numbers,
  }: {
    readonly box: Box;
    readonly name: string;
    readonly points: TrialPoints;
    readonly lines: (row: number) => readonly string[];
    readonly numbers: ArrayLike<number>;
  },
  brush?: Panel["brush"],
): Panel {
  const { xs, ys, mask } = points;
  const isShown = (row: number): boolean =>
    (mask === null || mask[row] === 1) && xs[row]! >= 0 && xs[row]! <= 1 && ys[row]! >= 0 && ys[row]! <= 1;
  return {
    box,
    name,
    ...(brush && { brush }),
    find(x, y) {
      let found = -1;
      let least = REACH * REACH;
      const [ux, uy] = [(x - box.x) / box.width, 1 - (y - box.y) / box.height];
      for (let row = 0; row < xs.length; row++) {
        const dx = (xs[row]! - ux) * box.width;
        const dy = (ys[row]! - uy) * box.height;
        const far = dx * dx + dy * dy;
        if (far <= least && isShown(row)) {
          least = far;
          found = row;
        }
      }
      return found;
    },
    step: (item, by) => stepThrough(xs.length, isShown, item, by),
    hit: (row): Hit => ({
      x: box.x + xs[row]! * box.width,
      y: box.y + (1 - ys[row]!) * box.height,
      title: `trial ${numbers[row]}`,
      lines: lines(row),
      trial: numbers[row]!,
    }),
  };
}

/** The item so many shown ones after another; the last one there is if it would be beyond. */
export function stepThrough(
  length: number,
  isShown: (item: number) => boolean,
  item: number,
  by: number,
): number {
  const way = by < 0 ? -1 : 1;
  let at = item < 0 ? (way > 0 ? -1 : length) : item;
  let found = item;
  for (let left = Math.abs(by); left > 0; ) {
    at += way;
    if (at < 0 || at >= length) break;
    if (!isShown(at)) continue;
    found = at;
    left--;
  }
  return found;
}

/** A panel of things in boxes, such as bars and cells. */
export function boxPanel(
  {
    box,
    name,
    boxes,
    hit,
    slack = 0,
  }: {
    readonly box: Box;
    readonly name: string;
    readonly boxes: readonly Box[];
    readonly hit: (item: number) => Omit<Hit, "x" | "y">;
    /** How many pixels beside a box still mean it. @default 0 */
    readonly slack?: number;
  },
  brush?: Panel["brush"],
): Panel {
  return {
    box,
    name,
    ...(brush && { brush }),
    find: (x, y) =>
      boxes.findIndex(
        (each) =>
          x >= each.x - slack &&
          x <= each.x + each.width + slack &&
          y >= each.y - slack &&
          y <= each.y + each.height + slack,
      ),
    step: (item, by) => stepThrough(boxes.length, () => true, item, by),
    hit: (item) => {
      const each = boxes[item]!;
      return { x: each.x + each.width / 2, y: each.y + each.height / 2, ...hit(item) };
    },
  };
}
