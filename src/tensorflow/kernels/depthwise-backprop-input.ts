import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { type DepthwiseAttrs, depthwiseInfo, eachMeeting } from "./depthwise-window.ts";
import { type KernelCall, view, wasmKernel } from "./wasm.ts";

interface Inputs {
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

interface Attrs extends DepthwiseAttrs {
  readonly inputShape: [number, number, number, number];
}

/** The gradient of a depthwise convolution, or of the depthwise half of a separable one, with respect to its input. */
export function depthwiseBackpropInput(tf: TensorFlow): KernelConfig {
  return wasmKernel("DepthwiseConv2dNativeBackpropInput", (call: KernelCall<Inputs, Attrs>) =>
    gradient(tf, call),
  );
}

function gradient(tf: TensorFlow, { inputs, attrs, backend }: KernelCall<Inputs, Attrs>): TensorInfo {
  const info = depthwiseInfo(tf, attrs.inputShape, inputs.filter.shape, attrs);
  const out = backend.makeOutput(attrs.inputShape, "float32");
  const inputGradient = view(backend, out).fill(0);
  const dy = view(backend, inputs.dy);
  const filter = view(backend, inputs.filter);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  eachMeeting(info, (xOffset, dyOffset, filterOffset) => {
    let d = 0;
    for (let c = 0; c < inChannels; c++) {
      let sum = 0;
      for (let m = 0; m < multiplier; m++, d++) sum += dy[dyOffset + d]! * filter[filterOffset + d]!;
      inputGradient[xOffset + c] = inputGradient[xOffset + c]! + sum;
    }
  });
  return out;
}
