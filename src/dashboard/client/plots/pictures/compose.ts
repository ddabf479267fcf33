import type { LegendEntry, Picture } from "../drawing/picture.ts";
import { type Box, type Surface, segment, shorten, textWidth } from "../surface/surface.ts";
import { markPath } from "../surface/svg.ts";
import { RANKS, rankColor, type Theme } from "../surface/theme.ts";

const MARGIN = 16;
const LINE = 18;

/** How high a picture with its title, its sentence and its legend is at a width. */
export function composedHeight(picture: Picture, width: number): number {
  const lines =
    wrapped(picture.summary, width - 2 * MARGIN).length + legendLines(picture.legend, width).length;
  return picture.height(width - 2 * MARGIN) + 2 * MARGIN + 24 + lines * LINE;
}

/** Draws a picture with its title, its sentence and its legend, as a file of its own needs them. */
export function compose(surface: Surface, picture: Picture, theme: Theme): void {
  const { width, height } = surface;
  surface.rect({ x: 0, y: 0, width, height }, theme.panel);
  surface.text(shorten(picture.title, width - 2 * MARGIN, 15), MARGIN, MARGIN + 8, {
    ...{ color: theme.ink, size: 15, bold: true },
  });
  let y = MARGIN + 30;
  for (const line of wrapped(picture.summary, width - 2 * MARGIN)) {
    surface.text(line, MARGIN, y, { color: theme.soft, size: 12 });
    y += LINE;
  }
  for (const line of legendLines(picture.legend, width)) {
    for (const { entry, x } of line) drawEntry(surface, entry, x, y, theme);
    y += LINE;
  }
  const box: Box = {
    x: MARGIN,
    y: y - 6,
    width: width - 2 * MARGIN,
    height: picture.height(width - 2 * MARGIN),
  };
  picture.draw(surface, box, theme);
}

/** A sentence in lines of a width. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (textWidth(longer, 12) <= width || !line) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((each) => shorten(each, width, 12));
}

const swatchWidth = (entry: LegendEntry): number => (entry.isRanks ? RANKS * 4 + 6 : 22);

function legendLines(legend: readonly LegendEntry[], width: number) {
  const lines: { entry: LegendEntry; x: number }[][] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const entry of legend) {
    const needs = swatchWidth(entry) + textWidth(entry.label) + 16;
    if (x + needs > width - MARGIN) {
      lines.push([]);
      x = MARGIN;
    }
    lines.at(-1)!.push({ entry, x });
    x += needs;
  }
  return lines;
}

function drawEntry(surface: Surface, entry: LegendEntry, x: number, y: number, theme: Theme): void {
  const color = entry.color(theme);
  if (entry.isRanks)
    for (let k = 0; k < RANKS; k++)
      surface.rect({ x: x + k * 4, y: y - 4, width: 4, height: 8 }, rankColor(theme, k));
  else if (entry.mark) surface.marks([x + 8], [y], 1, { mark: entry.mark, size: 8, color });
  else segment(surface, [x, y, x + 18, y], { stroke: color, width: 2, dash: entry.dash ?? [] });
  surface.text(entry.label, x + swatchWidth(entry), y, { color: theme.ink });
}

/** The path of a mark in a square of 14 pixels, for legends on the page. */
export function legendPath(mark: NonNullable<LegendEntry["mark"]>): string {
  return markPath(mark, 7, 7, 8);
}
