// The last step of npm start, in a process of its own: trains the digits network with the best params on all rows of
// the study, in a worker thread as trials do, and prints how it does on digits that no split has seen.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { withSeed } from "../dist/index.js";
import { loadBackend, pinNative } from "../dist/tensorflow/load.js";

if (isMainThread) {
  const work = JSON.parse(process.argv[2] ?? "{}");
  pinNative(work.backend);
  const worker = new Worker(new URL(import.meta.url), { workerData: work });
  worker.once("message", print);
} else {
  const { bundle, backend, params, seed } = workerData;
  const { scoreHeldOut } = await import(bundle);
  const tf = await loadBackend(backend);
  parentPort?.postMessage(await withSeed(seed, () => scoreHeldOut({ tf, params })));
}

/**
 * @param {{ accuracy: number, images: number, rows: number,
 *   naive: { sameDigitAlways: number, nearestAverageImage: number } }} score
 */
function print({ accuracy, images, rows, naive }) {
  console.log(`
trained once more on all ${rows} digits of the study, scored on ${images} that no split has seen:
  ${accuracy.toFixed(3)}  this network
  ${naive.nearestAverageImage.toFixed(3)}  naive: the digit whose average image is nearest
  ${naive.sameDigitAlways.toFixed(3)}  naive: always the same digit`);
}
