// Noise of benchmark problems. It depends on its seeds alone, so it is the same whichever program proposes the trials.

/** mulberry32: a generator small enough to be repeated exactly in other languages. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A stream of uniform numbers in [0, 1) that depends only on the arguments. */
export function uniforms(seed: number, a: number, b = 0): () => number {
  const uniform = mulberry32(seed * 1000003 + a * 7919 + b * 104729 + 12345);
  for (let i = 0; i < 4; i++) uniform();
  return uniform;
}

/** Draws a standard normal number from a stream of uniform ones. */
export function gaussOf(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Standard normal noise of a trial. It depends on (seed, number) alone, and so is the same for every sampler. */
export function gauss(seed: number, number: number): number {
  return gaussOf(uniforms(seed, number));
}
