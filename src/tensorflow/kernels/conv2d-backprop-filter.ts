import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorFlow } from "../namespace.ts";
import { type KernelCall, runKernel, wasmKernel } from "./wasm.ts";

type Shape4 = [number, number, number, number];
type Explicit = [[number, number], [number, number], [number, number], [number, number]];

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attrs {
  readonly strides: [number, number] | number;
  readonly pad: "valid" | "same" | number | Explicit;
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly filterShape: Shape4;
}

/**
 * The gradient of a 2D convolution with respect to its filter, composed of the wasm backend's own kernels.
 *
 * dW[i, j, c, d] is the sum over n, p, q of x[n, i + p s, j + q s, c] dy[n, p, q, d]. That is a convolution again, in
 * which the channels of x are the batch, the batch is the channels, dy is the filter, and the stride is its dilation.
 */
export function conv2dBackpropFilter(tf: TensorFlow): KernelConfig {
  return wasmKernel("Conv2DBackpropFilter", (call: KernelCall<Inputs, Attrs>) => gradient(tf, call));
}

function gradient(
  tf: TensorFlow,
  { inputs: { x, dy }, attrs, backend }: KernelCall<Inputs, Attrs>,
): TensorInfo {
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs;
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  if (format !== "channelsLast")
    throw new Error(`Conv2DBackpropFilter on wasm: expected NHWC, got ${dataFormat}`);
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    format,
  );

  const temporary: TensorInfo[] = [];
  const run = (name: string, inputs: Record<string, TensorInfo>, kernelAttrs: object) => {
    const output = runKernel(tf, backend, name, inputs, kernelAttrs);
    temporary.push(output);
    return output;
  };
  try {
    const rows = [info.padInfo.top, (info.outHeight - 1) * info.strideHeight + info.filterHeight] as const;
    const columns = [info.padInfo.left, (info.outWidth - 1) * info.strideWidth + info.filterWidth] as const;
    const window = cutWindow(run, x, rows, columns);
    const image = run("Transpose", { x: window }, { perm: [3, 1, 2, 0] });
    const filter = run("Transpose", { x: dy }, { perm: [1, 2, 0, 3] });
    const gradients = run(
      "Conv2D",
      { x: image, filter },
      {
        strides: [1, 1],
        dilations: [info.strideHeight, info.strideWidth],
        pad: "valid",
        dataFormat: "NHWC",
      },
    );
    return runKernel(tf, backend, "Transpose", { x: gradients }, { perm: [1, 2, 0, 3] });
  } finally {
    release(backend, temporary);
  }
}

/**
 * Cuts out the part of x that the filter has covered, with the padding on top and on the left, so that the convolution
 * yields exactly the filter's rows and columns. Rows and columns that no stride has reached are left out.
 */
function cutWindow(
  run: (name: string, inputs: Record<string, TensorInfo>, attrs: object) => TensorInfo,
  x: TensorInfo,
  [top, height]: readonly [number, number],
  [left, width]: readonly [number, number],
): TensorInfo {
  const [batch, inHeight, inWidth, channels] = x.shape as Shape4;
  const bottom = Math.max(0, height - top - inHeight);
  const right = Math.max(0, width - left - inWidth);
  let fitted = x;
  if (top + bottom + left + right > 0) {
    const paddings = [[0, 0], [top, bottom], [left, right], [0, 0]]; // biome-ignore format: one line is clearer
    fitted = run("PadV2", { x: fitted }, { paddings, constantValue: 0 });
  }
  if (fitted.shape[1] !== height || fitted.shape[2] !== width) {
    fitted = run("Slice", { x: fitted }, { begin: [0, 0, 0, 0], size: [batch, height, width, channels] });
  }
  return fitted;
}

// Kernels work on data handles, not on tensors with a `dispose` method.
function release(backend: BackendWasm, temporary: readonly TensorInfo[]): void {
  for (const { dataId } of temporary) backend.disposeData(dataId);
}
