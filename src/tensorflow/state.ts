import type { TensorFlow } from "./namespace.ts";

/** What TensorFlow.js is set to, beside its tensors. */
export interface TensorFlowState {
  readonly backend: string;
  readonly flags: ReadonlyMap<string, Flag>;
  readonly kernels: ReadonlyMap<string, unknown>;
  /** The methods of every tensor. */
  readonly methods: ReadonlyMap<string, unknown>;
  readonly scopes: number;
}

type Flag = number | boolean | string;

/** tfjs' table of flags: what was set or asked for, and how each is found when nobody has; not in its public type. */
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

/** Remembers it as it is now. */
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
 * Puts the backend and the flags back (debug mode, production mode), and closes the scopes that were left open.
 * Returns what could not be put back.
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

/** A flag that nobody had asked for goes back to what it is by itself. */
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
    return false; // it was removed
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
