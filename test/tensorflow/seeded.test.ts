import { beforeAll, describe, expect, it } from "vitest";
import { withSeed } from "../../src/core/seeded.ts";
import { loadBackend } from "../../src/tensorflow/load.ts";
import type { TensorFlow } from "../../src/tensorflow/namespace.ts";
import { resolveBackend } from "../../src/tensorflow/resolve.ts";

// The native backend is tested where it works; most installs have the package without its addon.
const native = await resolveBackend("node").catch(() => null);
const backends = ["cpu", "wasm", ...(native ? ["node" as const] : [])] as const;

// Each test trains the same model three times, twice with one seed and once with another. The models set no seeds.
describe.each(backends)("training on %s", (backend) => {
  let tf: TensorFlow;

  beforeAll(async () => {
    tf = await loadBackend(await resolveBackend(backend));
  });

  async function expectReproducible(train: () => Promise<readonly (readonly number[])[]>): Promise<void> {
    const results = [];
    for (const seed of [7, 7, 8]) {
      tf.engine().startScope();
      results.push(await withSeed(seed, train));
      tf.engine().endScope();
    }
    const [first, again, other] = results;
    expect(first!.flat().every(Number.isFinite)).toBe(true);
    expect(again).toEqual(first); // toEqual compares numbers by Object.is, so bit for bit.
    expect(other).not.toEqual(first);
  }

  /** All weights as numbers. */
  function weights(model: { getWeights(): { dataSync(): ArrayLike<number> }[] }): number[][] {
    return model.getWeights().map((weight) => Array.from(weight.dataSync()));
  }

  function data(shape: readonly number[]) {
    const size = shape.reduce((product, length) => product * length, 1);
    const x = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898));
    const rows = shape[0]!;
    const y = Float32Array.from({ length: rows }, (_, i) => Math.cos(i * 78.233));
    return { x: tf.tensor(x, [...shape]), y: tf.tensor2d(y, [rows, 1]) };
  }

  it("an MLP with dropout, noise and shuffled batches", async () => {
    await expectReproducible(async () => {
      const { dense, dropout, gaussianNoise, alphaDropout } = tf.layers;
      const model = tf.sequential({
        layers: [
          dense({ units: 16, activation: "relu", inputShape: [6] }),
          dropout({ rate: 0.3 }),
          gaussianNoise({ stddev: 0.1 }),
          dense({ units: 8, kernelInitializer: "orthogonal" }),
          alphaDropout({ rate: 0.2 }),
          dense({ units: 1, kernelInitializer: "randomNormal" }),
        ],
      });
      model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError" });
      const { x, y } = data([50, 6]);
      const { history } = await model.fit(x, y, { epochs: 3, batchSize: 8, verbose: 0 });
      return [...weights(model), history.loss as number[]];
    });
  });

  it("a small CNN with shuffled batches", async () => {
    await expectReproducible(async () => {
      const { conv2d, maxPooling2d, flatten, dense } = tf.layers;
      const model = tf.sequential({
        layers: [
          conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 2] }),
          maxPooling2d({ poolSize: 2 }),
          flatten(),
          dense({ units: 1 }),
        ],
      });
      model.compile({ optimizer: tf.train.rmsprop(0.01), loss: "meanSquaredError" });
      const { x, y } = data([20, 8, 8, 2]);
      await model.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0 });
      return weights(model);
    });
  });

  it("a recurrent net on a shuffled tf.data set", async () => {
    await expectReproducible(async () => {
      const { lstm, dense } = tf.layers;
      const model = tf.sequential({
        layers: [lstm({ units: 4, recurrentDropout: 0.2, inputShape: [5, 2] }), dense({ units: 1 })],
      });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      const rows = Array.from({ length: 12 }, (_, i) => ({
        xs: tf.tensor2d(
          Array.from({ length: 10 }, (_, j) => Math.sin(i + j)),
          [5, 2],
        ),
        ys: tf.tensor1d([Math.cos(i)]),
      }));
      await model.fitDataset(tf.data.array(rows).shuffle(12).batch(4), { epochs: 2, verbose: 0 });
      return weights(model);
    });
  });

  it("random ops of every distribution, and a shuffle in the study's own code", async () => {
    await expectReproducible(async () => {
      const rows = [1, 2, 3, 4, 5, 6, 7, 8];
      tf.util.shuffle(rows);
      const tensors = [
        tf.randomUniform([4]),
        tf.randomNormal([4]),
        tf.truncatedNormal([4]),
        tf.randomGamma([4], 2),
        tf.multinomial(tf.tensor1d([0.1, 0.2, 0.3, 0.4]), 20),
        tf.dropout(tf.ones([20]), 0.5),
      ];
      return [rows, [Math.random()], ...tensors.map((tensor) => Array.from(tensor.dataSync()))];
    });
  });

  it("an explicit seed is used: the order of a tf.data set depends on the seed it was given", async () => {
    const order = () => tf.data.array([1, 2, 3, 4, 5, 6, 7, 8]).shuffle(8, "own").toArray();
    expect(await withSeed(1, order)).toEqual(await withSeed(2, order));
  });
});
