import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "../../src/tensorflow/load.ts";
import { disposeSince, markTensors, tensorMemory } from "../../src/tensorflow/memory.ts";
import type { TensorFlow } from "../../src/tensorflow/namespace.ts";
import { resolveBackend } from "../../src/tensorflow/resolve.ts";

/**
 * Trains like a careless trial: a model, Adam's moments, batches, a kept tensor and a variable, none of them disposed.
 */
async function trainCarelessly(tf: TensorFlow): Promise<void> {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 8, inputShape: [4], activation: "relu" }));
  model.add(tf.layers.batchNormalization());
  model.add(tf.layers.dense({ units: 1 }));
  model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError", metrics: ["mae"] });
  await model.fit(tf.randomNormal([16, 4]), tf.randomNormal([16, 1]), {
    epochs: 2,
    batchSize: 8,
    verbose: 0,
  });
  tf.tidy(() => tf.keep(tf.ones([3])));
  tf.variable(tf.zeros([2]));
  model.predict(tf.ones([2, 4]));
}

describe.each(["wasm", "cpu"] as const)("tensors on %s", (backend) => {
  let tf: TensorFlow;
  beforeAll(async () => {
    tf = await loadBackend(await resolveBackend(backend));
  });

  it("that a trial left behind are all disposed, also those made after an await", async () => {
    const data = tf.tensor2d([[1, 2], [3, 4]]); // biome-ignore format: one line is clearer
    const mark = markTensors(tf);
    const before = { ...tensorMemory(tf), handles: tf.engine().backend.numDataIds() };
    for (let trial = 0; trial < 2; trial++) {
      await trainCarelessly(tf);
      expect(tensorMemory(tf).tensors).toBeGreaterThan(before.tensors + 20);
      expect(disposeSince(tf, mark)).toBeGreaterThan(20);
      expect({ ...tensorMemory(tf), handles: tf.engine().backend.numDataIds() }).toEqual(before);
    }
    expect(Array.from(data.dataSync())).toEqual([1, 2, 3, 4]);
    expect(disposeSince(tf, mark)).toBe(0);
    data.dispose();
  });

  it("from before the mark survive clones, views and assignments made after it", () => {
    markTensors(tf); // This starts the bookkeeping.
    const data = tf.tensor1d([1, 2, 3, 4]);
    const weights = tf.variable(tf.zeros([2]));
    const mark = markTensors(tf);
    data.clone();
    data.reshape([2, 2]);
    weights.assign(tf.tensor1d([5, 6]));
    disposeSince(tf, mark);
    expect(Array.from(data.dataSync())).toEqual([1, 2, 3, 4]);
    expect(Array.from(weights.dataSync())).toEqual([5, 6]);
    data.dispose();
    weights.dispose();
  });

  it("that a gradient had saved before it threw are disposed too", () => {
    const mark = markTensors(tf);
    const before = tensorMemory(tf);
    const failing = tf.customGrad((x: unknown) => {
      const value = tf.square(x as never);
      return {
        value,
        gradFunc: () => {
          throw new Error("no gradient today");
        },
      };
    });
    const x = tf.scalar(3);
    expect(() => tf.grad((a) => failing(tf.exp(a)))(x)).toThrow("no gradient today");
    disposeSince(tf, mark);
    expect(tensorMemory(tf)).toEqual(before);
    expect(
      tf
        .grad((a) => tf.square(a))(tf.scalar(3))
        .dataSync()[0],
    ).toBe(6);
    disposeSince(tf, mark);
  });
});
