import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** The house rules that can be counted: imports go down only, files and functions stay short. */

/** Folders and files of src by layer; folders of one layer do not import one another. */
const LAYERS: readonly (readonly string[])[] = [
  ["core"],
  ["machine"],
  ["guard"],
  ["study", "sampler", "pruner", "store", "tensorflow", "scheduler"],
  ["worker", "simulation", "ask-tell.ts"],
  ["coordinator", "report", "index.ts"],
  ["launch"],
  ["dashboard"],
  ["cli"],
];
const FILE_LINES = 300;
const FUNCTION_LINES = 70;

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");
const files = new Map(
  readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name.split(sep).join("/"), readFileSync(join(src, name), "utf8")] as const),
);

/** What a file imports: `from "x"`, `import "x"`, `import("x")`. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*.*?\*\/|^\s*\/\/.*?$/gms, "");
  return [...code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

/** What a file imports when it runs. */
function loadsOf(text: string): string[] {
  return importsOf(text.replace(/^(import|export) type .*?;$|: typeof import\(.*?\)/gms, ""));
}

/** The files of src among what `name` imports. */
function inside(name: string, paths = importsOf(files.get(name)!)): string[] {
  const relatives = paths.filter((path) => path.startsWith("."));
  return relatives.map((path) =>
    relative(src, join(src, dirname(name), path))
      .split(sep)
      .join("/"),
  );
}

const part = (name: string): string => name.split("/")[0]!;
const layer = (name: string): number => LAYERS.findIndex((parts) => parts.includes(part(name)));

/** Every file that importing `name` loads. */
function reach(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name) || !files.has(name)) return seen;
  seen.add(name);
  for (const next of inside(name, loadsOf(files.get(name)!))) reach(next, seen);
  return seen;
}

describe("layers", () => {
  test("every file is in one", () => {
    expect([...files.keys()].filter((name) => layer(name) < 0)).toEqual([]);
  });

  test("imports go down only, and folders of one layer do not import one another", () => {
    const up = [...files.keys()].flatMap((name) =>
      inside(name)
        .filter((target) => part(target) !== part(name) && layer(target) >= layer(name))
        .map((target) => `${name} imports ${target}`),
    );
    expect(up).toEqual([]);
  });

  test("no file imports itself in a circle", () => {
    const circular = [...files.keys()].filter((name) =>
      inside(name, loadsOf(files.get(name)!)).some((next) => reach(next).has(name)),
    );
    expect(circular).toEqual([]);
  });

  test("the authoring API loads no SQLite, no yargs and no pino", () => {
    const packages = [...reach("index.ts")].flatMap((name) => loadsOf(files.get(name)!).filter(isPackage));
    expect(packages).toEqual([]);
  });
});

function isPackage(path: string): boolean {
  return !path.startsWith(".") && !path.startsWith("node:");
}

describe("size", () => {
  test(`no file of src is longer than ${FILE_LINES} lines`, () => {
    const long = [...files].map(([name, text]) => [name, text.split("\n").length - 1] as const);
    expect(long.filter(([, lines]) => lines > FILE_LINES)).toEqual([]);
  });

  test(`no function is longer than ${FUNCTION_LINES} lines, without the functions inside it`, () => {
    const long = [...files].flatMap(([name, text]) => functionsOf(text).map((found) => `${name}: ${found}`));
    expect(long).toEqual([]);
  });

  test("no file is a drawer", () => {
    const drawer = /(^|\/)(utils?|common|helpers?|types?|misc|interfaces?)(\/|\.ts$)/;
    expect([...files.keys()].filter((name) => drawer.test(name))).toEqual([]);
  });
});

/** Functions that are too long. The formatter's indentation tells where each ends. */
function functionsOf(text: string): string[] {
  const long: string[] = [];
  const open: { name: string; indent: number; lines: number }[] = [];
  for (const line of text.split("\n")) {
    const indent = line.search(/\S/);
    const inner = open.at(-1);
    if (inner) inner.lines++;
    if (inner && indent === inner.indent && line.trim().startsWith("}")) {
      open.pop();
      if (inner.lines > FUNCTION_LINES) long.push(`${inner.name} has ${inner.lines} lines`);
    }
    const begins = /\bfunction\b.*[({]$|=> \{$|^\s+(async )?\*?\w+\(.*\)(: .*)? \{$/.test(line);
    if (begins && !/^\s*(if|for|while|switch)\b/.test(line))
      open.push({ name: line.trim(), indent, lines: 1 });
  }
  return long;
}
