import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import {
  type Digits,
  loadDigits,
  loadHeldOut,
  nearestMeanAccuracy,
  SIDE,
} from "../../../studies/digits-data.ts";
import { folder, trials } from "../../support/belay.ts";
import { script } from "../../support/scripts.ts";

const START = script("start");

test("npm start finds params that classify digits, also digits that no split has seen", {
  timeout: 400_000,
}, async () => {
  const cwd = folder();
  const { stdout } = await promisify(execFile)(process.execPath, [...START, "--trials", "2"], { cwd });

  const [digits, heldOut] = [await loadDigits(), await loadHeldOut()];
  const naive = nearestMeanAccuracy(digits, heldOut);
  expect(naive).toBeCloseTo(0.808, 6);

  const ran = await trials(cwd, "digits");
  expect(ran.map(({ state, splits }) => [state, splits.length])).toEqual([
    ["complete", 5],
    ["complete", 5],
  ]);
  const best = Math.max(...ran.map(({ value }) => value ?? 0));
  expect(best).toBeGreaterThan(0.92);

  const printed = /([\d.]+) {2}this network/.exec(stdout);
  expect(Number(printed?.[1])).toBeGreaterThan(naive + 0.1);
  expect(stdout).toContain("0.808  naive");
});

test("the digits are 400 of each, and the held-out ones 100 others of each", async () => {
  const [digits, heldOut] = [await loadDigits(), await loadHeldOut()];
  expect(countLabels(digits)).toEqual(new Array(10).fill(400));
  expect(countLabels(heldOut)).toEqual(new Array(10).fill(100));

  const seen = [...imagesOf(digits), ...imagesOf(heldOut)];
  expect(new Set(seen).size).toBe(5_000); // All images differ, within each set and between the two.
  for (const { images } of [digits, heldOut]) {
    expect(images.every((grey) => grey >= 0 && grey <= 1)).toBe(true);
    expect(images.some((grey) => grey > 0.99)).toBe(true);
  }
});

test("the values are read exactly as in the package", async () => {
  const { images } = await loadDigits();
  const file = createRequire(import.meta.url).resolve("mnist/src/digits/1.json");
  const ones: { data: number[] } = JSON.parse(await readFile(file, "utf8"));
  const count = 400 * SIDE * SIDE;
  const wrong = ones.data.slice(0, count).findIndex((grey, at) => images[count + at] !== Math.fround(grey));
  expect(wrong).toBe(-1);
});

function countLabels({ labels }: Digits): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

function imagesOf({ images, labels }: Digits): string[] {
  const pixels = SIDE * SIDE;
  return Array.from(labels, (_, row) => images.subarray(row * pixels, (row + 1) * pixels).join());
}
