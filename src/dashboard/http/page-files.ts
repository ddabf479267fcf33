import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".png": "image/png",
};

/** Where the build puts the page. */
const FOLDER = fileURLToPath(new URL("../page", import.meta.url));

/**
 * Reads all files of the page, by the paths under which they are asked for. A request can get no other file, whatever its path
 * is.
 */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const assets = readdirSync(join(FOLDER, "assets")).map((name) => `/assets/${name}`);
  return new Map(
    ["/index.html", ...assets].map((path) => [
      path,
      {
        type: TYPES[extname(path)] ?? "application/octet-stream",
        bytes: new Uint8Array(readFileSync(join(FOLDER, path))),
      },
    ]),
  );
}
