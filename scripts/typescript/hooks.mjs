// Loads scripts in TypeScript: esbuild removes the types, and imports from src/ are taken from the build in dist/, so
// that the scripts run the same code as users.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

const SRC = new URL("../../src/", import.meta.url).href;
const DIST = new URL("../../dist/", import.meta.url).href;

export function resolve(specifier, context, next) {
  if (!specifier.startsWith(".") || context.parentURL === undefined) return next(specifier, context);
  const { href } = new URL(specifier, context.parentURL);
  if (!href.startsWith(SRC)) return next(specifier, context);
  return next(DIST + href.slice(SRC.length).replace(/\.ts$/, ".js"), context);
}

export async function load(url, context, next) {
  if (!url.startsWith("file:") || !/\.ts$/.test(url) || url.includes("/node_modules/"))
    return next(url, context);
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, "utf8"), {
    loader: "ts",
    format: "esm",
    target: "node20.19",
    sourcefile: file,
    sourcemap: "inline",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  return { format: "module", source: code, shortCircuit: true };
}
