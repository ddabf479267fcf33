import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CacheOptions } from "../../src/index.ts";
import { bundleStudy } from "../../src/study/bundle.ts";
import { loadStudy } from "../../src/study/load.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "belay-load-"));
});

afterAll(() => rm(root, { recursive: true }));

async function load(name: string, text: string): Promise<Awaited<ReturnType<typeof loadStudy>>> {
  await writeFile(join(root, name), text);
  const bundle = await bundleStudy(join(root, name), join(root, "out"));
  return loadStudy(bundle.file, `studies/${name}`);
}

it("loads the functions of the study and its manifest", async () => {
  const { definition, manifest } = await load(
    "good.ts",
    `import { defineStudy, int, kFold } from "belay";
     export default defineStudy({ name: "good", direction: "minimize", space: { n: int(1, 3) },
       data: () => 10, splits: (rows, { seed }) => kFold(rows, { folds: 2, seed }), train: () => 1 });`,
  );
  expect(manifest).toMatchObject({ name: "good", directions: ["minimize"] });
  const context = {
    seed: 1,
    cached: async <T>({ load: make }: CacheOptions<T>) => make(),
    progress: () => {},
  };
  expect(await definition.splits!(await definition.data!(context), { seed: 1 })).toHaveLength(2);
});

it.each([
  [
    "none.ts",
    "export const study = 1;",
    /^studies\/none\.ts: default export: expected a study, .* got none$/,
  ],
  [
    "throws.ts",
    `throw new TypeError("no\\ndata");`,
    /^studies\/throws\.ts: expected the file to load, got TypeError: no data$/,
  ],
  ["null.ts", "throw null;", /^studies\/null\.ts: expected the file to load, got null$/],
  [
    "field.js",
    `export default { name: "x", direction: "minimize", train() {} };`,
    /^studies\/field\.js: space: expected params/,
  ],
  [
    "option.ts",
    `import { float } from "belay"; float(0, 1, { lg: true } as object);`,
    /^studies\/option\.ts: float: expected the options log, step, got "lg"; did you mean "log"\?$/,
  ],
])("refuses %s in one line", async (name, text, message) => {
  await expect(load(name, text)).rejects.toMatchObject({
    name: "BelayError",
    code: "study",
    message: expect.stringMatching(message),
  });
});

it("the stack of an error in a worker names the study file and its line", async () => {
  const text = `interface Row { readonly x: number }
const rows: Row[] = [];

export default { fail(): number { return rows[0]!.x; } };
`;
  await writeFile(join(root, "stack.ts"), text);
  const bundle = await bundleStudy(join(root, "stack.ts"), join(root, "out"));
  const code = `process.setSourceMapsEnabled(true);
    import(${JSON.stringify(bundle.file)}).then(({ default: study }) => study.fail())
      .catch((error) => require("node:worker_threads").parentPort.postMessage(error.stack));`;
  const worker = new Worker(code, { eval: true });
  const stack = await new Promise((resolve) => worker.once("message", resolve));
  expect(stack).toContain(`${join(root, "stack.ts")}:4:`);
});
