import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { TensorFlow } from "../namespace.ts";
import { scatterToWinners } from "./max-pool.ts";
import { type PoolAttrs, poolInfo } from "./volume-window.ts";

type Shape4 = [number, number, number, number];

/** The part of the plain JavaScript backend's type that is needed here. */
interface CpuBackend {
  readonly data: { get(dataId: object): { readonly values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: "float32", values: Float32Array): TensorInfo;
}

interface Call<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: CpuBackend;
}

type PoolInputs = { readonly input: TensorInfo; readonly dy: TensorInfo };
type ResizeInputs = { readonly images: TensorInfo; readonly dy: TensorInfo };

/**
 * The gradient of 3D max pooling in plain JavaScript. The backend's own kernel confuses places of a window whose height
 * is not its width.
 */
export function maxPool3dGradCpu(tf: TensorFlow): KernelConfig {
  return cpuKernel("MaxPool3DGrad", ({ inputs, attrs, backend }: Call<PoolInputs, PoolAttrs>) => {
    const [x, dy] = [backend.data.get(inputs.input.dataId).values, backend.data.get(inputs.dy.dataId).values];
    const dx = new Float32Array(x.length);
    scatterToWinners(poolInfo(tf, inputs.input.shape, attrs), x, dy, dx);
    return backend.makeTensorInfo(inputs.input.shape, "float32", dx);
  });
}

/**
 * The gradient of nearest-neighbour resizing (`upSampling2d`) in plain JavaScript: each pixel of dy is added to the
 * pixel that it was copied from. The backend's own kernel reads all images of a batch but the first from the wrong
 * place.
 */
export function resizeNearestGradCpu(_tf: TensorFlow): KernelConfig {
  return cpuKernel("ResizeNearestNeighborGrad", resizeGradient);
}

// The cast is needed because the registry's type does not name the inputs of a kernel.
function cpuKernel<Inputs, Attrs>(
  kernelName: string,
  run: (call: Call<Inputs, Attrs>) => TensorInfo,
): KernelConfig {
  return { kernelName, backendName: "cpu", kernelFunc: run as unknown as KernelConfig["kernelFunc"] };
}

function resizeGradient({
  inputs: { images, dy },
  attrs,
  backend,
}: Call<ResizeInputs, { readonly alignCorners: boolean }>): TensorInfo {
  const [batch, height, width, channels] = images.shape as Shape4;
  const [, dyHeight, dyWidth] = dy.shape as Shape4;
  const dx = new Float32Array(batch * height * width * channels);
  const dyNumbers = backend.data.get(dy.dataId).values;
  const rows = sources(height, dyHeight, attrs.alignCorners);
  const columns = sources(width, dyWidth, attrs.alignCorners);
  let from = 0;
  for (let image = 0; image < batch; image++) {
    for (const row of rows) {
      for (const column of columns) {
        let to = ((image * height + row) * width + column) * channels;
        for (let c = 0; c < channels; c++, to++, from++) dx[to] = dx[to]! + dyNumbers[from]!;
      }
    }
  }
  return backend.makeTensorInfo(images.shape, "float32", dx);
}

/** For each row or column of the resized image, the index of the one that it was copied from. */
function sources(length: number, dyLength: number, alignCorners: boolean): number[] {
  const aligned = alignCorners && dyLength > 1 ? 1 : 0;
  const scale = (length - aligned) / (dyLength - aligned);
  const round = alignCorners ? Math.round : Math.floor;
  return Array.from({ length: dyLength }, (_, i) => Math.min(length - 1, round(i * scale)));
}
