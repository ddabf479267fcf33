import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { type DepthwiseAttrs, depthwiseInfo, eachMeeting } from "./depthwise-window.ts";
import { type KernelCall, view, wasmKernel } from "./wasm.ts";

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attrs extends DepthwiseAttrs {
  readonly filterShape: [number, number, number, number];
}

/** The gradient of a depthwise convolution, or of the depthwise half of a separable one, with respect to its filter. */
export function depthwiseBackpropFilter(tf: TensorFlow): KernelConfig {
  return wasmKernel("DepthwiseConv2dNativeBackpropFilter", (call: KernelCall<Inputs, Attrs>) =>
    gradient(tf, call),
  );
}

function gradient(tf: TensorFlow, { inputs, attrs, backend }: KernelCall<Inputs, Attrs>): TensorInfo {
  const info = depthwiseInfo(tf, inputs.x.shape, attrs.filterShape, attrs);
  const out = backend.makeOutput(attrs.filterShape, "float32");
  const filterGradient = view(backend, out).fill(0);
  const x = view(backend, inputs.x);
  const dy = view(backend, inputs.dy);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  eachMeeting(info, (xOffset, dyOffset, filterOffset) => {
    let d = 0;
    for (let c = 0; c < inChannels; c++) {
      const pixel = x[xOffset + c]!;
      for (let m = 0; m < multiplier; m++, d++) {
        filterGradient[filterOffset + d] = filterGradient[filterOffset + d]! + pixel * dy[dyOffset + d]!;
      }
    }
  });
  return out;
}
