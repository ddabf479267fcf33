import { type Raster, rasterPng } from "./raster.ts";
import type { Box, LineStyle, Mark, MarkStyle, Surface, TextStyle } from "./surface.ts";

/** A surface that writes SVG. */
export interface SvgSurface extends Surface {
  /** The document so far. @param title - What it shows, for those who cannot see it. */
  document(title: string): string;
}

/** Text in SVG: its marks of markup are written as words, and characters that XML forbids are left out. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, "")
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/"/g, "&quot;")
  );
}

/** A place with two decimals. */
const r = (value: number): string => String(Math.round(value * 100) / 100);

const opacity = (alpha: number | undefined): string =>
  alpha === undefined || alpha >= 1 ? "" : ` opacity="${r(alpha)}"`;

/** An empty surface of a size in pixels. */
export function svgSurface(width: number, height: number): SvgSurface {
  const parts: string[] = [];
  let clips = 0;
  return {
    width,
    height,
    rect(box, fill, alpha) {
      parts.push(
        `<rect x="${r(box.x)}" y="${r(box.y)}" width="${r(box.width)}" height="${r(box.height)}" fill="${fill}"${opacity(alpha)}/>`,
      );
    },
    line(xs, ys, count, style) {
      const d = path(xs, ys, count);
      if (d) parts.push(`<path d="${d}" fill="none"${stroke(style)}/>`);
    },
    polygon(xs, ys, count, fill, alpha) {
      const d = path(xs, ys, count);
      if (d) parts.push(`<path d="${d}Z" fill="${fill}"${opacity(alpha)}/>`);
    },
    marks(xs, ys, count, style) {
      if (count > 0) parts.push(marksOf(xs, ys, count, style));
    },
    text(text, x, y, style) {
      parts.push(textOf(text, x, y, style));
    },
    raster(box, raster) {
      parts.push(image(box, raster));
    },
    clip(box, draw) {
      const id = `c${clips++}`;
      parts.push(
        `<clipPath id="${id}"><rect x="${r(box.x)}" y="${r(box.y)}" width="${r(box.width)}" height="${r(box.height)}"/></clipPath><g clip-path="url(#${id})">`,
      );
      draw();
      parts.push("</g>");
    },
    document: (title) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif"><title>${escapeXml(title)}</title>${parts.join("")}</svg>`,
  };
}

function stroke({ stroke: color, width = 1, dash = [], alpha }: LineStyle): string {
  const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(" ")}"` : "";
  return ` stroke="${color}" stroke-width="${width}" stroke-linejoin="round"${dashes}${opacity(alpha)}`;
}

function path(xs: ArrayLike<number>, ys: ArrayLike<number>, count: number): string {
  let d = "";
  let isOpen = false;
  for (let i = 0; i < count; i++) {
    const [x, y] = [xs[i]!, ys[i]!];
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      isOpen = false;
      continue;
    }
    d += `${isOpen ? "L" : "M"}${r(x)} ${r(y)}`;
    isOpen = true;
  }
  return d;
}

/** All marks of one style are one path, which keeps the file small. */
function marksOf(xs: ArrayLike<number>, ys: ArrayLike<number>, count: number, style: MarkStyle): string {
  const { mark, color, size, alpha } = style;
  let d = "";
  for (let i = 0; i < count; i++)
    if (Number.isFinite(xs[i]!) && Number.isFinite(ys[i]!)) d += markPath(mark, xs[i]!, ys[i]!, size);
  if (mark === "circle")
    return `<path d="${d}" stroke="${color}" stroke-width="${r(size)}" stroke-linecap="round"${opacity(alpha)}/>`;
  return isOutline(mark)
    ? `<path d="${d}" fill="none" stroke="${color}" stroke-width="1.5"${opacity(alpha)}/>`
    : `<path d="${d}" fill="${color}"${opacity(alpha)}/>`;
}

/** Whether a mark is drawn by lines, and not filled. */
export function isOutline(mark: Mark): boolean {
  return mark === "cross" || mark === "plus" || mark === "tick" || mark === "ring";
}

/** The path of one mark, for a legend as well. A circle is a line of no length with round ends. */
export function markPath(mark: Mark, x: number, y: number, size: number): string {
  const h = size / 2;
  const at = (dx: number, dy: number): string => `${r(x + dx)} ${r(y + dy)}`;
  switch (mark) {
    case "circle":
      return `M${at(0, 0)}h0.01`;
    case "square":
      return `M${at(-h, -h)}h${r(size)}v${r(size)}h${r(-size)}Z`;
    case "diamond":
      return `M${at(0, -h * 1.25)}L${at(h * 1.25, 0)}L${at(0, h * 1.25)}L${at(-h * 1.25, 0)}Z`;
    case "triangle":
      return `M${at(0, -h * 1.1)}L${at(h * 1.1, h * 0.9)}L${at(-h * 1.1, h * 0.9)}Z`;
    case "cross":
      return `M${at(-h, -h)}L${at(h, h)}M${at(-h, h)}L${at(h, -h)}`;
    case "plus":
      return `M${at(-h, 0)}h${r(size)}M${at(0, -h)}v${r(size)}`;
    case "tick":
      return `M${at(0, -h)}v${r(size)}`;
    case "ring":
      return `M${at(-h, 0)}a${r(h)} ${r(h)} 0 1 0 ${r(size)} 0a${r(h)} ${r(h)} 0 1 0 ${r(-size)} 0`;
  }
}

function textOf(text: string, x: number, y: number, style: TextStyle): string {
  const { color, size = 11, align = "start", baseline = "middle", upwards = false, bold = false } = style;
  const dy = baseline === "top" ? "0.8em" : baseline === "middle" ? "0.33em" : "0";
  const turned = upwards ? ` transform="rotate(-90 ${r(x)} ${r(y)})"` : "";
  const weight = bold ? ' font-weight="600"' : "";
  return `<text x="${r(x)}" y="${r(y)}" dy="${dy}" font-size="${size}" fill="${color}" text-anchor="${align}"${weight}${turned}>${escapeXml(text)}</text>`;
}

function image(box: Box, raster: Raster): string {
  const bytes = rasterPng(raster);
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8_192)
    binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return `<image x="${r(box.x)}" y="${r(box.y)}" width="${r(box.width)}" height="${r(box.height)}" preserveAspectRatio="none" href="data:image/png;base64,${btoa(binary)}"/>`;
}
