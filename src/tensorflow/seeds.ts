import type { KernelConfig, Tensor2D } from "@tensorflow/tfjs";
import type { TensorFlow } from "./namespace.ts";

/**
 * Makes the two things of TensorFlow.js that do not draw their seed from `Math.random` do so, so that seeding
 * `Math.random` (see `seedMathRandom`) makes a whole training reproducible. A seed that is given still counts.
 */
export function drawSeedsFromMathRandom(tf: TensorFlow): void {
  seedDatasetShuffle(tf);
  seedNativeMultinomial(tf);
}

interface MultinomialAttrs {
  readonly numSamples: number;
  readonly seed: number;
  readonly normalized: boolean;
}

/** The shuffle of a `tf.data` set takes the clock for a seed. */
function seedDatasetShuffle(tf: TensorFlow): void {
  const prototype = tf.data.Dataset.prototype;
  const { shuffle } = prototype;
  prototype.shuffle = function (bufferSize, seed, reshuffleEachIteration) {
    return shuffle.call(this, bufferSize, seed || String(Math.random()), reshuffleEachIteration);
  };
}

/**
 * libtensorflow keeps the generator of an op from one call to the next, so that a seed says little, and rounds the seed
 * that it gets here to 0, "any". Drawn instead from uniform numbers, which TensorFlow.js makes itself on all backends.
 */
function seedNativeMultinomial(tf: TensorFlow): void {
  const native = tf.getKernel("Multinomial", "tensorflow");
  if (!native) return;
  const draw = ({ inputs: { logits }, attrs }: { inputs: { logits: Tensor2D }; attrs: MultinomialAttrs }) =>
    tf.tidy(() => {
      const [rows, outcomes] = logits.shape;
      const chances = attrs.normalized ? logits : tf.softmax(logits);
      // The last bound is left out: it is 1 but for rounding.
      const bounds = tf
        .cumsum(chances, 1)
        .slice([0, 0], [rows, outcomes - 1])
        .expandDims(1);
      const drawn = tf.randomUniform([rows, attrs.numSamples, 1], 0, 1, "float32", attrs.seed);
      return tf.greaterEqual(drawn, bounds).sum(-1).toInt();
    });
  tf.unregisterKernel("Multinomial", "tensorflow");
  tf.registerKernel({ ...native, kernelFunc: draw as unknown as KernelConfig["kernelFunc"] });
}
