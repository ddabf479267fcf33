import { directionNumbers } from "./sobol.ts";

/** The direction numbers, computed at the first use, because most studies never need them. */
let directions: readonly Uint32Array[] | null = null;

/**
 * The coordinate in [0, 1) of the point `index` of the Sobol sequence in a dimension, which `key` scrambles.
 *
 * @param dimension - Below `SOBOL_DIMENSIONS`.
 */
export function sobolUnit(index: number, dimension: number, key: number): number {
  directions ??= directionNumbers();
  const numbers = directions[dimension]!;
  let bits = 0;
  for (let j = 0, rest = index; rest > 0; j++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) bits ^= numbers[j % 32]!;
  }
  return (scramble(bits, key) >>> 0) / 2 ** 32;
}

/** Flips every bit by a hash of the bits above it. The bits are reversed first, because carries only move upwards. */
export function scramble(bits: number, key: number): number {
  let x = reverse(bits);
  x = (x + key) | 0;
  x ^= Math.imul(x, 0x6c50b47c);
  x ^= Math.imul(x, 0xb82f1e52);
  x ^= Math.imul(x, 0xc7afe638);
  x ^= Math.imul(x, 0x8d22f6e6);
  return reverse(x);
}

function reverse(bits: number): number {
  let x = bits;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return (x >>> 16) | (x << 16);
}
