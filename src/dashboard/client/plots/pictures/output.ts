import type { Picture, Table } from "../drawing/picture.ts";
import { svgSurface } from "../surface/svg.ts";
import { type Theme, themeOf } from "../surface/theme.ts";
import { compose, composedHeight } from "./compose.ts";

/** The width of pictures that people download. */
export const FILE_WIDTH = 960;

/** A picture as an SVG document, with its title, its sentence and its legend. @param theme - @default light */
export function toSvg(picture: Picture, theme: Theme = themeOf(), width = FILE_WIDTH): string {
  const surface = svgSurface(width, composedHeight(picture, width));
  compose(surface, picture, theme);
  return surface.document(`${picture.title}. ${picture.summary}`);
}

/** A table as CSV, for a spreadsheet. A text that a spreadsheet would take for a formula is marked as text. */
export function tableCsv({ columns, rows }: Table): string {
  const cell = (value: string | number | null): string => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A name for a picture's file: letters, digits and dashes. @param ending - `png`, `svg` or `csv`. */
export function fileName(study: string, { title }: Picture, ending: string): string {
  const safe = `${study}-${title}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${safe.slice(0, 80) || "plot"}.${ending}`;
}
