import type { KernelConfig } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { conv2dBackpropFilter } from "./conv2d-backprop-filter.ts";
import { conv3dBackpropFilter, conv3dBackpropInput } from "./conv3d-backprop.ts";
import { maxPool3dGradCpu, resizeNearestGradCpu } from "./cpu.ts";
import { depthwiseBackpropFilter } from "./depthwise-backprop-filter.ts";
import { depthwiseBackpropInput } from "./depthwise-backprop-input.ts";
import { maxPool3d, maxPool3dGrad, maxPoolGrad } from "./max-pool.ts";
import { unsortedSegmentSum } from "./unsorted-segment-sum.ts";

const MISSING = [conv2dBackpropFilter, depthwiseBackpropFilter, depthwiseBackpropInput, unsortedSegmentSum];
const WRONG = [maxPoolGrad, maxPool3d, maxPool3dGrad, conv3dBackpropFilter, conv3dBackpropInput];

/**
 * Adds the gradients that the wasm backend lacks (of convolutions, also depthwise and separable ones, and of gather),
 * unless the installed version has them, and replaces the kernels that compute wrong numbers in 4.22 (max pooling, 3D
 * convolutions).
 */
export function registerWasmKernels(tf: TensorFlow): void {
  for (const makeKernel of MISSING) {
    const kernel = makeKernel(tf);
    if (!tf.getKernel(kernel.kernelName, kernel.backendName)) tf.registerKernel(kernel);
  }
  for (const makeKernel of WRONG) replace(tf, makeKernel(tf));
}

/**
 * Replaces the gradients that the plain JavaScript backend computes wrongly in 4.22: of upsampling and of 3D max
 * pooling.
 */
export function registerCpuKernels(tf: TensorFlow): void {
  for (const makeKernel of [resizeNearestGradCpu, maxPool3dGradCpu]) replace(tf, makeKernel(tf));
}

// Registering a kernel over an existing one would print a warning.
function replace(tf: TensorFlow, kernel: KernelConfig): void {
  const { kernelName, backendName } = kernel;
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel(kernel);
}
