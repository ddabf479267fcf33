import { pbkdf2Sync } from "node:crypto";
import { type BackendChoice, defineStudy, float, int } from "belay";

// Short TensorFlow trials, of which one in ten misbehaves; the trial's number decides whether and how.

/** The part of the context of `train` that is used here. */
interface Context {
  readonly tf: typeof import("@tensorflow/tfjs");
  readonly params: { readonly learningRate: number; readonly units: number };
  readonly seed: number;
}

const hold: unknown[] = [];
const ways: Readonly<Record<string, (context: Context) => number | Promise<number>>> = {
  "js loop": () => {
    for (;;);
  },
  "native call": () => pbkdf2Sync("a", "b", 400_000_000, 64, "sha512").length,
  "arrays without end": () => {
    const held: Uint8Array[] = [];
    for (;;) held.push(new Uint8Array(8e6).fill(1));
  },
  exit: () => process.exit(0),
  "throw null": () => {
    throw null;
  },
  "not a number": () => Number.NaN,
  segfault: () => {
    process.kill(process.pid, "SIGSEGV");
    for (;;);
  },
  "unhandled rejection": () => {
    void Promise.reject(new Error("nobody handles me"));
    return new Promise(() => {});
  },
  "leaked timer": () => {
    setInterval(() => hold.push(1), 1);
    return 1;
  },
  "tensors left": ({ tf }) => {
    hold.push(tf.ones([100, 100]));
    tf.keep(tf.ones([100, 100]));
    return 1;
  },
};

async function learn({ tf, params, seed }: Context): Promise<number> {
  const xs = tf.randomUniform([64, 4], -1, 1, "float32", seed);
  const ys = xs.sum(1, true);
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: params.units, inputShape: [4], activation: "relu" }));
  model.add(tf.layers.dense({ units: 1 }));
  model.compile({ optimizer: tf.train.adam(params.learningRate), loss: "meanSquaredError" });
  const { history } = await model.fit(xs, ys, { epochs: 2, batchSize: 32, verbose: 0 });
  return Number(history.loss!.at(-1));
}

/** How trial `number` misbehaves; null if it does not. */
export function wayOf(number: number): string | null {
  const names = Object.keys(ways);
  return number % 10 === 9 ? names[Math.floor(number / 10) % names.length]! : null;
}

export default defineStudy({
  name: "soak",
  direction: "minimize",
  backend: (process.env.BELAY_SOAK_BACKEND ?? "auto") as BackendChoice,
  space: { learningRate: float(1e-4, 1e-1, { log: true }), units: int(2, 16) },
  train: (context) => {
    const way = wayOf(context.trial.number);
    return way ? ways[way]!(context) : learn(context);
  },
});
