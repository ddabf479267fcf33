import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { loadHeldOut, loadPenguins, type Penguins, scaler } from "../../../studies/penguins-data.ts";
import { naiveAccuracies } from "../../../studies/penguins-naive.ts";
import { belay, folder, trials } from "../../support/belay.ts";
import { script } from "../../support/scripts.ts";

const STUDY = fileURLToPath(new URL("../../../studies/penguins.ts", import.meta.url));
const FINAL_SCORE = script("final-score");

test("both branches beat the naive rules, and the linear model is the smaller one", {
  timeout: 240_000,
}, async () => {
  const cwd = folder();
  const linear = { measures: 5, model: "linear", learningRate: 0.05 };
  const mlp = { measures: 5, model: "mlp", hidden: 4, activation: "tanh", learningRate: 0.02 };
  const enqueued = [linear, mlp].flatMap((params) => ["--enqueue", JSON.stringify(params)]);
  const launched = await belay(cwd, ["launch", STUDY, "--trials", "2", "--seed", "1", ...enqueued]);
  expect(launched).toMatchObject({ code: 0 });

  const naive = Object.values(naiveAccuracies(await loadPenguins(), await loadHeldOut()));
  expect(naive.map((share) => share.toFixed(3))).toEqual(["0.783", "0.449"]);
  const ran = await trials(cwd, "penguins");
  expect(ran.map(({ values }) => values[1])).toEqual([5 * 3 + 3, 5 * 4 + 4 + 4 * 3 + 3]);
  for (const { values } of ran) expect(values[0]).toBeGreaterThan(0.95);

  const { stdout } = await promisify(execFile)(process.execPath, [...FINAL_SCORE, "penguins"], { cwd });
  const [accuracy] = /[\d.]+(?= {2}this)/.exec(stdout) ?? [];
  expect(Number(accuracy)).toBeGreaterThan(0.95);
});

test("275 penguins are studied, and 69 of the same mix are held out", async () => {
  const counts = ({ labels }: Penguins) =>
    [0, 1, 2].map((one) => labels.filter((label) => label === one).length);
  expect(counts(await loadPenguins())).toEqual([121, 55, 99]);
  expect(counts(await loadHeldOut())).toEqual([31, 13, 25]);
});

test("missing values become the mean of the penguins in the training set", () => {
  const known: Penguins = { features: [[1], [Number.NaN], [3]], labels: [0, 0, 1] };
  const scale = scaler(known, 1);
  expect([[1], [3], [Number.NaN], [1_000]].map(scale)).toEqual([[-1], [1], [0], [998]]);
});
