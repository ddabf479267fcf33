import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { entryUrl } from "../../core/entry-url.ts";
import { pinNative } from "../../tensorflow/load.ts";
import type { ThreadBoot } from "../protocol.ts";
import type { Trainer, TrainerListeners } from "./trainer.ts";

/** V8's heap limit is well above the trial's memory limit, so that the guard ends the trial before V8 aborts. */
const HEAP_FACTOR = 1.25;
const HEAP_MARGIN_MB = 256;

/**
 * Starts a worker_thread that trains, with a private port, so that messages of the study are not mistaken for Belay's.
 */
export function threadTrainer(given: Omit<ThreadBoot, "port">, listeners: TrainerListeners): Trainer {
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
  /** Passes on at once the messages that the thread has posted and that are still unread. */
  const deliverPosted = (): void => {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      listeners.message(next.message);
  };
  port.on("message", listeners.message);
  worker.on("error", (error) => {
    deliverPosted(); // an error overtakes messages that were posted before it, such as the start of its split
    listeners.error(error);
  });
  worker.on("exit", listeners.exit);
  return {
    post: (message) => port.postMessage(message),
    terminate: () => worker.terminate(),
    drain() {
      deliverPosted();
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
