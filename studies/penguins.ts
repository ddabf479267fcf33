import type { LayersModel, Tensor } from "@tensorflow/tfjs";
import { categorical, defineStudy, float, int, type ParamsOf, stratifiedKFold } from "belay";
import { loadHeldOut, loadPenguins, MEASURES, type Penguins, SPECIES, scaler } from "./penguins-data.ts";
import { naiveAccuracies } from "./penguins-naive.ts";

// Which species is this penguin? There are two objectives: the accuracy is to be large, and the model small. Belay finds
// the trade-off between them: the models of which none is both smaller and better.

const space = {
  measures: int(1, MEASURES.length), // the first ones of MEASURES
  model: categorical(["linear", "mlp"]),
  hidden: int(2, 16, { log: true }).when("model", "mlp"),
  activation: categorical(["relu", "tanh"]).when("model", "mlp"),
  learningRate: float(3e-3, 1e-1, { log: true }),
};

export default defineStudy({
  name: "penguins",
  directions: ["maximize", "minimize"],
  backend: "auto",
  space,
  limits: { splitTimeout: "2m", memory: "2GiB" },
  data: () => loadPenguins(),
  splits: ({ labels }, { seed }) => stratifiedKFold(labels, { folds: 5, seed }),
  train: ({ params, split, data, tf }) =>
    fitAndScore(tf, params, take(data, split.train), take(data, split.validation)),
});

type TensorFlow = typeof import("@tensorflow/tfjs");
type Params = ParamsOf<typeof space>;

/** Trains with the chosen params on all rows of the study, and scores on the penguins that no split has seen. */
export async function scoreHeldOut({ tf, params }: { readonly tf: TensorFlow; readonly params: Params }) {
  const [known, unknown] = [await loadPenguins(), await loadHeldOut()];
  const [accuracy, size] = await fitAndScore(tf, params, known, unknown);
  return {
    what: `accuracy on ${unknown.labels.length} penguins that no split has seen, trained on ${known.labels.length}`,
    scores: {
      [`this ${params.model} model of ${size} weights`]: accuracy,
      ...naiveAccuracies(known, unknown),
    },
  };
}

/** Accuracy on `unknown`, and the number of weights. */
async function fitAndScore(
  tf: TensorFlow,
  params: Params,
  known: Penguins,
  unknown: Penguins,
): Promise<[accuracy: number, size: number]> {
  const scale = scaler(known, params.measures);
  const tensors = [known, unknown].map(({ features, labels }) => ({
    x: tf.tensor2d(features.map(scale)),
    y: tf.tensor1d([...labels], "float32"),
  }));
  const [train, validation] = [tensors[0]!, tensors[1]!];
  const model = buildModel(tf, params);
  const optimizer = tf.train.adam(params.learningRate);
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
  await model.fit(train.x, train.y, { epochs: 40, batchSize: 32, verbose: 0 });
  const right = tf.tidy(() => {
    const guesses = model.predict(validation.x) as Tensor;
    return guesses.argMax(1).equal(validation.y.toInt()).sum().dataSync()[0]!;
  });
  const size = model.countParams();
  tf.dispose(tensors);
  model.dispose();
  optimizer.dispose();
  return [right / unknown.labels.length, size];
}

function buildModel(tf: TensorFlow, params: Params): LayersModel {
  const hidden =
    params.model === "mlp" ? [tf.layers.dense({ units: params.hidden, activation: params.activation })] : [];
  return tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [params.measures] }),
      ...hidden,
      tf.layers.dense({ units: SPECIES.length, activation: "softmax" }),
    ],
  });
}

function take({ features, labels }: Penguins, rows: readonly number[]): Penguins {
  return { features: rows.map((row) => features[row]!), labels: rows.map((row) => labels[row]!) };
}
