import { drawXAxis, drawYAxis, xRoom, yRoom } from "../surface/axes.ts";
import { extentOf, type Scale, scaleOver, unitOf, valueAt } from "../surface/scale.ts";
import { type Box, contains, inset, type Mark, type Surface, segment } from "../surface/surface.ts";
import type { Theme } from "../surface/theme.ts";
import type { Hit, Panel } from "./picture.ts";

/** A line over an axis; a NaN interrupts it, and so does a gap in time. */
export interface Series {
  readonly label: string;
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  readonly color: (theme: Theme) => string;
  /** In pixels. @default 1.5 */
  readonly width?: number;
  readonly dash?: readonly number[];
  /** The lower edge of a band whose upper edge is `ys`. @default none */
  readonly lows?: ArrayLike<number>;
  /** Whether it goes from value to value in steps. @default false */
  readonly isStepped?: boolean;
  /** Whether the texts of hints leave it out. @default false */
  readonly isSilent?: boolean;
  /** @default 1 */
  readonly alpha?: number;
}

/** A height that is marked across a panel. */
export interface Level {
  readonly label: string;
  readonly value: number;
  readonly color: (theme: Theme) => string;
}

/** Something that happened at one place. */
export interface Event {
  readonly x: number;
  readonly mark: Mark;
  readonly color: (theme: Theme) => string;
  readonly title: string;
  readonly text: string;
  readonly trial: number | null;
}

/** Lines with one y axis. */
export interface SeriesPanel {
  readonly name: string;
  readonly format: (value: number) => string;
  readonly series: readonly Series[];
  readonly levels?: readonly Level[];
  readonly events?: readonly Event[];
  /** The range of the y axis, which grows with what is drawn. @default what is drawn */
  readonly range?: readonly [number, number];
}

/** Panels above one another with one x axis. */
export interface SeriesPlot {
  readonly panels: readonly SeriesPanel[];
  readonly kind: "linear" | "time";
  readonly xLabel: string;
  readonly formatX: (value: number) => string;
  /** Values of x that are further apart are not joined. @default any are joined */
  readonly longestGap?: number;
  /** The part of the x axis that is shown; null: all. */
  readonly range: readonly [number, number] | null;
  /** @default nothing can be chosen */
  readonly zoom?: (range: readonly [number, number] | null) => void;
}

/** The room above a panel for its name. */
const NAME = 20;

/** Draws panels of lines one below the other. */
export function drawSeries(surface: Surface, outer: Box, theme: Theme, plot: SeriesPlot): Panel[] {
  const { panels, kind, formatX, range } = plot;
  const all = panels.flatMap(({ series, events = [] }) => [
    ...series.map(({ xs }) => xs),
    events.map(({ x }) => x),
  ]);
  const x = range ? scaleOver(kind, range, formatX, 0) : scaleOver(kind, widest(all), formatX, 0.01);
  const scales = panels.map(yScale);
  const left = Math.max(...scales.map((scale) => yRoom(scale, 80, false)));
  const height = (outer.height - xRoom(true)) / panels.length;
  return panels.map((panel, i) => {
    const cell = { ...outer, y: outer.y + i * height, height };
    const box = inset(cell, left, NAME, 10, 6);
    drawPanel(surface, box, theme, { plot, panel, x, y: scales[i]!, isLast: i === panels.length - 1 });
    return seriesHits(box, plot, panel, x, scales[i]!);
  });
}

function widest(columns: readonly ArrayLike<number>[]): readonly [number, number] | null {
  let range: readonly [number, number] | null = null;
  for (const column of columns) {
    const own = extentOf(column);
    if (own) range = range ? [Math.min(range[0], own[0]), Math.max(range[1], own[1])] : own;
  }
  return range;
}

function yScale({ series, levels = [], range, format }: SeriesPanel): Scale {
  const columns = series.flatMap(({ ys, lows }) => (lows ? [ys, lows] : [ys]));
  const shown = widest([...columns, levels.map(({ value }) => value), range ?? []]);
  const scale = scaleOver("linear", shown, format, 0.05);
  // What cannot be negative has its axis begin at 0.
  return range && shown && shown[0] >= 0 ? { ...scale, low: 0 } : scale;
}

function drawPanel(
  surface: Surface,
  box: Box,
  theme: Theme,
  {
    plot,
    panel,
    x,
    y,
    isLast,
  }: {
    readonly plot: SeriesPlot;
    readonly panel: SeriesPanel;
    readonly x: Scale;
    readonly y: Scale;
    readonly isLast: boolean;
  },
): void {
  drawYAxis(surface, box, theme, y);
  surface.text(panel.name, box.x, box.y - 9, { color: theme.ink, size: 12, bold: true });
  if (isLast) drawXAxis(surface, box, theme, x, plot.xLabel);
  else
    segment(surface, [box.x, box.y + box.height, box.x + box.width, box.y + box.height], {
      stroke: theme.line,
    });
  surface.clip({ ...box, y: box.y - 2, height: box.height + 4 }, () => {
    for (const series of panel.series)
      drawLine(surface, box, theme, { series, x, y, longestGap: plot.longestGap });
    for (const { value, color } of panel.levels ?? []) {
      const at = box.y + (1 - unitOf(y, value)) * box.height;
      segment(surface, [box.x, at, box.x + box.width, at], {
        stroke: color(theme),
        width: 1.5,
        dash: [6, 4],
      });
    }
  });
  for (const event of panel.events ?? []) {
    const at = box.x + unitOf(x, event.x) * box.width;
    if (!(at >= box.x && at <= box.x + box.width)) continue;
    segment(surface, [at, box.y, at, box.y + box.height], { stroke: event.color(theme), alpha: 0.35 });
    surface.marks([at], [box.y + 6], 1, { mark: event.mark, size: 8, color: event.color(theme) });
  }
}

function drawLine(
  surface: Surface,
  box: Box,
  theme: Theme,
  {
    series,
    x,
    y,
    longestGap = Number.POSITIVE_INFINITY,
  }: { series: Series; x: Scale; y: Scale; longestGap: number | undefined },
): void {
  const { xs, ys, lows, isStepped = false, width = 1.5, dash = [], alpha = 1 } = series;
  const across: number[] = [];
  const up: number[] = [];
  const down: number[] = [];
  const yAt = (value: number): number => box.y + (1 - unitOf(y, value)) * box.height;
  const flush = (): void => {
    const stroke = series.color(theme);
    if (lows) {
      const around = [...up, ...down.toReversed()];
      surface.polygon([...across, ...across.toReversed()], around, around.length, stroke, 0.3);
    }
    if (across.length === 1) surface.marks(across, up, 1, { mark: "circle", size: 4, color: stroke, alpha });
    surface.line(across, up, across.length, { stroke, width, dash, alpha });
    across.length = up.length = down.length = 0;
  };
  for (let i = 0; i < xs.length; i++) {
    const isApart = i > 0 && xs[i]! - xs[i - 1]! > longestGap;
    if (!Number.isFinite(ys[i]!) || isApart) flush();
    if (!Number.isFinite(ys[i]!)) continue;
    const at = box.x + unitOf(x, xs[i]!) * box.width;
    if (isStepped && up.length > 0) {
      across.push(at);
      up.push(up.at(-1)!);
    }
    across.push(at);
    up.push(yAt(ys[i]!));
    if (lows) down.push(yAt(lows[i]!));
  }
  flush();
}

/** What can be pointed at: events first, then the place of each value of the longest line. */
function seriesHits(box: Box, plot: SeriesPlot, panel: SeriesPanel, x: Scale, y: Scale): Panel {
  const { series, events = [], name, format } = panel;
  const longest = series.reduce<Series | null>(
    (most, each) => (each.xs.length > (most?.xs.length ?? -1) && !each.isSilent ? each : most),
    null,
  );
  const count = events.length + (longest?.xs.length ?? 0);
  const xAt = (item: number): number => {
    const value = item < events.length ? events[item]!.x : longest!.xs[item - events.length]!;
    return box.x + unitOf(x, value) * box.width;
  };
  const isShown = (item: number): boolean => contains(box, xAt(item), box.y + 1, 1);
  const find = (at: number, height: number): number => {
    let [found, least] = [-1, 40];
    for (let item = 0; item < count; item++) {
      if (item < events.length && height > box.y + 18) continue;
      const far = Math.abs(xAt(item) - at);
      if (far < least && isShown(item)) [found, least] = [item, far];
      if (item === events.length - 1 && found >= 0 && least < 8) return found;
    }
    return found;
  };
  const hit = (item: number): Hit => {
    const event = events[item];
    if (event)
      return { x: xAt(item), y: box.y + 6, title: event.title, lines: [event.text], trial: event.trial };
    const value = longest!.xs[item - events.length]!;
    const lines = series
      .filter(({ isSilent }) => !isSilent)
      .map((each) => `${each.label} ${textAt(each, value, format)}`);
    const level = longest!.ys[item - events.length]!;
    const top = Number.isFinite(level) ? box.y + (1 - unitOf(y, level)) * box.height : box.y;
    return { x: xAt(item), y: top, title: plot.formatX(value), lines, trial: null };
  };
  const step = (item: number, by: number): number => {
    const next =
      item < 0
        ? by > 0
          ? 0
          : count - 1
        : Math.min(count - 1, Math.max(0, item + Math.max(-count, Math.min(count, by))));
    return count === 0 ? -1 : next;
  };
  const { zoom } = plot;
  return {
    ...{ box, name, find, step, hit },
    ...(zoom && {
      brush: {
        axis: "x" as const,
        done: (span) => zoom(span && [valueAt(x, span.x[0]), valueAt(x, span.x[1])]),
      },
    }),
  };
}

/** The value of a line at a place: the last one that is not after it. */
function textAt({ xs, ys, lows }: Series, value: number, format: (value: number) => string): string {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  const own = ys[low - 1];
  if (own === undefined || Number.isNaN(own)) return "unknown";
  return lows ? `${format(lows[low - 1]!)} to ${format(own)}` : format(own);
}
