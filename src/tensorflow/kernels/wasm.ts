import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorFlow } from "../namespace.ts";

/** The arguments of a kernel that are used here; `Inputs` and `Attrs` belong to the op. */
export interface KernelCall<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: BackendWasm;
}

/** Creates an entry for the kernel registry, whose own type does not name the inputs of a kernel. */
export function wasmKernel<Inputs, Attrs>(
  kernelName: string,
  run: (call: KernelCall<Inputs, Attrs>) => TensorInfo,
): KernelConfig {
  return { kernelName, backendName: "wasm", kernelFunc: run as unknown as KernelConfig["kernelFunc"] };
}

/** Runs another kernel of the wasm backend and returns its one output, which the caller must release. */
export function runKernel(
  tf: TensorFlow,
  backend: BackendWasm,
  kernelName: string,
  inputs: Record<string, TensorInfo>,
  attrs: object,
): TensorInfo {
  const kernel = tf.getKernel(kernelName, "wasm");
  if (!kernel) throw new Error(`Kernel '${kernelName}' not registered for backend 'wasm'`);
  const output = kernel.kernelFunc({ inputs, attrs: { ...attrs }, backend });
  return Array.isArray(output) ? output[0]! : output;
}

/**
 * A view of a tensor's numbers in linear memory. It is valid only until the next output is created: memory may move.
 */
export function view(backend: BackendWasm, tensor: TensorInfo): Float32Array | Int32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array | Int32Array;
}
