import v8 from "node:v8";
import vm from "node:vm";
import { disposeSince, markTensors, type TensorMark, tensorMemory } from "../../tensorflow/memory.ts";
import type { TensorFlow } from "../../tensorflow/namespace.ts";
import { markTensorFlow, restoreTensorFlow, type TensorFlowState } from "../../tensorflow/state.ts";
import type { IsolateMemory } from "../protocol.ts";
import { addedGlobals, changedGlobals, type GlobalsMark, markGlobals } from "./globals.ts";
import { changedThread, markThread, restoreListeners, type ThreadState } from "./thread-state.ts";
import { trackUnreferenced, type Unreferenced } from "./unreferenced.ts";

/** The state of the thread before its first trial, which is restored after each trial. */
export interface WorkerMark {
  readonly tensors: TensorMark | null;
  readonly tensorFlow: TensorFlowState | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly rssBytes: number;
  readonly globals: GlobalsMark;
  readonly thread: ThreadState;
  /** The number of resources that may call back later, by kind. */
  readonly pending: ReadonlyMap<string, number>;
}

/** The passes of the garbage collector end when one changes RSS by less than this. */
const AGREE_BYTES = 1_000_000;
/** Garbage is not collected while RSS has grown by less than this since the mark. */
const SKIP_BELOW_BYTES = 16_000_000;
const MAX_PASSES = 3;
/**
 * How often, and at which interval, to look again for resources that may just be ending, such as a closing connection.
 */
const MOST_LOOKS = 5;
const LOOK_MS = 5;

v8.setFlagsFromString("--expose-gc");
// Kept from here on, because a trial may replace them.
const { rss } = process.memoryUsage;
const usage = process.memoryUsage.bind(process);
const heap = v8.getHeapStatistics.bind(v8);
const immediate = setImmediate;
const timeout = setTimeout;
const resources = process.getActiveResourcesInfo.bind(process);
const keysOf = Reflect.ownKeys;
const collect = vm.runInNewContext("gc") as () => void;

let unreferenced: Unreferenced | null = null;

/** Starts to track unreferenced resources. Call it before the study's own code runs: later they cannot be found. */
export function prepareCleanup(): void {
  unreferenced ??= trackUnreferenced();
}

/** Records the state of the thread after `data` and `splits` have run. What they have created stays. */
export function markWorker(tf: TensorFlow | null): WorkerMark {
  return {
    tensors: tf ? markTensors(tf) : null,
    environment: { ...process.env },
    rssBytes: rss(),
    tensorFlow: tf ? markTensorFlow(tf) : null,
    globals: markGlobals(),
    thread: markThread(),
    pending: countPending(),
  };
}

/** Frees the tensors, variables and optimizer moments that a split left behind. */
export function releaseSplit(tf: TensorFlow | null, mark: WorkerMark): void {
  if (tf && mark.tensors) disposeSince(tf, mark.tensors);
}

/**
 * Cleans up after a trial, when its outcome is sent: restores the settings of TensorFlow, disposes tensors, restores
 * the environment and listeners, and runs up to three passes of the garbage collector.
 *
 * @returns what could not be restored, in words.
 */
export async function cleanUp(tf: TensorFlow | null, mark: WorkerMark): Promise<string[]> {
  const left = tf && mark.tensorFlow ? await restoreTensorFlow(tf, mark.tensorFlow) : [];
  releaseSplit(tf, mark);
  restoreEnvironment(mark.environment);
  restoreListeners(mark.thread);
  await collectGarbage(mark.rssBytes);
  return left;
}

async function collectGarbage(firstBytes: number): Promise<void> {
  let before = rss();
  if (before - firstBytes < SKIP_BELOW_BYTES) return;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    collect();
    await nextTurn(); // array buffers are freed on the next turn
    const after = rss();
    // The first pass proves nothing: what it has found is freed by another thread of V8, late on a busy machine. The
    // next pass begins by waiting for that.
    if (pass > 0 && Math.abs(before - after) < AGREE_BYTES) return;
    before = after;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => immediate(resolve));
}

/** Finds what the trial has left behind in this thread, in words. A thread with leftovers is not used again. */
export async function findLeftovers(mark: WorkerMark): Promise<string[]> {
  await nextTurn(); // lets resources end that end with the trial
  let leftovers = stillPending(mark);
  for (let look = 0; leftovers.length > 0 && look < MOST_LOOKS; look++) {
    await new Promise((resolve) => timeout(resolve, LOOK_MS));
    await nextTurn();
    leftovers = stillPending(mark);
  }
  leftovers.push(...changedThread(mark.thread));
  const changed = changedGlobals(mark.globals);
  if (changed.length > 0) leftovers.push(`${changed.slice(0, 3).join(", ")} replaced`);
  const added = addedGlobals(mark.globals);
  if (added.length > 0) leftovers.push(`${added.slice(0, 3).join(", ")} added`);
  return leftovers;
}

function stillPending({ pending }: WorkerMark): string[] {
  const leftovers: string[] = [];
  for (const [kind, count] of countPending()) {
    const more = count - (pending.get(kind) ?? 0);
    if (more > 0) leftovers.push(`${more} ${kind}`);
  }
  return leftovers;
}

/** Kinds that are not counted: Belay's own port, and output that is being written. */
const IGNORED = new Set(["MessagePort", "TickObject"]);

/** Counts the resources that may call back later, whether they keep the process alive or not. */
function countPending(): Map<string, number> {
  const counts = unreferenced?.count() ?? new Map<string, number>();
  for (const kind of resources()) {
    if (!IGNORED.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function restoreEnvironment(environment: NodeJS.ProcessEnv): void {
  // `Reflect.ownKeys` is faster than `Object.keys`, which asks for each name whether it is enumerable; all are.
  const { env } = process;
  for (const name of keysOf(env) as string[]) {
    if (!(name in environment)) delete env[name];
  }
  for (const [name, value] of Object.entries(environment)) {
    if (env[name] !== value) env[name] = value;
  }
}

/** Reads the memory that only this thread can read; null where that fails. */
export function isolateMemory(tf: TensorFlow | null): IsolateMemory {
  const { heapUsed, external, arrayBuffers } = readUsage();
  const { tensors, tensorBytes } = tf ? tensorMemory(tf) : { tensors: null, tensorBytes: null };
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    arrayBufferBytes: arrayBuffers,
    tensors,
    tensorBytes,
  };
}

/** `process.memoryUsage` opens a file to read RSS, and fails if a trial has used up all file descriptors. */
function readUsage(): { heapUsed: number; external: number; arrayBuffers: number | null } {
  try {
    return usage();
  } catch {
    const { used_heap_size: heapUsed, external_memory: external } = heap();
    return { heapUsed, external, arrayBuffers: null };
  }
}
