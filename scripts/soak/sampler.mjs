import { appendFileSync, readdirSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Loaded before the coordinator: writes down what it holds after a garbage collection, and its open files.

if (isMainThread && process.env.BELAY_SOAK_SAMPLES) {
  const file = process.env.BELAY_SOAK_SAMPLES;
  delete process.env.BELAY_SOAK_SAMPLES; // the hosts are other processes
  setInterval(async () => {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve)); // array buffers are freed on the next turn
    globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    const files = readdirSync("/proc/self/fd").length;
    appendFileSync(file, `${JSON.stringify({ rss, heapUsed, external, files })}\n`);
  }, 1_000).unref();
}
