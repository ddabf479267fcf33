import { BelayError, show } from "./error.ts";
import { rng } from "./rng.ts";

/**
 * Makes `Math.random` of this thread draw from a seeded stream, and returns a function that restores the old one.
 *
 * TensorFlow.js takes from `Math.random` whatever it draws without a seed of its own: initialisers, dropout and noise
 * layers, the shuffle of `model.fit`, `tf.randomNormal` and the like. (The shuffle of a `tf.data` set, which takes its
 * seed from the clock, and native `tf.multinomial` are exceptions; `loadBackend` patches both.) So trials with equal
 * seed, params, data and backend train to the same value, bit for bit. Code that runs concurrently in the same thread
 * shares the stream.
 *
 * @param seed - A safe integer; different seeds give unrelated streams.
 * @throws BelayError `study` when the seed is no safe integer.
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
 * Runs `run` with a seeded `Math.random`, from which TensorFlow.js draws too, and returns its result. The old
 * `Math.random` is restored afterwards.
 *
 * `train`, `data` and `splits` need no such call, because Belay seeds them. It is for code outside of a study, such as
 * a last training with the best params, and for a part of `train` that must draw the same numbers in every trial.
 *
 * @example
 * const model = await withSeed(7, () => fitModel(tf, bestParams));
 * @throws BelayError `study` when the seed is no whole number. What `run` throws passes through.
 */
export async function withSeed<Result>(seed: number, run: () => Result | Promise<Result>): Promise<Result> {
  const restore = seedMathRandom(seed);
  try {
    return await run();
  } finally {
    restore();
  }
}
