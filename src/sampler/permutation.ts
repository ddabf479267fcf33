import type { Rng } from "../core/rng.ts";

/**
 * A pseudo-random permutation of 0 .. size - 1 that takes no memory: a Feistel network over the next power of four,
 * applied again until the result is below `size` (cycle walking: Black and Rogaway, "Ciphers with Arbitrary Finite
 * Domains", CT-RSA 2002).
 *
 * @param size - At most 2^52.
 */
export function permutation(size: number, stream: Rng): (index: number) => number {
  let halfBits = 1;
  while (4 ** halfBits < size) halfBits++;
  const half = 2 ** halfBits;
  const keys = Array.from({ length: 6 }, () => stream.int(0x100000000));
  const scramble = (index: number): number => {
    let left = Math.floor(index / half);
    let right = index % half;
    for (const key of keys) {
      const mixed = (left ^ (mix(right ^ key) & (half - 1))) >>> 0;
      left = right;
      right = mixed;
    }
    return left * half + right;
  };
  return (index) => {
    let at = scramble(index);
    while (at >= size) at = scramble(at);
    return at;
  };
}

function mix(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
