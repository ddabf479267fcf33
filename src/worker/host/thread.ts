import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { pinNative } from "../../tensorflow/load.ts";
import { entryUrl } from "../entry-url.ts";
import type { ThreadBoot, ToThread } from "../protocol.ts";

/** The guard, not V8, should be the one to end a trial: V8's limit stands well above the trial's own. */
const HEAP_FACTOR = 1.25;
const HEAP_MARGIN_MB = 256;

/** Starts the worker_thread that trains, with a port of its own: what the study posts cannot be mistaken for ours. */
export function startThread(given: Omit<ThreadBoot, "port">, hear: (message: unknown) => void) {
  const { boot, ownProcess } = given;
  if (ownProcess && boot.backend) pinNative(boot.backend);
  const channel = new MessageChannel();
  const threadBoot: ThreadBoot = { ...given, port: channel.port2 };
  const heapMb =
    boot.memoryBytes === null ? null : Math.ceil((boot.memoryBytes / 2 ** 20) * HEAP_FACTOR) + HEAP_MARGIN_MB;
  const worker = new Worker(entryUrl(import.meta.url, "../thread/entry"), {
    workerData: threadBoot,
    transferList: [channel.port2],
    stdout: true,
    stderr: true,
    ...(heapMb ? { resourceLimits: { maxOldGenerationSizeMb: heapMb } } : {}),
  });
  channel.port1.on("message", hear);
  return {
    worker,
    post: (message: ToThread) => channel.port1.postMessage(message),
    /** Hears what the thread sent before its end and nobody has read yet. */
    drain: () => {
      for (let next = receiveMessageOnPort(channel.port1); next; next = receiveMessageOnPort(channel.port1))
        hear(next.message);
      channel.port1.close();
    },
  };
}
