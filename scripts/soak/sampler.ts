import { appendFileSync, readdirSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Loaded before the coordinator: writes down every second how much memory it holds after a garbage collection, and how
// many files it has open. It imports no file of Belay, because it is built by itself.

/** One sample, written each second as a line of JSON. */
export interface Sample {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly files: number;
}

if (isMainThread && process.env.BELAY_SOAK_SAMPLES) {
  const file = process.env.BELAY_SOAK_SAMPLES;
  delete process.env.BELAY_SOAK_SAMPLES; // Hosts must not inherit it.
  setInterval(async () => {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve)); // Array buffers are freed on the next turn of the event loop.
    globalThis.gc!();
    const { rss, heapUsed, external } = process.memoryUsage();
    const sample: Sample = { rss, heapUsed, external, files: readdirSync("/proc/self/fd").length };
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
  }, 1_000).unref();
}
