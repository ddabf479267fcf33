import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { eachTap, type PoolAttrs, poolInfo, type VolumeInfo } from "./volume-window.ts";
import { type KernelCall, view, wasmKernel } from "./wasm.ts";

type Numbers = Float32Array | Int32Array;

/**
 * The gradient of 2D max pooling: it goes to the largest value of each window, and to the first of equal ones. The wasm
 * backend's own kernel starts from the smallest positive number instead of the lowest one, so a window without a
 * positive value silently gets no gradient.
 */
export function maxPoolGrad(tf: TensorFlow): KernelConfig {
  return wasmKernel("MaxPoolGrad", (call: KernelCall<GradientInputs, PoolAttrs>) => gradient(tf, call));
}

/** The gradient of 3D max pooling. The wasm backend's own kernel has the same error. */
export function maxPool3dGrad(tf: TensorFlow): KernelConfig {
  return wasmKernel("MaxPool3DGrad", (call: KernelCall<GradientInputs, PoolAttrs>) => gradient(tf, call));
}

/** 3D max pooling. The wasm backend's own kernel has the same error, so it never returns a negative number. */
export function maxPool3d(tf: TensorFlow): KernelConfig {
  return wasmKernel("MaxPool3D", (call: KernelCall<{ readonly x: TensorInfo }, PoolAttrs>) => pool(tf, call));
}

interface GradientInputs {
  readonly input: TensorInfo;
  readonly dy: TensorInfo;
}

function gradient(
  tf: TensorFlow,
  { inputs: { input, dy }, attrs, backend }: KernelCall<GradientInputs, PoolAttrs>,
): TensorInfo {
  const out = backend.makeOutput(input.shape, "float32");
  const dx = view(backend, out).fill(0);
  scatterToWinners(poolInfo(tf, input.shape, attrs), view(backend, input), view(backend, dy), dx);
  return out;
}

function pool(
  tf: TensorFlow,
  { inputs: { x }, attrs, backend }: KernelCall<{ readonly x: TensorInfo }, PoolAttrs>,
): TensorInfo {
  const info = poolInfo(tf, x.shape, attrs);
  const out = backend.makeOutput(info.outShape, x.dtype);
  const largest = view(backend, out);
  const numbers = view(backend, x);
  const winners = findWinners(info, numbers);
  for (let i = 0; i < winners.length; i++) largest[i] = winners[i]! < 0 ? Number.NaN : numbers[winners[i]!]!;
  return out;
}

/** Adds each number of dy to dx (initially zeros) at the place where its window of x has the largest value. */
export function scatterToWinners(info: VolumeInfo, x: Numbers, dy: Numbers, dx: Numbers): void {
  const winners = findWinners(info, x);
  for (let i = 0; i < winners.length; i++) {
    const winner = winners[i]!;
    if (winner >= 0) dx[winner] = dx[winner]! + dy[i]!;
  }
}

/** For each number of the output, the offset in x of the largest one in its window; -1 if all are NaN. */
function findWinners(info: VolumeInfo, x: Numbers): Int32Array {
  const { batchSize, outDepth, outHeight, outWidth, inChannels } = info;
  const winners = new Int32Array(batchSize * outDepth * outHeight * outWidth * inChannels).fill(-1);
  eachTap(info, (xPlace, outPlace) => {
    let offset = xPlace * inChannels;
    let winner = outPlace * inChannels;
    for (let c = 0; c < inChannels; c++, offset++, winner++) {
      const best = winners[winner]!;
      const value = x[offset]!;
      if (best < 0 ? !Number.isNaN(value) : value > x[best]!) winners[winner] = offset;
    }
  });
  return winners;
}
