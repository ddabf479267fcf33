import type { KernelConfig, Tensor2D } from "@tensorflow/tfjs";
import type { TensorFlow } from "./namespace.ts";

/**
 * Makes a training reproducible by seeding `Math.random` alone (see `seedMathRandom`): the two operations of
 * TensorFlow.js that take their seed from elsewhere are patched to draw it from `Math.random`. A seed that the caller
 * gives still counts.
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

/** Patches `shuffle` of a `tf.data` dataset, which seeds itself from the clock. */
function seedDatasetShuffle(tf: TensorFlow): void {
  const prototype = tf.data.Dataset.prototype;
  const { shuffle } = prototype;
  prototype.shuffle = function (bufferSize, seed, reshuffleEachIteration) {
    return shuffle.call(this, bufferSize, seed || String(Math.random()), reshuffleEachIteration);
  };
}

/**
 * Replaces the multinomial sampling of native backends. libtensorflow keeps the generator of an op between calls, so
 * that a seed does not determine the result, and the seed that it gets here is rounded to 0, which means any. The
 * replacement uses uniform numbers, which TensorFlow.js generates itself on all backends.
 */
function seedNativeMultinomial(tf: TensorFlow): void {
  const native = tf.getKernel("Multinomial", "tensorflow");
  if (!native) return;
  const draw = ({ inputs: { logits }, attrs }: { inputs: { logits: Tensor2D }; attrs: MultinomialAttrs }) =>
    tf.tidy(() => {
      const [rows, outcomes] = logits.shape;
      const chances = attrs.normalized ? logits : tf.softmax(logits);
      // The last bound is left out, since it is 1 except for rounding.
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
