import { type Scale, ticksOf, unitOf } from "./scale.ts";
import { type Box, type Surface, segment, shorten, textWidth } from "./surface.ts";
import type { Theme } from "./theme.ts";

/** What stands at the axes of a plot. */
export interface Axes {
  /** The area between the axes. */
  readonly box: Box;
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/** The pixel of a value on the x axis; NaN if it has no place. */
export function xAt({ x, width }: Box, scale: Scale, value: number): number {
  return x + unitOf(scale, value) * width;
}

/** The pixel of a value on the y axis; NaN if it has no place. */
export function yAt({ y, height }: Box, scale: Scale, value: number): number {
  return y + (1 - unitOf(scale, value)) * height;
}

/** How much room the texts of a y axis need at its left. */
export function yRoom(scale: Scale, height: number, hasLabel: boolean): number {
  const widths = ticksOf(scale, Math.max(2, height / 40)).map(({ text }) => textWidth(text));
  return Math.min(110, Math.max(24, ...widths) + 10) + (hasLabel ? 16 : 0);
}

/** The room below an x axis. @param hasLabel - Whether a text stands below its marks. */
export function xRoom(hasLabel: boolean): number {
  return hasLabel ? 38 : 22;
}

/** Draws grid lines, marks and texts of two axes. */
export function drawAxes(surface: Surface, { box, x, y, xLabel, yLabel }: Axes, theme: Theme): void {
  drawYAxis(surface, box, theme, y, yLabel);
  drawXAxis(surface, box, theme, x, xLabel);
}

/** Draws the axis at the left of a box, with lines across it. @param label - @default none */
export function drawYAxis(surface: Surface, box: Box, theme: Theme, y: Scale, label?: string): void {
  const bottom = box.y + box.height;
  for (const { value, text } of ticksOf(y, Math.max(2, box.height / 40))) {
    const at = yAt(box, y, value);
    if (!(at >= box.y - 0.5 && at <= bottom + 0.5)) continue;
    segment(surface, [box.x, at, box.x + box.width, at], { stroke: theme.line, width: 0.7 });
    surface.text(shorten(text, 100), box.x - 6, at, { color: theme.soft, align: "end" });
  }
  if (label === undefined) return;
  const left = Math.max(9, box.x - yRoom(y, box.height, true) + 7);
  surface.text(shorten(label, box.height), left, box.y + box.height / 2, {
    ...{ color: theme.ink, align: "middle", upwards: true },
  });
}

/** Draws the axis below a box, with lines up through it. @param label - @default none */
export function drawXAxis(surface: Surface, box: Box, theme: Theme, x: Scale, label?: string): void {
  const bottom = box.y + box.height;
  const right = box.x + box.width;
  const isCategory = x.kind === "category";
  const ticks = ticksOf(x, Math.max(2, box.width / (x.kind === "time" ? 84 : isCategory ? 30 : 64)));
  const room = isCategory ? box.width / Math.max(1, ticks.length) : 96;
  segment(surface, [box.x, bottom, right, bottom], { stroke: theme.soft, width: 0.8 });
  let free = Number.NEGATIVE_INFINITY;
  for (const { value, text } of ticks) {
    const at = xAt(box, x, value);
    if (!(at >= box.x - 0.5 && at <= right + 0.5)) continue;
    if (!isCategory) segment(surface, [at, box.y, at, bottom], { stroke: theme.line, width: 0.7 });
    segment(surface, [at, bottom, at, bottom + 4], { stroke: theme.soft, width: 0.8 });
    const shown = shorten(text, Math.max(18, room - 4));
    const half = textWidth(shown) / 2;
    const centre = Math.min(Math.max(at, box.x - 20 + half), right + 6 - half);
    // A text that would touch the one before is left out.
    if (centre - half < free) continue;
    free = centre + half + 6;
    surface.text(shown, centre, bottom + 13, { color: theme.soft, align: "middle" });
  }
  if (label !== undefined)
    surface.text(shorten(label, box.width), box.x + box.width / 2, bottom + 29, {
      ...{ color: theme.ink, align: "middle" },
    });
}
