import type { LayersModel, Tensor } from "@tensorflow/tfjs";
import { categorical, defineStudy, float, int, type ParamsOf, stratifiedKFold } from "belay";
import { type Digits, loadDigits, loadHeldOut, nearestMeanAccuracy, SIDE } from "./digits-data.ts";

// A convolutional network reads handwritten digits. The value of a trial is its accuracy over five stratified folds.

const space = {
  learningRate: float(1e-3, 3e-2, { log: true }),
  filters: int(8, 24, { step: 4 }),
  optimizer: categorical(["adam", "sgd"]),
  momentum: float(0.7, 0.98).when("optimizer", "sgd"),
};

export default defineStudy({
  name: "digits",
  direction: "maximize",
  backend: "auto",
  space,
  limits: { splitTimeout: "5m", trialTimeout: "20m", memory: "2GiB" },
  data: () => loadDigits(),
  splits: ({ labels }, { seed }) => stratifiedKFold(labels, { folds: 5, seed }),
  train: async ({ params, split, data, tf }) => {
    const all = toTensors(tf, data);
    const [known, unknown] = [take(tf, all, split.train), take(tf, all, split.validation)];
    const accuracy = await fitAndScore(tf, params, known, unknown);
    tf.dispose([all, known, unknown]);
    return accuracy;
  },
});

/**
 * Trains with the chosen params on all rows of the study, and scores on 1,000 digits that no split has seen, beside
 * what the network has to beat. For the very end: params that are chosen by this score would make it too good.
 */
export async function scoreHeldOut({ tf, params }: { readonly tf: TensorFlow; readonly params: Params }) {
  const [digits, heldOut] = [await loadDigits(), await loadHeldOut()];
  const [known, unknown] = [toTensors(tf, digits), toTensors(tf, heldOut)];
  const accuracy = await fitAndScore(tf, params, known, unknown);
  tf.dispose([known, unknown]);
  return {
    what: `accuracy on ${heldOut.labels.length} digits that no split has seen, trained on ${digits.labels.length}`,
    scores: {
      "this network": accuracy,
      "naive: the digit whose average image is nearest": nearestMeanAccuracy(digits, heldOut),
      "naive: always the same digit": 0.1,
    },
  };
}

type TensorFlow = typeof import("@tensorflow/tfjs");
type Params = ParamsOf<typeof space>;

/** Images and their labels. */
type Batch = { readonly x: Tensor; readonly y: Tensor };

// `fit` shuffles, and the layers draw their first weights, from Math.random: Belay seeds it for each trial and split,
// so that the same trial gives the same value again.
async function fitAndScore(tf: TensorFlow, params: Params, known: Batch, unknown: Batch): Promise<number> {
  const model = buildModel(tf, params.filters);
  const optimizer =
    params.optimizer === "sgd"
      ? tf.train.momentum(params.learningRate, params.momentum)
      : tf.train.adam(params.learningRate);
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
  await model.fit(known.x, known.y, { epochs: 3, batchSize: 16, verbose: 0 });
  const right = tf.tidy(() => {
    const guesses = model.predict(unknown.x, { batchSize: 200 }) as Tensor;
    return guesses.argMax(1).equal(unknown.y.toInt()).sum().dataSync()[0]!;
  });
  model.dispose();
  optimizer.dispose();
  return right / unknown.y.size;
}

function buildModel(tf: TensorFlow, filters: number): LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [SIDE / 2, SIDE / 2, 1],
        filters,
        kernelSize: 5,
        activation: "relu",
        kernelInitializer: "heNormal",
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
}

/** Images of half the width and height (enough to read them, and four times as fast), with mean 0 and spread 1. */
function toTensors(tf: TensorFlow, { images, labels }: Digits): Batch {
  return tf.tidy(() => ({
    x: tf.tensor4d(images, [labels.length, SIDE, SIDE, 1]).avgPool(2, 2, "valid").sub(0.13).div(0.31),
    y: tf.tensor1d(labels, "float32"),
  }));
}

function take(tf: TensorFlow, { x, y }: Batch, rows: number[]): Batch {
  return tf.tidy(() => ({ x: tf.gather(x, rows), y: tf.gather(y, rows) }));
}
