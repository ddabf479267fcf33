import type { TensorFlow } from "./namespace.ts";

/** The global settings of TensorFlow.js that a trial may change. */
export interface TensorFlowState {
  readonly backend: string;
  readonly flags: ReadonlyMap<string, Flag>;
  readonly kernels: ReadonlyMap<string, unknown>;
  /** The methods of `Tensor.prototype`. */
  readonly methods: ReadonlyMap<string, unknown>;
  readonly scopes: number;
}

type Flag = number | boolean | string;

/**
 * The flags of tfjs: those that were set or read so far, and the registry that computes the others. Not in its public
 * type.
 */
interface Flags {
  readonly flags: Record<string, Flag>;
  readonly flagRegistry: Readonly<Record<string, unknown>>;
  evaluateFlag(name: string): Flag | Promise<Flag>;
  set(name: string, value: Flag): void;
}

interface Scopes {
  readonly state: { readonly scopeStack: readonly unknown[] };
  endScope(): void;
}

/** Records the current settings. */
export function markTensorFlow(tf: TensorFlow): TensorFlowState {
  const backend = tf.getBackend();
  return {
    backend,
    flags: new Map(Object.entries(flagsOf(tf).flags)),
    kernels: kernelsOf(tf, backend),
    methods: methodsOf(tf),
    scopes: scopesOf(tf).state.scopeStack.length,
  };
}

/**
 * Restores the backend and the flags (debug mode, production mode), and closes scopes that were left open.
 *
 * @returns what could not be restored.
 */
export async function restoreTensorFlow(tf: TensorFlow, mark: TensorFlowState): Promise<string[]> {
  const left: string[] = [];
  const engine = scopesOf(tf);
  while (engine.state.scopeStack.length > mark.scopes) engine.endScope();
  restoreFlags(flagsOf(tf), mark.flags);
  if (tf.getBackend() !== mark.backend && !(await setBackend(tf, mark.backend)))
    left.push(`backend ${tf.getBackend()} instead of ${mark.backend}`);
  const kernels = kernelsOf(tf, mark.backend);
  for (const [name, run] of mark.kernels)
    if (kernels.get(name) !== run) left.push(`kernel ${name} of ${mark.backend} replaced`);
  const methods = methodsOf(tf);
  for (const [name, run] of mark.methods)
    if (methods.get(name) !== run) left.push(`Tensor.prototype.${name} replaced`);
  return left;
}

/** Restores flags. A flag that had no value at the mark gets the one that its registry computes. */
function restoreFlags(table: Flags, mark: TensorFlowState["flags"]): void {
  for (const name of new Set([...Object.keys(table.flags), ...mark.keys()])) {
    const was = mark.get(name) ?? ownValue(table, name);
    if (was !== undefined && table.flags[name] !== was) table.set(name, was);
  }
}

function ownValue(table: Flags, name: string): Flag | undefined {
  if (!(name in table.flagRegistry)) return undefined;
  const value = table.evaluateFlag(name);
  return value instanceof Promise ? undefined : value;
}

async function setBackend(tf: TensorFlow, backend: string): Promise<boolean> {
  try {
    return await tf.setBackend(backend);
  } catch {
    return false; // the backend was removed
  }
}

function kernelsOf(tf: TensorFlow, backend: string): Map<string, unknown> {
  return new Map(
    tf.getKernelsForBackend(backend).map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]),
  );
}

function methodsOf(tf: TensorFlow): Map<string, unknown> {
  const { prototype } = tf.Tensor;
  const own = Object.getOwnPropertyDescriptors(prototype);
  return new Map(Object.entries(own).map(([name, { value, get }]) => [name, value ?? get]));
}

function flagsOf(tf: TensorFlow): Flags {
  return tf.env() as unknown as Flags;
}

function scopesOf(tf: TensorFlow): Scopes {
  return tf.engine() as unknown as Scopes;
}
