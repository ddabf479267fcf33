// The process in which final-score.mjs trains: in a worker thread, as trials do.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { withSeed } from "../dist/index.js";
import { loadBackend, pinNative } from "../dist/tensorflow/load.js";

if (isMainThread) {
  const work = JSON.parse(process.argv[2] ?? "{}");
  if (work.backend) pinNative(work.backend);
  new Worker(new URL(import.meta.url), { workerData: work }).once("message", print);
} else {
  const { file, backend, seed, params } = workerData;
  const { scoreHeldOut } = await import(file);
  const tf = backend ? await loadBackend(backend) : undefined;
  parentPort?.postMessage(await withSeed(seed, () => scoreHeldOut({ tf, params })));
}

/** @param {{ what: string, scores: Record<string, number> }} held What `scoreHeldOut` returns. */
function print({ what, scores }) {
  console.log(`${what}:`);
  for (const [name, score] of Object.entries(scores)) console.log(`  ${score.toFixed(3)}  ${name}`);
}
