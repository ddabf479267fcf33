import { expect, it } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";
import { expectRefusal } from "../../support/refused.ts";

const CHECKED = `space: { x: float(-1, 1) }, train: ({ params }) => params.x ** 2 });`;
const REQUIRED = `const { defineStudy, float } = require("belay");`;
const STUDY = `defineStudy({ name: "old", direction: "minimize", ${CHECKED}`;

it.each([
  ["s.cjs", { "s.cjs": `${REQUIRED}\nmodule.exports = ${STUDY}` }],
  ["s.js", { "package.json": "{}", "s.js": `"use strict";\n${REQUIRED}\nmodule.exports = ${STUDY}` }],
  [
    "s.cts",
    { "s.cts": `import belay = require("belay");\nconst { defineStudy, float } = belay;\nexport = ${STUDY}` },
  ],
  [
    "s.js that a compiler wrote",
    {
      "package.json": "{}",
      "s.js": `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const belay_1 = require("belay");
const { float } = belay_1;
exports.default = (0, belay_1.defineStudy)({ name: "old", direction: "minimize", ${CHECKED}`,
    },
  ],
  [
    "s.ts that imports one",
    {
      "s.ts": `import { defineStudy } from "belay"; import { space } from "./space.cjs";
export default defineStudy({ name: "old", direction: "minimize", space, train: ({ params }) => params.x ** 2 });`,
      "space.cjs": `const belay = require("belay");\nexports.space = { x: belay.float(-1, 1) };`,
    },
  ],
])("runs a CommonJS study that requires belay: %s", async (name, files: Readonly<Record<string, string>>) => {
  const cwd = folder();
  write(cwd, files);
  const { code, stderr } = await belay(cwd, ["launch", name.split(" ")[0]!, "--trials", "2"]);
  expect(stderr, "no warning of Node").not.toContain("Warning");
  expect(code, stderr).toBe(0);
  expect((await trials(cwd, "old")).map(({ state }) => state)).toEqual(["complete", "complete"]);
});

it("names every kind of file that can be a study", async () => {
  const cwd = folder();
  write(cwd, { "s.py": "" });
  await expectRefusal(cwd, ["launch", "s.py"], {
    code: 2,
    says: ["expected a study file (.ts, .mts, .cts, .js, .mjs, .cjs, .yaml, .yml, .json)", '"s.py"'],
  });
});

it("says how to import a CommonJS package without named exports", async () => {
  const cwd = folder();
  write(cwd, {
    "node_modules/dice/package.json": `{ "name": "dice", "main": "main.js" }`,
    "node_modules/dice/main.js":
      "const all = { cube: (x) => x ** 3 };\nmodule.exports = Object.assign({}, all);",
    "s.ts": `import { defineStudy, float } from "belay"; import { cube } from "dice";
export default defineStudy({ name: "s", direction: "minimize", space: { x: float(0, 1) }, train: ({ params }) => cube(params.x) });`,
    "good.ts": `import { defineStudy, float } from "belay"; import dice from "dice"; const { cube } = dice;
export default defineStudy({ name: "s", direction: "minimize", space: { x: float(0, 1) }, train: ({ params }) => cube(params.x) });`,
  });
  await expectRefusal(cwd, ["launch", "s.ts"], {
    code: 2,
    says: ["no export named 'cube'", 'import pkg from "dice"; const { cube } = pkg;'],
  });
  const { code, stderr } = await belay(cwd, ["launch", "good.ts", "--trials", "1"]);
  expect(code, stderr).toBe(0);
});
