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
 * Adds to the wasm backend the gradients that it lacks (of convolutions, depthwise and separable ones, and of gather)
 * and replaces the kernels that compute something else in 4.22 (max pooling, convolutions over volumes). A missing one
 * that the installed version brings itself is left alone.
 */
export function registerWasmKernels(tf: TensorFlow): void {
  for (const makeKernel of MISSING) {
    const kernel = makeKernel(tf);
    if (!tf.getKernel(kernel.kernelName, kernel.backendName)) tf.registerKernel(kernel);
  }
  for (const makeKernel of WRONG) replace(tf, makeKernel(tf));
}

/** Replaces the gradients that the plain JavaScript backend has wrong in 4.22: of upsampling, and of pooling volumes. */
export function registerCpuKernels(tf: TensorFlow): void {
  for (const makeKernel of [resizeNearestGradCpu, maxPool3dGradCpu]) replace(tf, makeKernel(tf));
}

// To register a kernel that is there already would print a warning.
function replace(tf: TensorFlow, kernel: KernelConfig): void {
  const { kernelName, backendName } = kernel;
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel(kernel);
}
