import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { type KernelCall, view, wasmKernel } from "./wasm.ts";

interface Inputs {
  readonly x: TensorInfo;
  readonly segmentIds: TensorInfo;
}

interface Attrs {
  readonly numSegments: number;
}

/**
 * Sums the rows of x that have the same segment id, which is the gradient of gather and so of embeddings. Rows with an
 * id that is negative or too large are skipped, as on the other backends.
 */
export function unsortedSegmentSum(_tf: TensorFlow): KernelConfig {
  return wasmKernel("UnsortedSegmentSum", sumSegments);
}

function sumSegments({ inputs: { x, segmentIds }, attrs, backend }: KernelCall<Inputs, Attrs>): TensorInfo {
  const [rows = 0, ...rowShape] = x.shape;
  if (segmentIds.shape.length !== 1 || segmentIds.shape[0] !== rows) {
    throw new Error(
      `UnsortedSegmentSum on wasm: expected ${rows} segment ids, got the shape [${segmentIds.shape}]`,
    );
  }
  const out = backend.makeOutput([attrs.numSegments, ...rowShape], x.dtype);
  const width = rowShape.reduce((product, size) => product * size, 1);
  const sums = view(backend, out).fill(0);
  const values = view(backend, x);
  const ids = view(backend, segmentIds);
  for (let row = 0; row < rows; row++) {
    const id = ids[row]!;
    if (id < 0 || id >= attrs.numSegments) continue;
    const from = row * width;
    const to = id * width;
    for (let i = 0; i < width; i++) sums[to + i] = sums[to + i]! + values[from + i]!;
  }
  return out;
}
