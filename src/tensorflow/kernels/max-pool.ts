import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { eachTap, type PoolAttrs, poolInfo, type VolumeInfo } from "./volume-window.ts";
import { type KernelCall, view, wasmKernel } from "./wasm.ts";

type Numbers = Float32Array | Int32Array;

/**
 * The gradient of max pooling over images: all of it to the largest value of each window, to the first of equal ones.
 * The backend's own kernel takes the smallest positive number for the least: a window without a positive value then
 * loses its gradient, in silence.
 */
export function maxPoolGrad(tf: TensorFlow): KernelConfig {
  return wasmKernel("MaxPoolGrad", (call: KernelCall<GradientInputs, PoolAttrs>) => gradient(tf, call));
}

/** The gradient of max pooling over volumes; the backend's own has the same fault. */
export function maxPool3dGrad(tf: TensorFlow): KernelConfig {
  return wasmKernel("MaxPool3DGrad", (call: KernelCall<GradientInputs, PoolAttrs>) => gradient(tf, call));
}

/** Max pooling over volumes; the backend's own has the same fault: no result is below zero. */
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

/** Adds each number of dy to the one of dx (zeros at first) where its window of x has the largest value. */
export function scatterToWinners(info: VolumeInfo, x: Numbers, dy: Numbers, dx: Numbers): void {
  const winners = findWinners(info, x);
  for (let i = 0; i < winners.length; i++) {
    const winner = winners[i]!;
    if (winner >= 0) dx[winner] = dx[winner]! + dy[i]!;
  }
}

/** For each number of the output, the offset of the one in x that is the largest in its window; -1: all are NaN. */
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
