import type { Tensor, Tensor4D } from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { TensorFlow } from "../../src/tensorflow/namespace.ts";
import { expectParity, loadPoisoned, numbers } from "./parity.ts";

type Image = [number, number, number, number];
type Pad =
  | "same"
  | "valid"
  | number
  | [[number, number], [number, number], [number, number], [number, number]];
type Case = [input: Image, filter: Image, strides: number | [number, number], pad: Pad];

let tf: TensorFlow;

beforeAll(async () => {
  tf = await loadPoisoned();
});

const CASES: Case[] = [
  [[2, 5, 5, 1], [3, 3, 1, 1], 1, "valid"],
  [[2, 6, 7, 3], [3, 3, 3, 4], 1, "same"],
  [[1, 6, 7, 3], [3, 2, 3, 4], 1, "same"], // A batch of one, whose transposes move nothing.
  [[2, 7, 7, 2], [3, 3, 2, 5], 2, "same"],
  [[2, 8, 8, 2], [3, 3, 2, 2], 2, "same"], // It is padded on one side only.
  [[2, 8, 9, 2], [3, 3, 2, 2], 2, "valid"], // No stride reaches the last row.
  [[1, 9, 8, 2], [2, 4, 2, 3], [3, 2], "valid"],
  [[2, 6, 6, 2], [1, 1, 2, 3], 1, "valid"],
  [[2, 7, 7, 2], [1, 1, 2, 3], 2, "same"], // The strides are wider than the filter.
  [[2, 5, 5, 2], [5, 5, 2, 3], 1, "valid"], // There is one output pixel.
  [[2, 5, 6, 2], [3, 3, 2, 3], 1, 1],
  [[2, 5, 6, 2], [3, 3, 2, 3], 2, 2],
  [[2, 5, 6, 2], [3, 3, 2, 3], 1, [[0, 0], [2, 0], [0, 1], [0, 0]]], // biome-ignore format: one line a case
  [[3, 1, 9, 2], [1, 4, 2, 3], 1, "same"], // A one-dimensional convolution does it this way.
];

describe("the gradients of a 2D convolution on wasm", () => {
  it.each(CASES)(
    "input %j, filter %j, strides %j, padding %j: as on cpu",
    async (input, filter, strides, pad) => {
      await expectParity(tf, () => {
        const x = tf.tensor4d(numbers(input, 1), input);
        const w = tf.tensor4d(numbers(filter, 2), filter);
        const convolve = (a: Tensor, b: Tensor) => tf.conv2d(a as Tensor4D, b as Tensor4D, strides, pad);
        const dy = tf.tensor4d(numbers(convolve(x, w).shape, 3), convolve(x, w).shape);
        return tf
          .grads(convolve)([x, w], dy)
          .map((gradient) => Array.from(gradient.dataSync()));
      });
    },
  );

  it("refuses channels first", async () => {
    await tf.setBackend("wasm");
    const kernel = tf.getKernel("Conv2DBackpropFilter", "wasm");
    const x = tf.zeros([1, 1, 3, 3]);
    const attrs = { strides: 1, pad: "same", dataFormat: "NCHW", filterShape: [1, 1, 1, 1] };
    expect(() => kernel.kernelFunc({ inputs: { x, dy: x }, attrs, backend: tf.backend() })).toThrow(
      /expected NHWC/,
    );
    x.dispose();
  });
});

const DEPTHWISE: Case[] = [
  [[2, 5, 5, 1], [3, 3, 1, 1], 1, "valid"],
  [[2, 6, 7, 3], [3, 3, 3, 1], 1, "same"],
  [[2, 6, 7, 3], [3, 2, 3, 4], 1, "same"],
  [[1, 8, 8, 2], [3, 3, 2, 2], 2, "same"],
  [[2, 8, 9, 2], [3, 3, 2, 2], 2, "valid"],
  [[2, 7, 7, 4], [1, 1, 4, 2], 2, "same"],
  [[2, 5, 6, 2], [3, 3, 2, 3], 1, 1],
];

describe("the gradients of a depthwise convolution on wasm", () => {
  it.each(DEPTHWISE)(
    "input %j, filter %j, strides %j, padding %j: as on cpu",
    async (input, filter, strides, pad) => {
      await expectParity(tf, () => {
        const x = tf.tensor4d(numbers(input, 1), input);
        const w = tf.tensor4d(numbers(filter, 2), filter);
        const convolve = (a: Tensor, b: Tensor) =>
          tf.depthwiseConv2d(a as Tensor4D, b as Tensor4D, strides, pad as "same");
        const dy = tf.tensor4d(numbers(convolve(x, w).shape, 3), convolve(x, w).shape);
        return tf
          .grads(convolve)([x, w], dy)
          .map((gradient) => Array.from(gradient.dataSync()));
      });
    },
  );
});

describe("unsortedSegmentSum on wasm", () => {
  it.each([
    { shape: [6], ids: [0, 2, 2, 1, 0, 2], segments: 4 },
    { shape: [5, 3], ids: [4, 4, 0, 1, 4], segments: 5 },
    { shape: [4, 2, 3], ids: [1, 0, 1, 1], segments: 2 },
    { shape: [4, 2], ids: [1, -1, 7, 0], segments: 2 }, // Some ids belong to no segment.
  ])("sums $shape into $segments segments as on cpu", async ({ shape, ids, segments }) => {
    await expectParity(tf, () => {
      const x = tf.tensor(numbers(shape, 1), shape);
      const sums = tf.unsortedSegmentSum(x, tf.tensor1d(ids, "int32"), segments);
      return [Array.from(sums.dataSync())];
    });
  });

  it("is the gradient of gather", async () => {
    await expectParity(tf, () => {
      const table = tf.tensor2d(numbers([7, 3], 1), [7, 3]);
      const ids = tf.tensor2d([1, 5, 5, 0, 1, 6], [2, 3], "int32");
      const lookUp = (x: Tensor) => tf.gather(x, ids);
      const dy = tf.tensor(numbers([2, 3, 3], 2), [2, 3, 3]);
      return [Array.from(tf.grad(lookUp)(table, dy).dataSync())];
    });
  });
});

describe("layers that train on wasm only with Belay's kernels", () => {
  it.each([
    [
      "conv2d",
      () => tf.layers.conv2d({ filters: 2, kernelSize: 3, activation: "relu", inputShape: [6, 6, 2] }),
      [6, 6, 2],
    ],
    ["conv1d", () => tf.layers.conv1d({ filters: 2, kernelSize: 3, inputShape: [8, 2] }), [8, 2]],
    [
      "conv2dTranspose",
      () => tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, inputShape: [4, 4, 2] }),
      [4, 4, 2],
    ],
    [
      "separableConv2d",
      () => tf.layers.separableConv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 2] }),
      [6, 6, 2],
    ],
    ["depthwiseConv2d", () => tf.layers.depthwiseConv2d({ kernelSize: 3, inputShape: [6, 6, 2] }), [6, 6, 2]],
    ["embedding", () => tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 4 }), [4]],
  ] as const)("%s", async (_name, makeLayer, shape) => {
    await tf.setBackend("wasm");
    const model = tf.sequential({
      layers: [makeLayer(), tf.layers.flatten(), tf.layers.dense({ units: 1 })],
    });
    model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
    const x = tf.tensor(
      numbers([8, ...shape], 1).map((v) => (shape.length === 1 ? Math.floor(Math.abs(v) * 4.9) : v)),
      [8, ...shape],
    );
    const y = tf.tensor2d(numbers([8, 1], 2), [8, 1]);
    const { history } = await model.fit(x, y, { epochs: 5, verbose: 0 });
    const losses = history.loss as number[];
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });
});
