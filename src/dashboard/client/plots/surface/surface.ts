import type { Raster } from "./raster.ts";

/** A rectangle in CSS pixels; y counts from the top. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How a line looks. */
export interface LineStyle {
  readonly stroke: string;
  /** In pixels. @default 1 */
  readonly width?: number;
  /** The lengths of strokes and gaps in pixels. @default solid */
  readonly dash?: readonly number[];
  /** @default 1 */
  readonly alpha?: number;
}

/** The shapes of points, so that colour is never all that tells them apart. */
export type Mark = "circle" | "square" | "diamond" | "triangle" | "cross" | "plus" | "tick" | "ring";

/** How points look. */
export interface MarkStyle {
  readonly mark: Mark;
  readonly color: string;
  /** The diameter in pixels. */
  readonly size: number;
  /** @default 1 */
  readonly alpha?: number;
}

/** How a text stands at its place. */
export interface TextStyle {
  readonly color: string;
  /** In pixels. @default 11 */
  readonly size?: number;
  /** @default start */
  readonly align?: "start" | "middle" | "end";
  /** @default middle */
  readonly baseline?: "top" | "middle" | "bottom";
  /** Turned by a quarter to the left. @default false */
  readonly upwards?: boolean;
  /** @default false */
  readonly bold?: boolean;
}

/** What a picture is drawn on: a canvas, or the text of an SVG. So each picture is written once. */
export interface Surface {
  readonly width: number;
  readonly height: number;
  rect(box: Box, fill: string, alpha?: number): void;
  /** A line through the first `count` places; a place with a NaN interrupts it. */
  line(xs: ArrayLike<number>, ys: ArrayLike<number>, count: number, style: LineStyle): void;
  polygon(xs: ArrayLike<number>, ys: ArrayLike<number>, count: number, fill: string, alpha?: number): void;
  marks(xs: ArrayLike<number>, ys: ArrayLike<number>, count: number, style: MarkStyle): void;
  text(text: string, x: number, y: number, style: TextStyle): void;
  raster(box: Box, raster: Raster): void;
  /** Draws with everything outside the box cut off. */
  clip(box: Box, draw: () => void): void;
}

/** A straight line between two places. */
export function segment(
  surface: Surface,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  style: LineStyle,
): void {
  surface.line([x1, x2], [y1, y2], 2, style);
}

/** About how wide a text is, in pixels: without a browser nothing can measure it. */
export function textWidth(text: string, size = 11): number {
  let ems = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    ems +=
      code > 0x2e80 ? 1 : /[MW@%mw]/.test(char) ? 0.92 : /[ .,:;'|!ijlIft()[\]]/.test(char) ? 0.36 : 0.63;
  }
  return ems * size;
}

/**
 * As much of a text as fits into a width. What is left out is in its middle, where an ellipsis stands, because names often
 * differ at their ends only.
 */
export function shorten(text: string, width: number, size = 11): string {
  if (text.length <= 400 && textWidth(text, size) <= width) return text;
  const chars = [...text];
  const kept = (count: number): string => {
    const tail = Math.floor(count / 3);
    return `${chars.slice(0, count - tail).join("")}…${tail > 0 ? chars.slice(-tail).join("") : ""}`;
  };
  let low = 0;
  let high = Math.min(400, chars.length - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(kept(middle), size) <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : kept(low);
}

/** The box inside another one. */
export function inset(box: Box, left: number, top: number, right: number, bottom: number): Box {
  return {
    x: box.x + left,
    y: box.y + top,
    width: Math.max(1, box.width - left - right),
    height: Math.max(1, box.height - top - bottom),
  };
}

/** Whether a place lies in a box, or at most `margin` pixels outside it. */
export function contains(box: Box, x: number, y: number, margin = 0): boolean {
  return (
    x >= box.x - margin &&
    x <= box.x + box.width + margin &&
    y >= box.y - margin &&
    y <= box.y + box.height + margin
  );
}
