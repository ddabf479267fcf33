import type { TensorFlow } from "../namespace.ts";

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** The sizes of a 3D convolution or pooling; an image is a volume of depth 1. */
export type VolumeInfo = ReturnType<TensorFlow["backend_util"]["computeConv3DInfo"]>;

/** The attributes of a pooling. */
export interface PoolAttrs {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: "valid" | "same" | number | number[][];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Computes the sizes of a pooling over images or volumes, depending on the rank of the input. */
export function poolInfo(
  tf: TensorFlow,
  inputShape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): VolumeInfo {
  const { computePool2DInfo, computePool3DInfo } = tf.backend_util;
  type Size3 = [number, number, number];
  if (inputShape.length === 5) {
    const shape = inputShape as Shape5;
    const pad3 = pad as "valid" | "same" | number;
    return computePool3DInfo(shape, filterSize as Size3, strides as Size3, 1, pad3, dimRoundingMode);
  }
  const shape = inputShape as Shape4;
  type Pad2 = Parameters<typeof computePool2DInfo>[4];
  type Size2 = [number, number];
  const flat = computePool2DInfo(
    shape,
    filterSize as Size2,
    strides as Size2,
    1,
    pad as Pad2,
    dimRoundingMode,
  );
  const depth = { inDepth: 1, outDepth: 1, strideDepth: 1, dilationDepth: 1, filterDepth: 1 };
  return { ...flat, ...depth, padInfo: { ...flat.padInfo, front: 0 } } as unknown as VolumeInfo;
}

/**
 * Calls `visit` for each place of the output and each tap of the filter that covers the input there, with the indices
 * of the input place, the output place and the tap, not counting channels. All taps of one output place come in
 * sequence; those in the padding are skipped.
 */
export function eachTap(
  info: VolumeInfo,
  visit: (xPlace: number, outPlace: number, tap: number) => void,
): void {
  const { batchSize, inDepth, inHeight, inWidth, outDepth, outHeight, outWidth, padInfo } = info;
  let outPlace = 0;
  for (let volume = 0; volume < batchSize; volume++) {
    for (let layer = 0; layer < outDepth; layer++) {
      for (let row = 0; row < outHeight; row++) {
        for (let column = 0; column < outWidth; column++, outPlace++) {
          const xColumn = column * info.strideWidth - padInfo.left;
          for (let i = 0; i < info.filterDepth; i++) {
            const z = layer * info.strideDepth - padInfo.front + i * info.dilationDepth;
            if (z < 0 || z >= inDepth) continue;
            for (let j = 0; j < info.filterHeight; j++) {
              const y = row * info.strideHeight - padInfo.top + j * info.dilationHeight;
              if (y < 0 || y >= inHeight) continue;
              const line = ((volume * inDepth + z) * inHeight + y) * inWidth;
              const tapLine = (i * info.filterHeight + j) * info.filterWidth;
              for (let k = 0; k < info.filterWidth; k++) {
                const x = xColumn + k * info.dilationWidth;
                if (x >= 0 && x < inWidth) visit(line + x, outPlace, tapLine + k);
              }
            }
          }
        }
      }
    }
  }
}
