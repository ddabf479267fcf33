/** A stream of pseudo-random numbers. */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** Standard normal, by Box-Muller. Every call takes two uniforms; the second normal that they give is not used. */
  normal(): number;
}

/**
 * The stream for one purpose of one trial. It follows from the arguments alone, so nothing has to be saved for a
 * resume: equal arguments give equal streams on every machine, different ones unrelated streams.
 *
 * The generator is sfc32 (Chris Doty-Humphrey's PractRand), keyed by a 128-bit hash of the arguments.
 *
 * @param seed - The study's seed, a safe integer.
 * @param number - The trial's number; -1 for a stream of the study as a whole.
 * @param purpose - What the random numbers are for ("ask", "shuffle" ...), so that no two uses share a stream.
 */
export function rng(seed: number, number: number, purpose: string): Rng {
  let [a, b, c, counter] = hash128(`${seed}/${number}/${purpose}`);
  const next32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next32();
  const next = (): number => ((next32() >>> 5) * 67108864 + (next32() >>> 6)) / 9007199254740992;
  return {
    next,
    int: (n) => Math.floor(next() * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

/** A seed in [0, 2^31), derived from a study's seed for one purpose of one trial, such as one of its splits. */
export function deriveSeed(seed: number, number: number, purpose: string): number {
  return hash128(`${seed}/${number}/${purpose}`)[0] >>> 1;
}

/** A hash of four lanes: multiply-xor over the characters, then the finalizer of MurmurHash3. */
function hash128(text: string): [number, number, number, number] {
  const lanes: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
  const factors = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      lanes[lane] = Math.imul(lanes[lane]! ^ (code + lane * 0x101), factors[lane]!);
      lanes[lane]! ^= lanes[lane]! >>> 15;
    }
  }
  for (let lane = 0; lane < 4; lane++) lanes[lane] = mix(lanes[lane]! + lanes[(lane + 1) & 3]! + text.length);
  return lanes;
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
