import type { TensorFlow } from "../load.ts";
import { conv2dBackpropFilter } from "./conv2d-backprop-filter.ts";
import { depthwiseBackpropFilter } from "./depthwise-backprop-filter.ts";
import { depthwiseBackpropInput } from "./depthwise-backprop-input.ts";
import { unsortedSegmentSum } from "./unsorted-segment-sum.ts";

/**
 * Adds to the wasm backend the gradients that it lacks: of convolutions, of depthwise and separable convolutions, and
 * of gather (embeddings). One that the installed version brings itself is left alone.
 */
export function registerWasmKernels(tf: TensorFlow): void {
  const own = [conv2dBackpropFilter, depthwiseBackpropFilter, depthwiseBackpropInput, unsortedSegmentSum];
  for (const makeKernel of own) {
    const kernel = makeKernel(tf);
    if (!tf.getKernel(kernel.kernelName, kernel.backendName)) tf.registerKernel(kernel);
  }
}
