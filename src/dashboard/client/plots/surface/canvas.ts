import type { Raster } from "./raster.ts";
import type { Box, LineStyle, Mark, MarkStyle, Surface, TextStyle } from "./surface.ts";
import { isOutline } from "./svg.ts";
import { type Theme, themeOf } from "./theme.ts";

const FONT = "system-ui, sans-serif";

/** The colours of the page as an element of it has them. */
export function themeFor(element: Element): Theme {
  const style = getComputedStyle(element);
  return themeOf((name) => style.getPropertyValue(name));
}

/**
 * A surface on a canvas, which is cleared.
 *
 * @param ratio - Pixels of the canvas for each pixel of the page.
 */
export function canvasSurface(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  ratio: number,
): Surface {
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineJoin = "round";
  return {
    width,
    height,
    rect(box, fill, alpha = 1) {
      context.globalAlpha = alpha;
      context.fillStyle = fill;
      context.fillRect(box.x, box.y, box.width, box.height);
      context.globalAlpha = 1;
    },
    line(xs, ys, count, style) {
      setStroke(context, style);
      trace(context, xs, ys, count);
      context.stroke();
      context.globalAlpha = 1;
    },
    polygon(xs, ys, count, fill, alpha = 1) {
      context.globalAlpha = alpha;
      context.fillStyle = fill;
      trace(context, xs, ys, count);
      context.fill();
      context.globalAlpha = 1;
    },
    marks: (xs, ys, count, style) => drawMarks(context, xs, ys, count, style),
    text: (text, x, y, style) => drawText(context, text, x, y, style),
    raster: (box, raster) => drawRaster(context, box, raster),
    clip(box, draw) {
      context.save();
      context.beginPath();
      context.rect(box.x, box.y, box.width, box.height);
      context.clip();
      draw();
      context.restore();
    },
  };
}

function setStroke(context: CanvasRenderingContext2D, style: LineStyle): void {
  const { stroke, width = 1, dash = [], alpha = 1 } = style;
  context.globalAlpha = alpha;
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.setLineDash([...dash]);
}

function trace(
  context: CanvasRenderingContext2D,
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  count: number,
): void {
  context.beginPath();
  let isOpen = false;
  for (let i = 0; i < count; i++) {
    const [x, y] = [xs[i]!, ys[i]!];
    if (!Number.isFinite(x) || !Number.isFinite(y)) isOpen = false;
    else if (isOpen) context.lineTo(x, y);
    else {
      context.moveTo(x, y);
      isOpen = true;
    }
  }
}

/** So many circles are drawn as circles; more as squares, which takes a fifth of the time. */
const MANY = 3_000;

function drawMarks(
  context: CanvasRenderingContext2D,
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  count: number,
  { mark, color, size, alpha = 1 }: MarkStyle,
): void {
  context.globalAlpha = alpha;
  context.fillStyle = color;
  const half = size / 2;
  if (mark === "square" || (mark === "circle" && count > MANY)) {
    for (let i = 0; i < count; i++) context.fillRect(xs[i]! - half, ys[i]! - half, size, size);
  } else {
    context.strokeStyle = color;
    context.lineWidth = 1.5;
    context.setLineDash([]);
    context.beginPath();
    for (let i = 0; i < count; i++) {
      const [x, y] = [xs[i]!, ys[i]!];
      if (Number.isFinite(x) && Number.isFinite(y)) addMark(context, mark, x, y, half);
    }
    if (isOutline(mark)) context.stroke();
    else context.fill();
  }
  context.globalAlpha = 1;
}

function addMark(context: CanvasRenderingContext2D, mark: Mark, x: number, y: number, h: number): void {
  if (mark === "circle" || mark === "ring") {
    context.moveTo(x + h, y);
    context.arc(x, y, h, 0, 2 * Math.PI);
    return;
  }
  const through = (...places: readonly number[]): void => {
    context.moveTo(x + places[0]! * h, y + places[1]! * h);
    for (let k = 2; k < places.length; k += 2) context.lineTo(x + places[k]! * h, y + places[k + 1]! * h);
  };
  if (mark === "diamond") through(0, -1.25, 1.25, 0, 0, 1.25, -1.25, 0, 0, -1.25);
  else if (mark === "triangle") through(0, -1.1, 1.1, 0.9, -1.1, 0.9, 0, -1.1);
  else if (mark === "square") through(-1, -1, 1, -1, 1, 1, -1, 1, -1, -1);
  else {
    if (mark === "cross") {
      through(-1, -1, 1, 1);
      through(-1, 1, 1, -1);
    }
    if (mark === "plus") through(-1, 0, 1, 0);
    if (mark === "plus" || mark === "tick") through(0, -1, 0, 1);
  }
}

function drawText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  style: TextStyle,
): void {
  const { color, size = 11, align = "start", baseline = "middle", upwards = false, bold = false } = style;
  context.save();
  context.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
  context.fillStyle = color;
  context.textAlign = align === "middle" ? "center" : align;
  context.textBaseline = baseline === "bottom" ? "alphabetic" : baseline;
  context.translate(x, y);
  if (upwards) context.rotate(-Math.PI / 2);
  context.fillText(text, 0, 0);
  context.restore();
}

function drawRaster(context: CanvasRenderingContext2D, box: Box, raster: Raster): void {
  const { columns, rows, cells, palette } = raster;
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = new Uint32Array(palette.slice().buffer);
  for (let i = 0; i < pixels.length; i++) {
    const cell = cells[i]!;
    if (cell !== 0) pixels[i] = colours[cell]!;
  }
  const own = document.createElement("canvas");
  own.width = columns;
  own.height = rows;
  own.getContext("2d")!.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(own, box.x, box.y, box.width, box.height);
}
