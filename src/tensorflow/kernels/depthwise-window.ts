import type { TensorFlow } from "../namespace.ts";

type Shape4 = [number, number, number, number];
type Explicit = [[number, number], [number, number], [number, number], [number, number]];

/** The attributes that both gradients of a depthwise convolution share. */
export interface DepthwiseAttrs {
  readonly strides: [number, number] | number;
  readonly dilations: [number, number] | number;
  readonly pad: "valid" | "same" | number | Explicit;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** The sizes of a depthwise convolution. */
export type DepthwiseInfo = ReturnType<TensorFlow["backend_util"]["computeConv2DInfo"]>;

/** Computes the sizes from the shapes of the input and the filter. */
export function depthwiseInfo(
  tf: TensorFlow,
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: DepthwiseAttrs,
): DepthwiseInfo {
  return tf.backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
}

/**
 * Calls `visit` for each pair of an input pixel and a filter tap that the convolution multiplies, with the offsets at
 * which their channels begin in x, in dy and in the filter. Pixels in the padding are skipped.
 */
export function eachMeeting(
  info: DepthwiseInfo,
  visit: (xOffset: number, dyOffset: number, filterOffset: number) => void,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  for (let pixel = 0; pixel < batchSize * outHeight * outWidth; pixel++) {
    const column = pixel % outWidth;
    const row = Math.floor(pixel / outWidth) % outHeight;
    const image = Math.floor(pixel / (outWidth * outHeight));
    for (let i = 0; i < info.filterHeight; i++) {
      const xRow = row * info.strideHeight - info.padInfo.top + i * info.dilationHeight;
      if (xRow < 0 || xRow >= inHeight) continue;
      for (let j = 0; j < info.filterWidth; j++) {
        const xColumn = column * info.strideWidth - info.padInfo.left + j * info.dilationWidth;
        if (xColumn < 0 || xColumn >= inWidth) continue;
        const xOffset = ((image * inHeight + xRow) * inWidth + xColumn) * inChannels;
        visit(xOffset, pixel * outChannels, (i * info.filterWidth + j) * outChannels);
      }
    }
  }
}
