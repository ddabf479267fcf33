import type { LayersModel, Scalar, Tensor } from "@tensorflow/tfjs";
import { categorical, defineStudy, float, int, type ParamsOf, stratifiedKFold } from "belay";
import { type Digits, loadDigits, loadHeldOut, nearestMeanAccuracy, SIDE } from "./digits-data.ts";

// A convolutional network reads handwritten digits. The value of a trial is its accuracy over five stratified folds.

const space = {
  learningRate: float(2e-3, 2e-2, { log: true }),
  filters: int(8, 24, { step: 4 }),
  optimizer: categorical(["adam", "sgd"]),
  momentum: float(0.8, 0.98).when("optimizer", "sgd"),
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
 * Trains with the chosen params on all rows of the study, and scores on 1,000 digits that no split has seen. For the
 * very end: params chosen by this score would make it too good. What the network has to beat comes with it.
 */
export async function scoreHeldOut({ tf, params }: { readonly tf: TensorFlow; readonly params: Params }) {
  const [digits, heldOut] = [await loadDigits(), await loadHeldOut()];
  const [known, unknown] = [toTensors(tf, digits), toTensors(tf, heldOut)];
  const accuracy = await fitAndScore(tf, params, known, unknown);
  tf.dispose([known, unknown]);
  const naive = { sameDigitAlways: 0.1, nearestAverageImage: nearestMeanAccuracy(digits, heldOut) };
  return { accuracy, images: heldOut.labels.length, rows: digits.labels.length, naive };
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
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  await model.fit(known.x, known.y, { epochs: 3, batchSize: 16, verbose: 0 });
  const scores = model.evaluate(unknown.x, unknown.y, { batchSize: 200 }) as Scalar[]; // loss, accuracy
  const accuracy = scores[1]!.dataSync()[0]!;
  tf.dispose(scores);
  model.dispose();
  optimizer.dispose();
  return accuracy;
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
