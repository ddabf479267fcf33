import type { Tensor } from "@tensorflow/tfjs";
import { BelayError } from "../core/error.ts";
import type { TensorFlow } from "./namespace.ts";

/** Undisposed tensors (variables included), and what they say they hold; useful to find leaks, not to bound memory. */
export interface TensorMemory {
  readonly tensors: number;
  readonly tensorBytes: number;
}

/** Counts the tensors that live in this thread. */
export function tensorMemory(tf: TensorFlow): TensorMemory {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, tensorBytes: numBytes };
}

/** A moment in the life of a thread's tensors: the highest id that had been given by then. */
export interface TensorMark {
  readonly tensorId: number;
}

/**
 * Remembers this moment, for `disposeSince`. The first mark in a thread starts the bookkeeping: to be taken before a
 * study's own code runs, or at least before the first tensor that is to be disposed.
 */
export function markTensors(tf: TensorFlow): TensorMark {
  return { tensorId: ledgerOf(tf).newestId };
}

/**
 * Disposes every tensor that was created since the mark and still lives: kept ones, variables, optimizer moments and
 * what a gradient saved before it threw. Those from before the mark stay, also when they were assigned to since.
 * Returns how many were disposed. (A scope of the engine cannot do this: it neither covers variables and kept
 * tensors, nor lasts over an await.)
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

/** The two methods of tfjs' engine that every tensor passes, at its birth and at its end; not in its public type. */
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
    // A variable that is assigned to is tracked again, under the id that it was born with.
    if (tensor.id > ledger.newestId) ledger.newestId = tensor.id;
  };
  engine.disposeTensor = (tensor) => {
    dispose(tensor);
    ledger.live.delete(tensor.id);
  };
  return ledger;
}
