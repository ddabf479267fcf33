import { describe, expect, test } from "vitest";
import {
  entriesOf,
  filesAmong,
  importsOf,
  loadsOf,
  longFunctions,
  reach,
  readPage,
  sourcesOf,
} from "./support/sources.ts";

/** The rules of the code that can be counted. Lists of exceptions may only become shorter: an unused one fails too. */

const FILE_LINES = 300;
const FUNCTION_LINES = 120;
const FOLDER_FILES = 20;

/** Folders of src whose files may import each other's types in a circle. */
const CIRCLES_OF_TYPES: readonly string[] = [];
const LONG_FILES: readonly string[] = [];
/** Files that may have a function longer than the limit. */
const LONG_FUNCTIONS: readonly string[] = [];
/** Folders that may have more files: each file is one misdeed of a trial, or one mistake of a study's author. */
const LARGE_FOLDERS = ["test/fixtures/rogues", "test/types/fixtures/bad"];

const src = sourcesOf("src");
const all = new Map([...src, ...sourcesOf("scripts"), ...sourcesOf("studies"), ...sourcesOf("test")]);

/** The name of a file's part in the table of layers: `src/core/trial.ts` -> `core`, `src/index.ts` -> `index.ts`. */
const part = (name: string): string => name.split("/")[1]!;

/** The layers of docs/architecture.md, the lowest first; a row is `| 3 | `a`: its purpose · `b` |`. */
function readLayers(): string[][] {
  const chapter = readPage("docs/architecture.md")
    .split(/^## /m)
    .find((text) => text.startsWith("Layers"))!;
  const rows = [...chapter.matchAll(/^\| (\d+) \| (.*) \|$/gm)].sort((a, b) => Number(a[1]) - Number(b[1]));
  return rows.map(([, , cell]) =>
    cell!
      .split(" · ")
      .flatMap((one) => [...one.split(":")[0]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)),
  );
}

describe("layers", () => {
  const layers = readLayers();
  const layer = (name: string): number => layers.findIndex((parts) => parts.includes(part(name)));
  const imports = new Map([...src].map(([name, text]) => [name, filesAmong(importsOf(text), name)] as const));
  const loads = new Map([...src].map(([name, text]) => [name, filesAmong(loadsOf(text), name)] as const));

  test("docs/architecture.md puts every part of src into exactly one layer", () => {
    const listed = layers.flat();
    expect(listed.filter((name, at) => listed.indexOf(name) !== at)).toEqual([]);
    expect([...new Set([...src.keys()].map(part))].filter((name) => !listed.includes(name))).toEqual([]);
  });

  test("imports go down only, and parts of one layer do not import one another, not even types", () => {
    const up = [...imports].flatMap(([name, targets]) =>
      targets
        .filter((target) => part(target) !== part(name) && layer(target) >= layer(name))
        .map((target) => `${name} imports ${target}`),
    );
    expect(up).toEqual([]);
  });

  test("no file imports itself in a circle, not even by types", () => {
    const circular = [...imports.keys()].filter((name) =>
      reach(name, (next) => imports.get(next) ?? []).has(name),
    );
    expect([...new Set(circular.map(part))], circular.join(" ")).toEqual(CIRCLES_OF_TYPES);
  });

  test("no file loads itself in a circle", () => {
    const circular = [...loads.keys()].filter((name) =>
      reach(name, (next) => loads.get(next) ?? []).has(name),
    );
    expect(circular).toEqual([]);
  });

  test("the authoring API loads no package", () => {
    const loaded = ["src/index.ts", ...reach("src/index.ts", (next) => loads.get(next) ?? [])];
    const packages = loaded
      .flatMap((name) => loadsOf(src.get(name)!))
      .filter((path) => !/^(\.|node:)/.test(path));
    expect(packages).toEqual([]);
  });
});

describe("the page in the browser", () => {
  const client = "src/dashboard/client/";
  const files = [...src].filter(([name]) => name.startsWith(client));

  test("takes types of report/ and pure code of core/, and nothing else of Belay", () => {
    const others = (targets: readonly string[]): string[] =>
      targets.filter((target) => !target.startsWith(client) && !target.startsWith("src/core/"));
    const found = files.flatMap(([name, text]) => [
      ...others(filesAmong(loadsOf(text), name)).map((target) => `${name} loads ${target}`),
      ...others(filesAmong(importsOf(text), name))
        .filter((target) => !target.startsWith("src/report/"))
        .map((target) => `${name} imports ${target}`),
    ]);
    expect(found).toEqual([]);
  });

  test("loads only packages that are made for browsers", () => {
    const packages = files.flatMap(([, text]) => loadsOf(text).filter((path) => !path.startsWith(".")));
    expect([...new Set(packages)].filter((name) => !/^(preact|@preact\/signals)(\/|$)/.test(name))).toEqual(
      [],
    );
  });

  test("is known to no other file, which could not run in a browser", () => {
    const users = [...src].filter(([name]) => !name.startsWith(client));
    const found = users.filter(([name, text]) =>
      filesAmong(importsOf(text), name).some((target) => target.startsWith(client)),
    );
    expect(found.map(([name]) => name)).toEqual([]);
  });
});

describe("size", () => {
  test(`no file has more than ${FILE_LINES} lines`, () => {
    const long = [...all].filter(([, text]) => text.split("\n").length - 1 > FILE_LINES);
    expect(long.map(([name]) => name)).toEqual(LONG_FILES);
  });

  test(`no function has more than ${FUNCTION_LINES} lines, with the functions inside it`, () => {
    const long = [...all].map(([name, text]) => [name, longFunctions(text, FUNCTION_LINES)] as const);
    const found = long.filter(([, functions]) => functions.length > 0);
    expect(
      found.map(([name]) => name),
      JSON.stringify(found),
    ).toEqual(LONG_FUNCTIONS);
  });

  test(`no folder has more than ${FOLDER_FILES} files`, () => {
    const folders = [...new Set([...all.keys()].map((name) => name.slice(0, name.lastIndexOf("/"))))].sort();
    const large = folders.filter((folder) => {
      const files = entriesOf(folder).filter((entry) => !entry.endsWith("/"));
      return files.length > FOLDER_FILES && folder !== "src/cli/commands";
    });
    expect(large).toEqual(LARGE_FOLDERS);
  });
});

describe("names", () => {
  test("no file or folder has a name without a meaning, such as utils", () => {
    const drawer = /(^|\/)(utils?|common|helpers?|types?|misc|interfaces?)(\/|\.\w+$)/;
    expect([...src.keys(), ...sourcesOf("scripts").keys()].filter((name) => drawer.test(name))).toEqual([]);
  });

  test("CONTRIBUTING.md shows the tree as it is", () => {
    const tree = /^## The tree\n+(.*?)^\w/ms.exec(readPage("CONTRIBUTING.md"))![1]!;
    const drawn = (indent: number): string[] =>
      [...tree.matchAll(new RegExp(`^ {${indent}}(\\S+)`, "gm"))].map((match) => match[1]!).sort();
    expect(drawn(6)).toEqual([...new Set([...src.keys()].map((name) => folderOrFile(name)))].sort());
    const top = entriesOf(".").filter((entry) => /^[a-z].*\/$/.test(entry));
    const made = ["dist/", "node_modules/"];
    expect(drawn(4)).toEqual(top.filter((entry) => !made.includes(entry)).sort());
  });
});

function folderOrFile(name: string): string {
  return name.split("/").length > 2 ? `${part(name)}/` : part(name);
}
