import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { pinNative } from "../../tensorflow/load.ts";
import { entryUrl } from "../entry-url.ts";
import type { ThreadBoot } from "../protocol.ts";
import type { Trainer, TrainerEars } from "./trainer.ts";

/** The guard, not V8, should be the one to end a trial: V8's limit stands well above the trial's own. */
const HEAP_FACTOR = 1.25;
const HEAP_MARGIN_MB = 256;

/** A worker_thread that trains, with a port of its own: what the study posts cannot be mistaken for ours. */
export function threadTrainer(given: Omit<ThreadBoot, "port">, ears: TrainerEars): Trainer {
  const { boot, ownProcess } = given;
  if (ownProcess && boot.backend) pinNative(boot.backend);
  const { port1: port, port2: itsPort } = new MessageChannel();
  const threadBoot: ThreadBoot = { ...given, port: itsPort };
  const heapMb = boot.memoryBytes === null ? null : heapLimitMb(boot.memoryBytes);
  const worker = new Worker(entryUrl(import.meta.url, "../thread/entry"), {
    workerData: threadBoot,
    transferList: [itsPort],
    stdout: true,
    stderr: true,
    ...(heapMb ? { resourceLimits: { maxOldGenerationSizeMb: heapMb } } : {}),
  });
  /** Hears at once what the thread has posted and nobody has heard yet. */
  const hearPosted = (): void => {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      ears.message(next.message);
  };
  port.on("message", ears.message);
  worker.on("error", (error) => {
    hearPosted(); // an error overtakes what was posted before it: the split in which it was thrown, for one
    ears.error(error);
  });
  worker.on("exit", ears.exit);
  return {
    post: (message) => port.postMessage(message),
    terminate: () => void worker.terminate(),
    drain() {
      hearPosted();
      port.close();
    },
    output: [worker.stdout, worker.stderr],
    heapSnapshot: () => worker.getHeapSnapshot(),
    measureActivity() {
      const since = worker.performance.eventLoopUtilization();
      return () => worker.performance.eventLoopUtilization(since).utilization;
    },
  };
}

function heapLimitMb(memoryBytes: number): number {
  return Math.ceil((memoryBytes / 2 ** 20) * HEAP_FACTOR) + HEAP_MARGIN_MB;
}
