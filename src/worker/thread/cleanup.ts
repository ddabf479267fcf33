import v8 from "node:v8";
import vm from "node:vm";
import type { TensorFlow } from "../../tensorflow/load.ts";
import { disposeSince, markTensors, type TensorMark, tensorMemory } from "../../tensorflow/memory.ts";
import type { IsolateMemory } from "../protocol.ts";

/** What the worker was like before its first trial: later trials are brought back to it. */
export interface WorkerMark {
  readonly tensors: TensorMark | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly rssBytes: number;
}

const AGREE_BYTES = 1_000_000;
const SKIP_BELOW_BYTES = 16_000_000;
const MAX_PASSES = 3;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc") as () => void;

/** Taken once `data` and `splits` have run: what they made stays. */
export function markWorker(tf: TensorFlow | null): WorkerMark {
  return {
    tensors: tf ? markTensors(tf) : null,
    environment: { ...process.env },
    rssBytes: process.memoryUsage.rss(),
  };
}

/** Frees the tensors, variables and optimizer moments that a split left behind. */
export function releaseSplit(tf: TensorFlow | null, mark: WorkerMark): void {
  if (tf && mark.tensors) disposeSince(tf, mark.tensors);
}

/** After a trial, once its result is sent: tensors, environment, and up to three passes of the garbage collector. */
export async function cleanUp(tf: TensorFlow | null, mark: WorkerMark): Promise<void> {
  releaseSplit(tf, mark);
  restoreEnvironment(mark.environment);
  let before = process.memoryUsage.rss();
  if (before - mark.rssBytes < SKIP_BELOW_BYTES) return;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve)); // array buffers are freed on the next turn
    const after = process.memoryUsage.rss();
    if (Math.abs(before - after) < AGREE_BYTES) return;
    before = after;
  }
}

function restoreEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name];
  }
  for (const [name, value] of Object.entries(environment)) {
    if (process.env[name] !== value) process.env[name] = value;
  }
}

/** What only this isolate knows of its memory. */
export function isolateMemory(tf: TensorFlow | null): IsolateMemory {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { tensors, tensorBytes } = tf ? tensorMemory(tf) : { tensors: null, tensorBytes: null };
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    arrayBufferBytes: arrayBuffers,
    tensors,
    tensorBytes,
  };
}
