import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { visibleGpus } from "../../src/machine/cores.ts";
import { belay, folder, rows, write } from "../support/belay.ts";

const TFJS = fileURLToPath(new URL("../../node_modules/@tensorflow/tfjs", import.meta.url));

/** A GPU package, as far as Belay can tell; it computes in plain JavaScript. */
const STUB = `
const tf = require("@tensorflow/tfjs");
module.exports = Object.create(tf, { backend: { value: () => ({ isUsingGpuDevice: true }) } });
`;

/** The value of each trial is the GPU that its process sees. A trial waits until another one runs beside it. */
const STUDY = `
import { existsSync, writeFileSync } from "node:fs";
import { defineStudy, float } from "belay";

export default defineStudy({
  name: "gpus",
  direction: "minimize",
  backend: "gpu",
  space: { x: float(0, 1) },
  async train({ trial }) {
    writeFileSync(String(trial.number), "");
    while (!existsSync(String(trial.number ^ 1))) await new Promise((resolve) => setTimeout(resolve, 10));
    return Number(process.env.CUDA_VISIBLE_DEVICES);
  },
});
`;

test("each slot has a GPU of its own, of those that CUDA_VISIBLE_DEVICES allows", async () => {
  const cwd = folder();
  const stub = "node_modules/@tensorflow/tfjs-node-gpu";
  mkdirSync(join(cwd, dirname(stub)), { recursive: true });
  symlinkSync(TFJS, join(cwd, "node_modules/@tensorflow/tfjs"), "dir");
  write(cwd, {
    "gpus.mjs": STUDY,
    [join(stub, "package.json")]: JSON.stringify({ version: "4.22.0", main: "index.js" }),
    [join(stub, "index.js")]: STUB,
  });
  const launch = ["launch", "gpus.mjs", "--trials", "2", "--workers", "2"];
  const { code, stderr } = await belay(cwd, launch, { CUDA_VISIBLE_DEVICES: "4,7" });
  expect(code, stderr).toBe(0);
  const query = "select a.slot, t.value from attempts a join trials t on t.id = a.trial_id order by a.slot";
  const found = await rows(cwd, query);
  expect(found).toEqual([
    { slot: 0, value: 4 },
    { slot: 1, value: 7 },
  ]);
});

test("the GPUs for slots are those that CUDA would see", () => {
  expect(visibleGpus("0, 2")).toEqual(["0", "2"]);
  expect(visibleGpus("GPU-8932f937,1")).toEqual(["GPU-8932f937", "1"]);
  expect(visibleGpus("1,-1,0")).toEqual(["1"]);
  expect(visibleGpus("")).toEqual([]);
});
