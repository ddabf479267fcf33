// Builds the dashboard's page: one script, one style sheet, hashed by their contents, and the document that loads them.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * Builds the page from its sources into a folder. The document refers to its files by names that change with their
 * contents, so that a browser may keep them for ever.
 *
 * @param root - The folder of the repository.
 * @param out - Where the page goes: `index.html`, and `assets/`.
 * @returns the paths of the files that were joined, from the root.
 */
export async function buildPage(root, out) {
  const from = join(root, "src", "dashboard", "client");
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: { main: join(from, "main.tsx"), style: join(from, "styles", "main.css") },
    entryNames: "[name]-[hash]",
    outdir: join(out, "assets"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: ["es2022"],
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const names = Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [
    entryPoint?.endsWith(".css") ? "main.css" : "main.js",
    basename(path),
  ]);
  mkdirSync(join(out, "assets"), { recursive: true });
  cpSync(join(from, "icon.svg"), join(out, "assets", "icon.svg"));
  const html = names.reduce(
    (text, [name, hashed]) => text.replace(`/assets/${name}`, `/assets/${hashed}`),
    readFileSync(join(from, "index.html"), "utf8"),
  );
  writeFileSync(join(out, "index.html"), html);
  return Object.keys(metafile.inputs);
}
