import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** Width and height of an image. */
export const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** Real handwritten digits, one a row. */
export interface Digits {
  /** SIDE * SIDE grey values from 0 to 1 for each row. */
  readonly images: Float32Array;
  /** The digit, 0 to 9, of each row. */
  readonly labels: Int32Array;
}

// The package has at least 863 images of each digit, none of them twice. The study takes the first ones, and the
// held-out ones come after them: no split, whatever its seed, can contain one.
const STUDIED = 400;
const HELD_OUT = 100;

/** 4,000 images, 400 of each digit: the rows of the study. */
export const loadDigits = (): Promise<Digits> => load(0, STUDIED);

/** 1,000 other images, 100 of each digit, to score the chosen params on, once. */
export const loadHeldOut = (): Promise<Digits> => load(STUDIED, STUDIED + HELD_OUT);

async function load(first: number, end: number): Promise<Digits> {
  const count = end - first;
  const images = new Float32Array(10 * count * PIXELS);
  const labels = new Int32Array(10 * count);
  for (let digit = 0; digit < 10; digit++) {
    images.set((await readImages(digit, end)).subarray(first * PIXELS), digit * count * PIXELS);
    labels.fill(digit, digit * count, (digit + 1) * count);
  }
  return { images, labels };
}

/** A naive baseline: each image is taken for the digit whose average image is nearest to it. */
export function nearestMeanAccuracy(known: Digits, unknown: Digits): number {
  const means = Array.from({ length: 10 }, () => new Float64Array(PIXELS));
  const counts = new Array<number>(10).fill(0);
  for (const label of known.labels) counts[label]!++;
  known.images.forEach((grey, at) => {
    const label = known.labels[Math.floor(at / PIXELS)]!;
    means[label]![at % PIXELS]! += grey / counts[label]!;
  });
  const right = unknown.labels.filter((label, row) => {
    const image = unknown.images.subarray(row * PIXELS, (row + 1) * PIXELS);
    const distances = means.map((mean) => mean.reduce((sum, grey, at) => sum + (grey - image[at]!) ** 2, 0));
    return distances.indexOf(Math.min(...distances)) === label;
  });
  return right.length / unknown.labels.length;
}

/** The first `count` images of a digit, from its file in the package `mnist`: `{ "data": [0,0,0.2,0.624, ...] }`. */
async function readImages(digit: number, count: number): Promise<Float32Array> {
  const file = createRequire(import.meta.url).resolve(`mnist/src/digits/${digit}.json`);
  return parseHead(await readFile(file), count * PIXELS);
}

/** Reads as many values as are needed: JSON.parse of all ten files would take ten times as long, in every worker. */
function parseHead(json: Uint8Array, count: number): Float32Array {
  const values = new Float32Array(count);
  let [digits, scale] = [0, 0];
  for (let at = json.indexOf(CODE_BRACKET) + 1, index = 0; index < count; at++) {
    const code = json[at]!;
    if (code === CODE_POINT) scale = 1;
    else if (code >= CODE_ZERO) [digits, scale] = [digits * 10 + code - CODE_ZERO, scale * 10];
    else {
      values[index++] = digits / (scale || 1);
      [digits, scale] = [0, 0];
    }
  }
  return values;
}

const [CODE_BRACKET, CODE_POINT, CODE_ZERO] = [0x5b, 0x2e, 0x30];
