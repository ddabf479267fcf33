import { appendFileSync, readdirSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Loaded before the coordinator: writes down what it holds after a garbage collection, and its open files. It takes no
// file of Belay along, since it is built by itself.

/** What is written down each second, a line of JSON. */
export interface Sample {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly files: number;
}

if (isMainThread && process.env.BELAY_SOAK_SAMPLES) {
  const file = process.env.BELAY_SOAK_SAMPLES;
  delete process.env.BELAY_SOAK_SAMPLES; // The hosts are other processes.
  setInterval(async () => {
    globalThis.gc!();
    await new Promise((resolve) => setImmediate(resolve)); // Array buffers are freed on the next turn.
    globalThis.gc!();
    const { rss, heapUsed, external } = process.memoryUsage();
    const sample: Sample = { rss, heapUsed, external, files: readdirSync("/proc/self/fd").length };
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
  }, 1_000).unref();
}
