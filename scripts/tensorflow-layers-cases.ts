import type { TensorFlow } from "../src/tensorflow/namespace.ts";

// The cases of `scripts/tensorflow-layers.ts`: every layer of tf.layers, also with options that a backend runs
// differently.

export type Layers = TensorFlow["layers"];
type Layer = InstanceType<Layers["Layer"]>;

export interface Case {
  /** Name in the table: the layer, and after a comma the option. */
  readonly name: string;
  /** Shape of one row of the input. */
  readonly input: number[];
  /** Makes the layer. */
  readonly make: (layers: Layers, tf: TensorFlow) => Layer;
  /** Number of inputs. Default 1. */
  readonly inputs?: number;
  /** Makes the layer after it. Default flatten, if the output has more than one dimension. */
  readonly next?: (layers: Layers) => Layer;
  /** The layer gets the input itself, so no layer is trained before it. */
  readonly first?: boolean;
  /** The input consists of whole numbers below this, and no layer is trained before it. */
  readonly classes?: number;
}

const SEQUENCE = [6, 4];
const IMAGE = [8, 8, 3];
const VOLUME = [6, 6, 6, 2];

export const LAYER_CASES: Readonly<Record<string, readonly Case[]>> = {
  Basic: [
    { name: "dense", input: [5], make: (l) => l.dense({ units: 3, activation: "relu" }) },
    { name: "dense, on a sequence", input: SEQUENCE, make: (l) => l.dense({ units: 3 }) },
    {
      name: "dense, regularised and constrained",
      input: [5],
      make: (l, tf) =>
        l.dense({
          units: 3,
          kernelRegularizer: tf.regularizers.l1l2(),
          kernelConstraint: tf.constraints.maxNorm({}),
        }),
    },
    { name: "embedding", input: [6], classes: 5, make: (l) => l.embedding({ inputDim: 5, outputDim: 3 }) },
    {
      name: "embedding, masked",
      input: [6],
      classes: 5,
      make: (l) => l.embedding({ inputDim: 5, outputDim: 3, maskZero: true }),
      next: (l) => l.lstm({ units: 3 }),
    },
    { name: "flatten", input: IMAGE, make: (l) => l.flatten() },
    { name: "reshape", input: SEQUENCE, make: (l) => l.reshape({ targetShape: [4, 6] }) },
    { name: "permute", input: SEQUENCE, make: (l) => l.permute({ dims: [2, 1] }) },
    { name: "repeatVector", input: [5], make: (l) => l.repeatVector({ n: 3 }) },
    {
      name: "masking",
      input: SEQUENCE,
      first: true,
      make: (l) => l.masking({}),
      next: (l) => l.gru({ units: 3 }),
    },
    {
      name: "masking, behind a trained layer",
      input: SEQUENCE,
      make: (l) => l.masking({}),
      next: (l) => l.gru({ units: 3 }),
    },
  ],
  Activation: [
    ...(
      [
        "elu",
        "gelu",
        "gelu_new",
        "hardSigmoid",
        "linear",
        "mish",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "softmax",
        "softplus",
        "softsign",
        "swish",
        "tanh",
      ] as const
    ).map((activation) => ({
      name: `activation ${activation}`,
      input: [5],
      make: (l: Layers) => l.activation({ activation }),
    })),
    ...(["elu", "leakyReLU", "prelu", "reLU", "softmax", "thresholdedReLU"] as const).map((name) => ({
      name,
      input: [5],
      make: (l: Layers) => l[name]({}),
    })),
    { name: "reLU, with a maximum", input: [5], make: (l) => l.reLU({ maxValue: 1 }) },
  ],
  Convolutional: [
    { name: "conv1d", input: SEQUENCE, make: (l) => l.conv1d({ filters: 3, kernelSize: 3 }) },
    {
      name: "conv1d, causal",
      input: SEQUENCE,
      make: (l) => l.conv1d({ filters: 3, kernelSize: 3, padding: "causal" }),
    },
    { name: "conv2d", input: IMAGE, make: (l) => l.conv2d({ filters: 3, kernelSize: 3 }) },
    {
      name: "conv2d, strides and same padding",
      input: IMAGE,
      make: (l) => l.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
    },
    ...(["relu", "elu", "sigmoid"] as const).map((activation) => ({
      name: `conv2d, ${activation}`,
      input: IMAGE,
      make: (l: Layers) => l.conv2d({ filters: 3, kernelSize: 3, activation }),
    })),
    {
      name: "conv2d, dilated",
      input: IMAGE,
      make: (l) => l.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2 }),
    },
    {
      name: "conv2d, channels first",
      input: [3, 8, 8],
      make: (l) => l.conv2d({ filters: 3, kernelSize: 3, dataFormat: "channelsFirst" }),
    },
    { name: "conv2dTranspose", input: IMAGE, make: (l) => l.conv2dTranspose({ filters: 3, kernelSize: 3 }) },
    {
      name: "conv2dTranspose, strides and same padding",
      input: IMAGE,
      make: (l) => l.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
    },
    { name: "conv3d", input: VOLUME, make: (l) => l.conv3d({ filters: 3, kernelSize: 3 }) },
    {
      name: "conv3d, strides and same padding",
      input: VOLUME,
      make: (l) => l.conv3d({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
    },
    { name: "conv3dTranspose", input: VOLUME, make: (l) => l.conv3dTranspose({ filters: 3, kernelSize: 3 }) },
    { name: "separableConv2d", input: IMAGE, make: (l) => l.separableConv2d({ filters: 3, kernelSize: 3 }) },
    { name: "depthwiseConv2d", input: IMAGE, make: (l) => l.depthwiseConv2d({ kernelSize: 3 }) },
    {
      name: "depthwiseConv2d, dilated",
      input: IMAGE,
      make: (l) => l.depthwiseConv2d({ kernelSize: 3, dilationRate: 2 }),
    },
    { name: "upSampling2d", input: IMAGE, make: (l) => l.upSampling2d({}) },
    {
      name: "upSampling2d, bilinear",
      input: IMAGE,
      make: (l) => l.upSampling2d({ interpolation: "bilinear" }),
    },
    { name: "zeroPadding2d", input: IMAGE, make: (l) => l.zeroPadding2d({ padding: 1 }) },
    { name: "cropping2D", input: IMAGE, make: (l) => l.cropping2D({ cropping: 1 }) },
  ],
  Pooling: [
    { name: "averagePooling1d", input: SEQUENCE, make: (l) => l.averagePooling1d({}) },
    { name: "averagePooling2d", input: IMAGE, make: (l) => l.averagePooling2d({}) },
    { name: "averagePooling3d", input: VOLUME, make: (l) => l.averagePooling3d({}) },
    { name: "maxPooling1d", input: SEQUENCE, make: (l) => l.maxPooling1d({}) },
    { name: "maxPooling2d", input: IMAGE, make: (l) => l.maxPooling2d({}) },
    {
      name: "maxPooling2d, overlapping",
      input: IMAGE,
      make: (l) => l.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    },
    { name: "maxPooling3d", input: VOLUME, make: (l) => l.maxPooling3d({}) },
    { name: "globalAveragePooling1d", input: SEQUENCE, make: (l) => l.globalAveragePooling1d() },
    { name: "globalAveragePooling2d", input: IMAGE, make: (l) => l.globalAveragePooling2d({}) },
    { name: "globalMaxPooling1d", input: SEQUENCE, make: (l) => l.globalMaxPooling1d() },
    { name: "globalMaxPooling2d", input: IMAGE, make: (l) => l.globalMaxPooling2d({}) },
  ],
  "Normalising and noise": [
    { name: "batchNormalization", input: [5], make: (l) => l.batchNormalization() },
    { name: "batchNormalization, on images", input: IMAGE, make: (l) => l.batchNormalization() },
    { name: "layerNormalization", input: SEQUENCE, make: (l) => l.layerNormalization() },
    { name: "dropout", input: [5], make: (l) => l.dropout({ rate: 0.5 }) },
    { name: "spatialDropout1d", input: SEQUENCE, make: (l) => l.spatialDropout1d({ rate: 0.5 }) },
    { name: "gaussianNoise", input: [5], make: (l) => l.gaussianNoise({ stddev: 0.1 }) },
    { name: "gaussianDropout", input: [5], make: (l) => l.gaussianDropout({ rate: 0.5 }) },
    { name: "alphaDropout", input: [5], make: (l) => l.alphaDropout({ rate: 0.5 }) },
  ],
  Merging: [
    ...(["add", "average", "concatenate", "maximum", "minimum", "multiply"] as const).map((name) => ({
      name,
      input: [5],
      inputs: 2,
      make: (l: Layers) => l[name](),
    })),
    { name: "dot", input: [5], inputs: 2, make: (l) => l.dot({ axes: 1 }) },
    { name: "dot, on sequences", input: SEQUENCE, inputs: 2, make: (l) => l.dot({ axes: 2 }) },
  ],
  Recurrent: [
    ...(["simpleRNN", "gru", "lstm"] as const).flatMap((name) => [
      { name, input: SEQUENCE, make: (l: Layers) => l[name]({ units: 3 }) },
      {
        name: `${name}, dropout and sequences`,
        input: SEQUENCE,
        make: (l: Layers) =>
          l[name]({ units: 3, dropout: 0.2, recurrentDropout: 0.2, returnSequences: true }),
      },
    ]),
    {
      name: "rnn of stackedRNNCells",
      input: SEQUENCE,
      make: (l) => {
        const cells = [l.simpleRNNCell({ units: 3 }), l.gruCell({ units: 3 }), l.lstmCell({ units: 3 })];
        return l.rnn({ cell: l.stackedRNNCells({ cells }) });
      },
    },
    {
      name: "bidirectional",
      input: SEQUENCE,
      make: (l) => l.bidirectional({ layer: l.lstm({ units: 3 }), mergeMode: "concat" }),
    },
    {
      name: "timeDistributed",
      input: SEQUENCE,
      make: (l) => l.timeDistributed({ layer: l.dense({ units: 3 }) }),
    },
    {
      name: "timeDistributed, of conv2d",
      input: [3, ...IMAGE],
      make: (l) => l.timeDistributed({ layer: l.conv2d({ filters: 2, kernelSize: 3 }) }),
    },
    {
      name: "convLstm2d",
      input: [3, ...IMAGE],
      make: (l) => l.convLstm2d({ filters: 2, kernelSize: 3, dataFormat: "channelsLast" }),
    },
    {
      name: "convLstm2d, same padding and sequences",
      input: [3, ...IMAGE],
      make: (l) => l.convLstm2d({ filters: 2, kernelSize: 3, padding: "same", returnSequences: true }),
    },
  ],
  Preprocessing: [
    { name: "rescaling", input: IMAGE, first: true, make: (l) => l.rescaling({ scale: 0.5, offset: 1 }) },
    { name: "centerCrop", input: IMAGE, first: true, make: (l) => l.centerCrop({ height: 4, width: 4 }) },
    { name: "resizing", input: IMAGE, first: true, make: (l) => l.resizing({ height: 5, width: 5 }) },
    {
      name: "randomWidth",
      input: IMAGE,
      first: true,
      make: (l) => l.randomWidth({ factor: 0.5 }),
      next: (l) => l.globalAveragePooling2d({}),
    },
    ...[5, 6].map((length) => ({
      name: `categoryEncoding, ${length === 5 ? "as many tokens as inputs" : "other"}`,
      input: [length],
      classes: 5,
      make: (l: Layers) => l.categoryEncoding({ numTokens: 5, outputMode: "multiHot" }),
    })),
  ],
};

/**
 * Names in tf.layers that are no layers of their own: base classes, aliases, and cells, which are trained in their
 * layer.
 */
export const NOT_CASES = [
  ...["Layer", "RNN", "RNNCell", "input", "inputLayer"],
  ...["avgPool1d", "avgPool2d", "avgPool3d", "avgPooling1d", "avgPooling2d", "avgPooling3d"],
  ...["globalMaxPool1d", "globalMaxPool2d", "maxPool1d", "maxPool2d"],
  ...["simpleRNNCell", "gruCell", "lstmCell", "stackedRNNCells", "rnn", "convLstm2dCell"],
];
