import v8 from "node:v8";
import vm from "node:vm";
import { disposeSince, markTensors, type TensorMark, tensorMemory } from "../../tensorflow/memory.ts";
import type { TensorFlow } from "../../tensorflow/namespace.ts";
import { markTensorFlow, restoreTensorFlow, type TensorFlowState } from "../../tensorflow/state.ts";
import type { IsolateMemory } from "../protocol.ts";
import { addedGlobals, changedGlobals, type GlobalsMark, markGlobals } from "./globals.ts";
import { changedThread, markThread, restoreListeners, type ThreadState } from "./thread-state.ts";
import { noteUnreferenced, type Unreferenced } from "./unreferenced.ts";

/** What the worker was like before its first trial: later trials are brought back to it. */
export interface WorkerMark {
  readonly tensors: TensorMark | null;
  readonly tensorFlow: TensorFlowState | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly rssBytes: number;
  readonly globals: GlobalsMark;
  readonly thread: ThreadState;
  /** What may call back later, by kind. */
  readonly pending: ReadonlyMap<string, number>;
}

const AGREE_BYTES = 1_000_000;
const SKIP_BELOW_BYTES = 16_000_000;
const MAX_PASSES = 3;
/** What is on its way to its end (a connection that closes) has these looks to be gone. */
const PATIENT_LOOKS = 5;
const PATIENT_MS = 5;

v8.setFlagsFromString("--expose-gc");
// Taken now: a trial may put its own in their places.
const { rss } = process.memoryUsage;
const usage = process.memoryUsage.bind(process);
const heap = v8.getHeapStatistics.bind(v8);
const later = setImmediate;
const soon = setTimeout;
const resources = process.getActiveResourcesInfo.bind(process);
const keysOf = Reflect.ownKeys;
const collect = vm.runInNewContext("gc") as () => void;

let unreferenced: Unreferenced | null = null;

/** To be called before the study's own code runs: what it leaves behind without a reference cannot be found later. */
export function prepareCleanup(): void {
  unreferenced ??= noteUnreferenced();
}

/** Taken once `data` and `splits` have run: what they made stays. */
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
 * After a trial, once its result is sent: tensors, environment, listeners, what TensorFlow is set to, and up to three
 * passes of the garbage collector. Returns what could not be put back.
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
    // A first pass proves nothing: what it found is given back by another thread of V8, late on a busy machine, and the
    // next pass begins by waiting for that.
    if (pass > 0 && Math.abs(before - after) < AGREE_BYTES) return;
    before = after;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => later(resolve));
}

/** What the trial has left behind in this thread; a thread with leftovers is not used again. */
export async function findDirt(mark: WorkerMark): Promise<string[]> {
  await nextTurn(); // what ends with the trial has ended by then
  let dirt = stillPending(mark);
  for (let look = 0; dirt.length > 0 && look < PATIENT_LOOKS; look++) {
    await new Promise((resolve) => soon(resolve, PATIENT_MS));
    await nextTurn();
    dirt = stillPending(mark);
  }
  dirt.push(...changedThread(mark.thread));
  const changed = changedGlobals(mark.globals);
  if (changed.length > 0) dirt.push(`${changed.slice(0, 3).join(", ")} replaced`);
  const added = addedGlobals(mark.globals);
  if (added.length > 0) dirt.push(`${added.slice(0, 3).join(", ")} added`);
  return dirt;
}

function stillPending({ pending }: WorkerMark): string[] {
  const dirt: string[] = [];
  for (const [kind, count] of countPending()) {
    const more = count - (pending.get(kind) ?? 0);
    if (more > 0) dirt.push(`${more} ${kind}`);
  }
  return dirt;
}

/** Not counted: our own port, and output on its way. */
const PASSING = new Set(["MessagePort", "TickObject"]);

/** What may call back later, with a reference or without. */
function countPending(): Map<string, number> {
  const counts = unreferenced?.count() ?? new Map<string, number>();
  for (const kind of resources()) {
    if (!PASSING.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function restoreEnvironment(environment: NodeJS.ProcessEnv): void {
  // All that it holds is enumerable, which `Object.keys` would ask for each name.
  const { env } = process;
  for (const name of keysOf(env) as string[]) {
    if (!(name in environment)) delete env[name];
  }
  for (const [name, value] of Object.entries(environment)) {
    if (env[name] !== value) env[name] = value;
  }
}

/** What only this isolate knows of its memory; null where that cannot be read now. */
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

/** Node opens a file to read RSS along with it: a trial may have used up all that its process may have. */
function readUsage(): { heapUsed: number; external: number; arrayBuffers: number | null } {
  try {
    return usage();
  } catch {
    const { used_heap_size: heapUsed, external_memory: external } = heap();
    return { heapUsed, external, arrayBuffers: null };
  }
}
