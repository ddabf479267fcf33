import type { Tensor } from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { expect } from "vitest";
import { loadBackend } from "../../src/tensorflow/load.ts";
import type { TensorFlow } from "../../src/tensorflow/namespace.ts";
import { resolveBackend } from "../../src/tensorflow/resolve.ts";

/** Loads wasm with new memory full of random bytes, which exposes kernels that rely on zeros. */
export async function loadPoisoned(): Promise<TensorFlow> {
  const tf = await loadBackend(await resolveBackend("wasm"));
  const backend = tf.backend() as BackendWasm;
  const makeOutput = backend.makeOutput.bind(backend);
  backend.makeOutput = (shape, dtype, ...rest) => {
    const output = makeOutput(shape, dtype, ...rest);
    if (rest.length === 0 && dtype !== "string") (backend.typedArrayFromHeap(output) as Float32Array).fill(7);
    return output;
  };
  return tf;
}

/** Numbers that look random and are the same on both backends. */
export function numbers(shape: readonly number[], salt: number): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin((i + 1) * 12.9898 + salt * 78.233));
}

/** Expects equal results on both backends, within 1e-5 of the largest number, and no tensor or data handle left. */
export async function expectParity(tf: TensorFlow, run: () => number[][]): Promise<void> {
  const expected = await runOn(tf, "cpu", run);
  const actual = await runOn(tf, "wasm", run);
  for (const [i, values] of expected.entries()) expect(relativeError(actual[i]!, values)).toBeLessThan(1e-5);
}

/** The result of `op` for inputs of these shapes, and its gradients. */
export function withGradients(
  tf: TensorFlow,
  op: (...inputs: Tensor[]) => Tensor,
  shapes: readonly number[][],
): number[][] {
  const inputs = shapes.map((shape, salt) => tf.tensor(numbers(shape, salt), shape));
  const y = op(...inputs);
  const dy = tf.tensor(numbers(y.shape, 9), y.shape);
  return [y, ...tf.grads(op)(inputs, dy)].map((tensor) => Array.from(tensor.dataSync()));
}

async function runOn(tf: TensorFlow, backend: "cpu" | "wasm", run: () => number[][]): Promise<number[][]> {
  await tf.setBackend(backend);
  tf.env().set("PROD", true); // This suppresses the cpu backend's advice to install another one.
  const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  const results = tf.tidy(run as unknown as () => void) as unknown as number[][];
  expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
  return results;
}

/** The largest difference, relative to the largest expected number. */
function relativeError(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  expect(scale).toBeGreaterThan(0);
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!))) / scale;
}
