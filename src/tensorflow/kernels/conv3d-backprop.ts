import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { eachTap, type VolumeInfo } from "./volume-window.ts";
import { type KernelCall, view, wasmKernel } from "./wasm.ts";

type Shape5 = [number, number, number, number, number];

interface Attrs {
  readonly strides: [number, number, number] | number;
  readonly pad: "valid" | "same";
}

interface FilterCall {
  readonly inputs: { readonly x: TensorInfo; readonly dy: TensorInfo };
  readonly attrs: Attrs & { readonly filterShape: Shape5 };
}

interface InputCall {
  readonly inputs: { readonly dy: TensorInfo; readonly filter: TensorInfo };
  readonly attrs: Attrs & { readonly inputShape: Shape5 };
}

/**
 * The gradient of a 3D convolution with respect to its filter. The wasm backend's own kernel skips part of the output
 * if the stride is above 1.
 */
export function conv3dBackpropFilter(tf: TensorFlow): KernelConfig {
  return wasmKernel("Conv3DBackpropFilterV2", (call: KernelCall<FilterCall["inputs"], FilterCall["attrs"]>) =>
    filterGradient(tf, call),
  );
}

/**
 * The gradient of a 3D convolution with respect to its input. The wasm backend's own kernel reads the wrong part of the
 * filter.
 */
export function conv3dBackpropInput(tf: TensorFlow): KernelConfig {
  return wasmKernel("Conv3DBackpropInputV2", (call: KernelCall<InputCall["inputs"], InputCall["attrs"]>) =>
    inputGradient(tf, call),
  );
}

function filterGradient(
  tf: TensorFlow,
  { inputs, attrs, backend }: KernelCall<FilterCall["inputs"], FilterCall["attrs"]>,
): TensorInfo {
  const info = convInfo(tf, inputs.x.shape, attrs.filterShape, attrs);
  const out = backend.makeOutput(attrs.filterShape, "float32");
  const dw = view(backend, out).fill(0);
  const x = view(backend, inputs.x);
  const dy = view(backend, inputs.dy);
  const { inChannels, outChannels } = info;
  eachTap(info, (xPlace, outPlace, tap) => {
    let weight = tap * inChannels * outChannels;
    for (let c = 0; c < inChannels; c++) {
      const value = x[xPlace * inChannels + c]!;
      let gradient = outPlace * outChannels;
      for (let d = 0; d < outChannels; d++, weight++, gradient++) {
        dw[weight] = dw[weight]! + value * dy[gradient]!;
      }
    }
  });
  return out;
}

function inputGradient(
  tf: TensorFlow,
  { inputs, attrs, backend }: KernelCall<InputCall["inputs"], InputCall["attrs"]>,
): TensorInfo {
  const info = convInfo(tf, attrs.inputShape, inputs.filter.shape, attrs);
  const out = backend.makeOutput(attrs.inputShape, "float32");
  const dx = view(backend, out).fill(0);
  const dy = view(backend, inputs.dy);
  const filter = view(backend, inputs.filter);
  const { inChannels, outChannels } = info;
  eachTap(info, (xPlace, outPlace, tap) => {
    let weight = tap * inChannels * outChannels;
    for (let c = 0; c < inChannels; c++) {
      let sum = 0;
      let gradient = outPlace * outChannels;
      for (let d = 0; d < outChannels; d++, weight++, gradient++) sum += filter[weight]! * dy[gradient]!;
      const offset = xPlace * inChannels + c;
      dx[offset] = dx[offset]! + sum;
    }
  });
  return out;
}

function convInfo(
  tf: TensorFlow,
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad }: Attrs,
): VolumeInfo {
  const [input, filter] = [inputShape as Shape5, filterShape as Shape5];
  return tf.backend_util.computeConv3DInfo(input, filter, strides, 1, pad);
}
