import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Reads the project's own sources for the tests of house rules. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const SOURCE = /\.(tsx?|mts|cts|mjs|css)$/;

export const readPage = (page: string): string => readFileSync(join(root, page), "utf8");

/** The text of every source file below `top`, by its path from the root with slashes. */
export function sourcesOf(top: string): ReadonlyMap<string, string> {
  const names = readdirSync(join(root, top), { recursive: true, encoding: "utf8" })
    .filter((name) => SOURCE.test(name))
    .map((name) => `${top}/${name.split(sep).join("/")}`);
  return new Map(names.sort().map((name) => [name, readPage(name)]));
}

/** The names of a folder's entries; those of folders end with a slash. */
export function entriesOf(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
}

/** The modules that a text imports, types included: `from "x"`, `import "x"`, `import("x")`. */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*.*?\*\/|^\s*\/\/.*?$/gms, "");
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

/** The modules that a text imports when it runs, without imports of types. */
export function loadsOf(text: string): string[] {
  return importsOf(text.replace(/^(import|export) type .*?;$|: typeof import\(.*?\)/gms, ""));
}

/** Those of the imports that are files of this project, as paths from the root. */
export function filesAmong(imports: readonly string[], importer: string): string[] {
  const inside = imports.filter((path) => path.startsWith("."));
  return inside.map((path) =>
    relative(root, join(root, dirname(importer), path))
      .split(sep)
      .join("/"),
  );
}

/** Every file that can be reached from `start`; `start` itself only if it lies on a circle. */
export function reach(start: string, next: (name: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...next(start)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...next(name));
  }
  return seen;
}

const BEGINS =
  /\bfunction\b.*[({]$|=> (\{|\(\{|\()$|^\s+(async )?(get )?\*?[\w.[\]]+\(.*\)(: .*)? \{$|^\s+(async )?\*?\w+\($/;
const CONTROL = /^\s*(\} )?(if|else|for|while|switch|catch)\b(?!.*=> [({]+$)/;
/** A `describe` is not read as one function is, so only the length of its file is limited. */
const CHAPTER = /^\s*describe\b/;

/**
 * The functions longer than `most` lines, with everything inside them. The end of a function is found by the
 * formatter's indentation.
 */
export function longFunctions(text: string, most: number): string[] {
  const lines = text.split("\n");
  const endOf = (first: number, indent: number): number =>
    lines.findIndex((line, at) => at > first && line.search(/\S/) === indent && /^\s*[})\]]/.test(line));
  return lines.flatMap((line, first) => {
    if (!BEGINS.test(line) || CONTROL.test(line) || CHAPTER.test(line)) return [];
    const indent = line.search(/\S/);
    let end = endOf(first, indent);
    const hasParameters = /^\s*[})].*\{$/.test(lines[end] ?? "");
    // If the parameters take lines of their own, the body follows them; if there is no body, this is a call.
    if (hasParameters) end = endOf(end, indent);
    else if (/^\s+(async )?\*?\w+\($/.test(line)) return [];
    const length = end - first + 1;
    return length > most ? [`${line.trim()} has ${length} lines`] : [];
  });
}
