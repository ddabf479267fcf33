/** The namespace that a study gets as `tf`, whichever backend runs below. */
export type TensorFlow = typeof import("@tensorflow/tfjs");
