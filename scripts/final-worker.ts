// The process in which final-score.ts trains; the training runs in a worker_thread, as in trials.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Params } from "../src/core/space/space.ts";
import { withSeed } from "../src/index.ts";
import { loadBackend, pinNative } from "../src/tensorflow/load.ts";
import type { TensorFlow } from "../src/tensorflow/namespace.ts";
import type { BackendResolution } from "../src/tensorflow/resolve.ts";

/** The work that final-score.ts asks for. */
interface Work {
  readonly file: string;
  readonly backend: BackendResolution | null;
  readonly seed: number;
  readonly params: Params;
}
/** The result of the `scoreHeldOut` of a study file. */
interface HeldOut {
  readonly what: string;
  readonly scores: Readonly<Record<string, number>>;
}
type ScoreHeldOut = (context: {
  readonly tf: TensorFlow | undefined;
  readonly params: Params;
}) => Promise<HeldOut>;

if (isMainThread) {
  const work = JSON.parse(process.argv[2] ?? "{}") as Work;
  if (work.backend) pinNative(work.backend);
  new Worker(new URL(import.meta.url), { workerData: work }).once("message", print);
} else {
  const { file, backend, seed, params } = workerData as Work;
  const { scoreHeldOut } = (await import(file)) as { readonly scoreHeldOut: ScoreHeldOut };
  const tf = backend ? await loadBackend(backend) : undefined;
  parentPort?.postMessage(await withSeed(seed, () => scoreHeldOut({ tf, params })));
}

function print({ what, scores }: HeldOut): void {
  console.log(`${what}:`);
  for (const [name, score] of Object.entries(scores)) console.log(`  ${score.toFixed(3)}  ${name}`);
}
