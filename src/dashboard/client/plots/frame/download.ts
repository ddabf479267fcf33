import type { Picture } from "../drawing/picture.ts";
import { compose, composedHeight } from "../pictures/compose.ts";
import { FILE_WIDTH } from "../pictures/output.ts";
import { canvasSurface } from "../surface/canvas.ts";
import { type Theme, themeOf } from "../surface/theme.ts";

/** Pixels of a file for each pixel of the page, so that it is sharp in print. */
const RATIO = 2;

/** So long a browser may take until it reads a file that it saves, such as when it asks where to. */
const KEPT_MS = 60_000;

/** A picture as a PNG, with its title, its sentence and its legend. @param theme - @default light */
export function toPng(picture: Picture, theme: Theme = themeOf()): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const surface = canvasSurface(canvas, FILE_WIDTH, composedHeight(picture, FILE_WIDTH), RATIO);
  compose(surface, picture, theme);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("this browser cannot write a PNG")))),
  );
}

/** Lets the browser keep a file. */
export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
