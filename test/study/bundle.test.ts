import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleStudy } from "../../src/study/bundle.ts";
import { loadStudy } from "../../src/study/load.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "belay-bundle-"));
});

afterAll(() => rm(root, { recursive: true }));

/** Writes files into a new folder and returns it. */
async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name, path)), { recursive: true });
    await writeFile(join(root, name, path), text);
  }
  return join(root, name);
}

/** A study whose `train` returns the given expression. */
function study(expression: string, imports = ""): string {
  return `import { defineStudy, float } from "belay";
${imports}
export default defineStudy({
  name: "bundled", direction: "minimize", space: { x: float(0, 1) },
  train: (): any => (${expression}),
});
`;
}

/** The value that `train` of the bundled study returns. */
async function trained(file: string): Promise<unknown> {
  const bundle = await bundleStudy(file, join(root, "out"));
  const { definition } = await loadStudy(bundle.file);
  return definition.train!({} as Parameters<NonNullable<typeof definition.train>>[0]);
}

describe("what a study may import", () => {
  it("relative TypeScript, by .ts, by .js and without extension", async () => {
    const at = await folder("relative", {
      "a.ts": "export const a: number = 1;",
      "b.ts": "export const b: number = 2;",
      "c/index.ts": "export const c: number = 3;",
      "x.ts": study(
        "[a, b, c]",
        `import { a } from "./a.ts"; import { b } from "./b.js"; import { c } from "./c";`,
      ),
    });
    expect(await trained(join(at, "x.ts"))).toEqual([1, 2, 3]);
  });

  it("JSON, with and without an attribute", async () => {
    const at = await folder("json", {
      "rows.json": "[1, 2]",
      "x.ts": study(
        "[a, b]",
        `import a from "./rows.json" with { type: "json" }; import b from "./rows.json";`,
      ),
    });
    expect(await trained(join(at, "x.ts"))).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("built-ins, with and without node:", async () => {
    const at = await folder("builtin", {
      "x.ts": study(
        "[join('a', 'b'), typeof os.cpus]",
        `import { join } from "node:path"; import os from "os";`,
      ),
    });
    expect(await trained(join(at, "x.ts"))).toEqual([join("a", "b"), "function"]);
  });

  it("packages from where the importing file finds them, left out of the bundle", async () => {
    const at = await folder("package", {
      "node_modules/dep/package.json": `{ "name": "dep", "type": "module", "exports": { "module": "./bad.js", "import": "./index.js" } }`,
      "node_modules/dep/index.js": "export const where = import.meta.url;",
      "node_modules/dep/bad.js": "export const where = 'module';",
      "x.ts": study("where", `import { where } from "dep";`),
    });
    const bundle = await bundleStudy(join(at, "x.ts"), join(root, "out"));
    expect(bundle.inputs).toEqual([join(at, "x.ts")]);
    expect(await trained(join(at, "x.ts"))).toBe(pathToFileURL(join(at, "node_modules/dep/index.js")).href);
  });

  it("CommonJS by a relative path, which requires packages and built-ins and uses __dirname", async () => {
    const at = await folder("commonjs", {
      "node_modules/dep/package.json": `{ "name": "dep", "main": "main.js" }`,
      "node_modules/dep/main.js": "exports.seven = 7;",
      "old.cjs": `const fs = require("fs"); const { seven } = require("dep"); module.exports = [seven, typeof fs.readFileSync, __dirname];`,
      "x.ts": study("old", `import old from "./old.cjs";`),
    });
    expect(await trained(join(at, "x.ts"))).toEqual([7, "function", at]);
  });

  it("a require of its own, made by createRequire", async () => {
    const at = await folder("require", {
      "data.cjs": "module.exports = 5;",
      "x.ts": study(
        "require('./data.cjs')",
        `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
      ),
    });
    expect(await trained(join(at, "x.ts"))).toBe(5);
  });

  it("a path alias of its tsconfig", async () => {
    const at = await folder("alias", {
      "tsconfig.json": `{ "compilerOptions": { "paths": { "~/*": ["./lib/*"] } } }`,
      "lib/value.ts": "export const value: number = 9;",
      "x.ts": study("value", `import { value } from "~/value.ts";`),
    });
    expect(await trained(join(at, "x.ts"))).toBe(9);
  });

  it("TensorFlow.js from the running copy, although the study's folder has none", async () => {
    const at = await folder("tensorflow", { "x.ts": study("1", `import "@tensorflow/tfjs";`) });
    const bundle = await bundleStudy(join(at, "x.ts"), join(root, "out"));
    expect(await readFile(bundle.file, "utf8")).toMatch(
      /import "file:\/\/.*node_modules\/@tensorflow\/tfjs\//,
    );
  });
});

describe("what a study may rely on", () => {
  it("import.meta is that of the source file, in each file", async () => {
    const at = await folder("meta", {
      "deep/place.ts": "export const place: string = import.meta.dirname!;",
      "x.ts": study(
        "[import.meta.url, import.meta.filename, place]",
        `import { place } from "./deep/place.ts";`,
      ),
    });
    const file = join(at, "x.ts");
    expect(await trained(file)).toEqual([pathToFileURL(file).href, file, join(at, "deep")]);
  });

  it("text that only looks like import.meta is not changed", async () => {
    const at = await folder("text", { "x.ts": study(`"import.meta.url"`) });
    expect(await trained(join(at, "x.ts"))).toBe("import.meta.url");
  });

  it("top-level await, and a plain JavaScript file", async () => {
    const at = await folder("await", {
      "x.mjs": `const five = await Promise.resolve(5);
export default { name: "plain", direction: "minimize", space: {}, train: () => five };`,
    });
    const bundle = await bundleStudy(join(at, "x.mjs"), join(root, "out"));
    const module: { default: { train: () => number } } = await import(pathToFileURL(bundle.file).href);
    expect(module.default.train()).toBe(5);
  });

  it("the source map names the study file and the line", async () => {
    const at = await folder("map", { "x.ts": study("1") });
    const bundle = await bundleStudy(join(at, "x.ts"), join(root, "out"));
    const encoded = /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(
      await readFile(bundle.file, "utf8"),
    )![1]!;
    const map: { sources: string[] } = JSON.parse(Buffer.from(encoded, "base64").toString());
    expect(map.sources.some((source) => join(root, "out", source) === join(at, "x.ts"))).toBe(true);
  });
});

describe("the hash", () => {
  const files = { "lib/a.ts": "export const a = 1;", "x.ts": study("a", `import { a } from "./lib/a.ts";`) };

  it("is the same for a copy elsewhere and another output folder", async () => {
    const at = await folder("hash", files);
    await cp(at, join(root, "elsewhere/deeper/hash"), { recursive: true });
    const one = await bundleStudy(join(at, "x.ts"), join(root, "out"));
    const two = await bundleStudy(join(root, "elsewhere/deeper/hash/x.ts"), join(root, "out2"));
    expect(two.hash).toBe(one.hash);
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(one.inputs).toEqual([join(at, "lib/a.ts"), join(at, "x.ts")]);
  });

  it("changes with any source file", async () => {
    const at = await folder("change", files);
    const before = await bundleStudy(join(at, "x.ts"), join(root, "out"));
    await writeFile(join(at, "lib/a.ts"), "export const a = 2;");
    const after = await bundleStudy(join(at, "x.ts"), join(root, "out"));
    expect(after.hash).not.toBe(before.hash);
    expect(after.file).not.toBe(before.file);
  });
});

describe("errors of a bundle are one line with the place", () => {
  it.each([
    ["no such file", {}, /x\.ts: expected a study file, got no such file$/],
    ["a folder", { "x.ts/inside.txt": "" }, /x\.ts: expected a study file, got a folder$/],
    [
      "a slip of syntax",
      { "x.ts": "const a = 1;\nexport default { a b };" },
      /x\.ts:2:20: Expected "}" but found "b"$/,
    ],
    [
      "a missing file",
      { "x.ts": `import "./a.ts";` },
      /x\.ts:1:8: expected a file to import, got no file at "\.\/a\.ts"$/,
    ],
    [
      "a package that is not installed",
      { "x.ts": `\nimport x from "nowhere-to-be-found"; x();` },
      /x\.ts:2:15: expected an installed package to import, got "nowhere-to-be-found"; is it installed\?/,
    ],
    [
      "a slip in an imported file",
      { "x.ts": `import "./a.ts";`, "a.ts": "let x = ;" },
      /a\.ts:1:9: Unexpected ";"$/,
    ],
    [
      "a file of no loader",
      { "x.ts": `import "./a.csv";`, "a.csv": "1" },
      /x\.ts:1:8: No loader is configured for "\.csv"/,
    ],
  ])("%s", async (name, files: Readonly<Record<string, string>>, message) => {
    const at = await folder(`error ${name}`, files);
    const error: unknown = await bundleStudy(join(at, "x.ts"), join(root, "out")).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: "BelayError", message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain("\n");
  });
});
