import { type AxisRange, type Brushes, rangeOfSpan, spanOfRange } from "../drawing/brushes.ts";
import { emptyPicture, type Panel, type Picture, RANK_LEGEND, TABLE_ROWS } from "../drawing/picture.ts";
import { stepThrough } from "../drawing/points.ts";
import { type Ranking, rankingOf } from "../drawing/ranking.ts";
import {
  type Objective,
  type Param,
  paramScale,
  paramText,
  paramUnits,
  type Trials,
  valueScale,
  valueText,
} from "../drawing/trials.ts";
import { formatCount } from "../surface/format.ts";
import { lineRaster } from "../surface/line-raster.ts";
import { type Scale, ticksOf, unitOf, unitsOf } from "../surface/scale.ts";
import { type Box, inset, type Surface, segment, shorten } from "../surface/surface.ts";
import { RANKS, rankColor, type Theme } from "../surface/theme.ts";

/** What parallel coordinates show: a line for each trial, through its params to its value. */
export interface ParallelInput {
  readonly trials: Trials;
  /** The rows that only the filter selects; the brush chooses among them. null: all. */
  readonly filtered: Uint8Array | null;
  readonly objective: Objective;
  /** The most important first. */
  readonly params: readonly Param[];
  readonly isLog: boolean;
  /** The ranges that are chosen on axes, by the axes' names. */
  readonly brushes: Brushes;
  /** @param range - null: nothing is chosen on the axis any more. */
  readonly brush: (axis: string, range: AxisRange | null) => void;
}

/** An axis with the place of each trial. */
interface Axis {
  readonly name: string;
  readonly scale: Scale;
  readonly units: Float32Array;
}

/** Up to so many lines are drawn one by one. */
const FEW = 1_200;
/** As many of the best are drawn upon the cells of the others. */
const BEST = 60;
/** How near to a line, in pixels, people may point to mean it. */
const REACH = 8;

/** A line for each trial: what the good ones have in common is where the dark lines meet. */
export function parallelPicture(input: ParallelInput): Picture {
  const { trials, objective, params, brushes } = input;
  const title = `Parallel coordinates of ${objective.name}`;
  if (params.length === 0) return emptyPicture(title, "This study has no params.");
  const ranking = rankingOf(objective.values, objective.direction);
  const shown = countShown(ranking, trials.visible);
  const chosen = Object.keys(brushes).length;
  const table = () => {
    const rows = [];
    for (let i = ranking.order.length - 1; i >= 0 && rows.length < TABLE_ROWS; i--) {
      const row = ranking.order[i]!;
      if (trials.visible !== null && trials.visible[row] === 0) continue;
      rows.push([
        trials.numbers[row]!,
        ...params.map((param) => paramText(param, row)),
        objective.values[row]!,
      ]);
    }
    return {
      columns: ["trial", ...params.map(({ name }) => name), objective.name],
      rows,
      note: shown > rows.length ? `The best ${rows.length} of ${formatCount(shown, "trial")}.` : null,
    };
  };
  return {
    title,
    summary: `${formatCount(shown, "trial")} with a ${objective.name}${chosen > 0 ? `, chosen on ${chosen === 1 ? "1 axis" : `${chosen} axes`}` : ""}. Dragging along an axis chooses a range of it, in all plots.`,
    legend: [RANK_LEGEND],
    height: (width) => (width < 500 ? 320 : 380),
    draw: (surface, box, theme) => draw(surface, box, theme, input, ranking),
    table,
  };
}

function countShown({ order }: Ranking, visible: Uint8Array | null): number {
  if (visible === null) return order.length;
  let count = 0;
  for (const row of order) if (visible[row] === 1) count++;
  return count;
}

/** The axes of a picture: the params, and the value as the last. */
export function axesOf({ params, objective, filtered, isLog }: ParallelInput): Axis[] {
  const value = valueScale(objective, filtered, { isLog });
  return [
    ...params.map((param) => ({
      name: param.name,
      scale: paramScale(param),
      units: paramUnits(param, true),
    })),
    { name: objective.name, scale: value, units: unitsOf(value, objective.values) },
  ];
}

function draw(surface: Surface, outer: Box, theme: Theme, input: ParallelInput, ranking: Ranking): Panel[] {
  const axes = axesOf(input);
  const box = inset(outer, 48, 34, 48, 12);
  const xAt = (axis: number): number => box.x + (axis / (axes.length - 1)) * box.width;
  const { visible } = input.trials;
  const isBrushed = Object.keys(input.brushes).length > 0;
  const shown = countShown(ranking, visible);
  if (isBrushed) drawLines(surface, box, theme, { axes, ranking, mask: input.filtered, isFaint: true });
  drawLines(surface, box, theme, { axes, ranking, mask: visible, isFaint: false });
  axes.forEach((axis, i) => {
    drawAxis(surface, theme, box, { axis, x: xAt(i), room: box.width / Math.max(1, axes.length - 1) });
    const range = input.brushes[axis.name];
    if (!range) return;
    const [low, high] = spanOfRange(axis.scale, range);
    const chosen = {
      x: xAt(i) - 7,
      y: box.y + (1 - high) * box.height,
      width: 14,
      height: (high - low) * box.height,
    };
    surface.rect(chosen, theme.brush);
    surface.rect({ ...chosen, height: 2 }, theme.best);
    surface.rect({ ...chosen, y: chosen.y + chosen.height - 2, height: 2 }, theme.best);
  });
  const strips = axes.map(
    ({ name, scale }, i): Panel => ({
      box: { x: xAt(i) - 12, y: box.y, width: 24, height: box.height },
      name,
      find: () => -1,
      step: () => -1,
      hit: () => ({ x: 0, y: 0, title: name, lines: [], trial: null }),
      brush: { axis: "y", done: (span) => input.brush(name, span && rangeOfSpan(scale, span.y)) },
    }),
  );
  return [linePanel(box, axes, input, shown), ...strips];
}

function drawLines(
  surface: Surface,
  box: Box,
  theme: Theme,
  {
    axes,
    ranking,
    mask,
    isFaint,
  }: { axes: readonly Axis[]; ranking: Ranking; mask: Uint8Array | null; isFaint: boolean },
): void {
  const count = countShown(ranking, mask);
  const isMany = count > FEW;
  const gray = theme.ranks.map(() => [127, 127, 127] as const);
  if (isMany) {
    const [columns, rows] = [Math.max(2, Math.round(box.width / 2)), Math.max(2, Math.round(box.height / 2))];
    const lines = { axes: axes.map(({ units }) => units), ranks: ranking.classes, mask };
    surface.raster(box, lineRaster(lines, columns, rows, isFaint ? { ...theme, ranks: gray } : theme));
    if (isFaint) surface.rect(box, theme.panel, 0.75);
  }
  const from = isMany && !isFaint ? Math.max(0, ranking.order.length - BEST) : 0;
  if (isMany && isFaint) return;
  for (let k = 0; k < RANKS; k++) {
    const [start, end] = [Math.max(from, ranking.starts[k]!), ranking.starts[k + 1]!];
    const color = isFaint ? theme.soft : rankColor(theme, RANKS - 1 - k);
    const alpha = isFaint ? 0.12 : count > 300 ? 0.35 + 0.4 * (k / RANKS) : 0.5 + 0.45 * (k / RANKS);
    const { xs, ys } = polylines(axes, box, ranking.order.subarray(start, Math.max(start, end)), mask);
    surface.line(xs, ys, xs.length, { stroke: color, width: k === RANKS - 1 ? 1.4 : 1, alpha });
  }
}

/** The lines of some rows one after the other, with a gap after each and where a param was inactive. */
function polylines(axes: readonly Axis[], box: Box, rows: Int32Array, mask: Uint8Array | null) {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const row of rows) {
    if (mask !== null && mask[row] === 0) continue;
    for (let axis = 0; axis < axes.length; axis++) {
      xs.push(box.x + (axis / (axes.length - 1)) * box.width);
      ys.push(box.y + (1 - axes[axis]!.units[row]!) * box.height);
    }
    xs.push(Number.NaN);
    ys.push(Number.NaN);
  }
  return { xs, ys };
}

function drawAxis(
  surface: Surface,
  theme: Theme,
  box: Box,
  { axis, x, room }: { readonly axis: Axis; readonly x: number; readonly room: number },
): void {
  const { name, scale } = axis;
  segment(surface, [x, box.y, x, box.y + box.height], { stroke: theme.soft, width: 1 });
  surface.text(shorten(name, Math.max(24, room - 8), 12), x, box.y - 20, {
    ...{ color: theme.ink, align: "middle", size: 12, bold: true },
  });
  for (const { value, text } of ticksOf(scale, 6)) {
    const y = box.y + (1 - unitOf(scale, value)) * box.height;
    if (!(y >= box.y - 1 && y <= box.y + box.height + 1)) continue;
    segment(surface, [x, y, x + 4, y], { stroke: theme.soft, width: 1 });
    const shown = shorten(text, Math.max(16, Math.min(room - 12, 90)), 10);
    // Lines run behind the text, so it stands on a ground of its own.
    surface.rect({ x: x + 5, y: y - 6, width: shown.length * 6, height: 12 }, theme.panel, 0.8);
    surface.text(shown, x + 6, y, { color: theme.soft, size: 10 });
  }
}

/** A panel of lines: the one that passes nearest at the pointer's place between two axes is found. */
function linePanel(
  box: Box,
  axes: readonly Axis[],
  { trials, objective, params }: ParallelInput,
  shown: number,
): Panel {
  const { visible, numbers } = trials;
  const values = axes.at(-1)!.units;
  const isShown = (row: number): boolean =>
    (visible === null || visible[row] === 1) && !Number.isNaN(values[row]!);
  return {
    box,
    name: formatCount(shown, "line"),
    find(x, y) {
      const at = Math.min(0.9999, Math.max(0, (x - box.x) / box.width)) * (axes.length - 1);
      const gap = Math.floor(at);
      const [left, right] = [axes[gap]!.units, axes[gap + 1]!.units];
      const wanted = 1 - (y - box.y) / box.height;
      let found = -1;
      let least = REACH / box.height;
      for (let row = 0; row < left.length; row++) {
        const far = Math.abs(left[row]! + (right[row]! - left[row]!) * (at - gap) - wanted);
        if (far <= least && isShown(row)) {
          least = far;
          found = row;
        }
      }
      return found;
    },
    step: (item, by) => stepThrough(numbers.length, isShown, item, by),
    hit: (row) => ({
      x: box.x + box.width,
      y: box.y + (1 - values[row]!) * box.height,
      title: `trial ${numbers[row]}`,
      lines: [
        `${objective.name} ${valueText(objective.values[row])}`,
        ...params.slice(0, 12).map((param) => `${param.name} ${paramText(param, row)}`),
      ],
      trial: numbers[row]!,
    }),
  };
}
