import type { Tensor, Tensor4D, Tensor5D } from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { TensorFlow } from "../../src/tensorflow/namespace.ts";
import { expectParity, loadPoisoned, numbers, withGradients } from "./parity.ts";

// Kernels that exist in the backends of 4.22 but compute wrong results, and are replaced.

let tf: TensorFlow;

beforeAll(async () => {
  tf = await loadPoisoned();
});

type Pad = "same" | "valid" | number;

describe("max pooling on wasm", () => {
  it.each<[number[], number | [number, number], number | [number, number], Pad]>([
    [[2, 6, 6, 4], 2, 2, "valid"],
    [[2, 7, 6, 3], 3, 2, "same"],
    [[1, 7, 7, 2], 3, 1, "same"],
    [[2, 6, 1, 4], [2, 1], [2, 1], "valid"], // maxPooling1d does it this way.
    [[2, 5, 6, 2], 2, 2, 1],
    [[2, 7, 7, 2], 2, 3, "valid"], // Some pixels are in no window.
  ])("over images %j, window %j, strides %j, padding %j: as on cpu", async (shape, size, strides, pad) => {
    const pool = (x: Tensor) => tf.maxPool(x as Tensor4D, size, strides, pad);
    await expectParity(tf, () => withGradients(tf, pool, [shape]));
  });

  it.each<[number[], number | [number, number, number], number, "same" | "valid"]>([
    [[2, 6, 6, 6, 2], 2, 2, "valid"],
    [[1, 5, 6, 7, 3], 3, 1, "same"],
    [[2, 5, 5, 5, 2], [1, 2, 3], 2, "same"],
  ])("over volumes %j, window %j, strides %j, padding %j: as on cpu", async (shape, size, strides, pad) => {
    const pool = (x: Tensor) => tf.maxPool3d(x as Tensor5D, size, strides, pad);
    await expectParity(tf, () => withGradients(tf, pool, [shape]));
  });

  it("keeps the gradient of a window with only negative values, and gives it to the first of equal values", async () => {
    await tf.setBackend("wasm");
    const x = tf.tensor4d([-1, -2, -3, -1, 0, 0, 0, 0], [2, 2, 2, 1]);
    const pool = (image: Tensor) => tf.maxPool(image as Tensor4D, 2, 2, "valid");
    const gradient = Array.from(tf.grad(pool)(x).dataSync());
    expect(gradient).toEqual([1, 0, 0, 0, 1, 0, 0, 0]);
  });
});

describe("a convolution over volumes on wasm", () => {
  it.each<[number[], number[], number, "same" | "valid"]>([
    [[2, 6, 6, 6, 2], [3, 3, 3, 2, 3], 1, "valid"],
    [[1, 5, 6, 7, 2], [2, 3, 1, 2, 4], 1, "same"],
    [[2, 6, 6, 6, 2], [3, 3, 3, 2, 3], 2, "same"],
    [[2, 7, 6, 5, 1], [2, 2, 2, 1, 2], 2, "valid"],
  ])("input %j, filter %j, strides %j, padding %j: as on cpu", async (input, filter, strides, pad) => {
    const convolve = (x: Tensor, w: Tensor) => tf.conv3d(x as Tensor5D, w as Tensor5D, strides, pad);
    await expectParity(tf, () => withGradients(tf, convolve, [input, filter]));
  });
});

describe("a resize to the nearest pixel", () => {
  it.each<[number[], [number, number], boolean]>([
    [[3, 4, 4, 2], [8, 8], false],
    [[2, 4, 5, 3], [9, 7], false],
    [[2, 8, 8, 1], [5, 3], false],
    [[2, 4, 5, 3], [9, 7], true],
    [[2, 4, 4, 1], [1, 1], true],
  ])(
    "from %j to %j, corners aligned %j: as on wasm, and the adjoint of the resize",
    async (shape, size, align) => {
      const resize = (x: Tensor) => tf.image.resizeNearestNeighbor(x as Tensor4D, size, align);
      await expectParity(tf, () => withGradients(tf, resize, [shape]));
      await tf.setBackend("cpu");
      tf.tidy(() => {
        const x = tf.tensor(numbers(shape, 1), shape);
        const dy = tf.tensor(numbers(resize(x).shape, 2), resize(x).shape);
        const forward = tf.sum(tf.mul(resize(x), dy)).dataSync()[0]!;
        const backward = tf.sum(tf.mul(x, tf.grad(resize)(x, dy))).dataSync()[0]!;
        expect(backward).toBeCloseTo(forward, 4);
      });
    },
  );
});
