import { BelayError, show } from "./error.ts";
import { rng } from "./rng.ts";

/**
 * Makes `Math.random` of this thread draw from a seeded stream, and returns the function that puts the old one back.
 *
 * All that TensorFlow.js draws without a seed of its own comes from `Math.random`: initialisers, dropout and noise
 * layers, the shuffle of `model.fit`, `tf.randomNormal` and its kin. (The shuffle of a `tf.data` set, which takes the
 * clock, and native `tf.multinomial` are brought to it by `loadBackend`.) A trial of equal seed, params, data and
 * backend then trains to the equal value, bit for bit. What runs at the same time in the same thread shares the stream.
 *
 * @param seed - A safe integer. Unrelated streams for different seeds.
 * @throws BelayError `study` when it is none.
 */
export function seedMathRandom(seed: number): () => void {
  if (!Number.isSafeInteger(seed)) {
    throw new BelayError("study", `seed: expected a whole number, got ${show(seed)}`);
  }
  const before = Math.random;
  const { next } = rng(seed, 0, "Math.random");
  Math.random = next;
  return () => {
    Math.random = before;
  };
}

/**
 * Runs `run` with `Math.random`, and so all that TensorFlow.js draws from it, seeded by `seed`; returns what it returns.
 *
 * `train`, `data` and `splits` need no such call: Belay runs them seeded. It is for code outside of a study, such as a
 * last training with the best params, and for a part of `train` that must draw the same in every trial.
 *
 * @example
 * const model = await withSeed(7, () => fitModel(tf, bestParams));
 * @throws BelayError `study` when the seed is no whole number; and whatever `run` throws.
 */
export async function withSeed<Result>(seed: number, run: () => Result | Promise<Result>): Promise<Result> {
  const restore = seedMathRandom(seed);
  try {
    return await run();
  } finally {
    restore();
  }
}
