import type { Tensor } from "@tensorflow/tfjs";
import { BelayError } from "../core/error.ts";
import type { TensorFlow } from "./namespace.ts";

/**
 * The number of undisposed tensors, variables included, and the bytes that TensorFlow.js counts for them. Shows leaks,
 * not the process's memory.
 */
export interface TensorMemory {
  readonly tensors: number;
  readonly tensorBytes: number;
}

/** Counts the undisposed tensors of this thread. */
export function tensorMemory(tf: TensorFlow): TensorMemory {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, tensorBytes: numBytes };
}

/** A point in the sequence of a thread's tensors: the highest id that was assigned by then. */
export interface TensorMark {
  readonly tensorId: number;
}

/**
 * Marks the current point, for `disposeSince`. The first mark in a thread starts to track tensors, so take it before
 * the study's own code runs, or at least before the first tensor that is to be disposed.
 */
export function markTensors(tf: TensorFlow): TensorMark {
  return { tensorId: ledgerOf(tf).newestId };
}

/**
 * Disposes every tensor that was created since the mark: also kept ones, variables, optimizer moments and what a
 * gradient saved before it threw. Tensors from before the mark stay, even variables that were assigned to since. A
 * scope of the engine (`tf.tidy`) cannot do this: it leaves variables and kept tensors, and does not extend over an
 * await.
 *
 * @returns how many were disposed.
 */
export function disposeSince(tf: TensorFlow, mark: TensorMark): number {
  const { live } = ledgerOf(tf);
  let disposed = 0;
  for (const [id, tensor] of live) {
    if (id <= mark.tensorId) continue;
    tensor.dispose();
    live.delete(id);
    disposed++;
  }
  return disposed;
}

interface Ledger {
  readonly live: Map<number, Tensor>;
  newestId: number;
}

/**
 * The two methods of the tfjs engine that are called for every tensor, on creation and on disposal; its public type
 * lacks them.
 */
interface Tracker {
  trackTensor(tensor: Tensor, backend: unknown): void;
  disposeTensor(tensor: Tensor): void;
}

const ledgers = new WeakMap<object, Ledger>();

function ledgerOf(tf: TensorFlow): Ledger {
  const engine: object = tf.engine();
  const known = ledgers.get(engine);
  if (known) return known;
  const ledger = keepLedger(engine as Tracker);
  ledgers.set(engine, ledger);
  return ledger;
}

function keepLedger(engine: Tracker): Ledger {
  if (typeof engine.trackTensor !== "function" || typeof engine.disposeTensor !== "function") {
    throw new BelayError(
      "backend",
      "tensors: expected an engine of TensorFlow.js 4 (trackTensor, disposeTensor)",
    );
  }
  const ledger: Ledger = { live: new Map(), newestId: -1 };
  const track = engine.trackTensor.bind(engine);
  const dispose = engine.disposeTensor.bind(engine);
  engine.trackTensor = (tensor, backend) => {
    track(tensor, backend);
    ledger.live.set(tensor.id, tensor);
    // A variable is tracked again, under its first id, whenever it is assigned to.
    if (tensor.id > ledger.newestId) ledger.newestId = tensor.id;
  };
  engine.disposeTensor = (tensor) => {
    dispose(tensor);
    ledger.live.delete(tensor.id);
  };
  return ledger;
}
