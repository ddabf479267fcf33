import type { Backend } from "../core/study.ts";

/** The resources of one slot. */
export interface EnvironmentOptions {
  /** Threads that native TensorFlow may use inside one op: the slot's share of the machine's cores. */
  readonly threads: number;
  /** The GPU of this slot, in the syntax of CUDA_VISIBLE_DEVICES. @default all GPUs of the machine */
  readonly gpu?: string | undefined;
}

/**
 * The environment variables that a process must be started with, so that a worker in it can load `backend`. They are
 * read when the process or the addon starts: setting `process.env` later has no effect.
 *
 * @param backend - null for a study without TensorFlow, which needs no variables.
 */
export function backendEnvironment(
  backend: Backend | null,
  { threads, gpu }: EnvironmentOptions,
): Readonly<Record<string, string>> {
  const share = String(Math.max(1, Math.floor(threads)));
  switch (backend) {
    case null:
    case "wasm": // single-threaded, with a linear memory of its own that malloc does not manage
      return {};
    case "cpu":
      // Tensors are typed arrays. By default glibc keeps the memory of freed small ones: 260 MB after a trial, 52 MB
      // with these.
      return { MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };
    case "node":
      // On a machine with a GPU the GPU package would use it, but "node" promises to run on the CPU.
      return { ...native(share), CUDA_VISIBLE_DEVICES: "-1" };
    case "gpu":
      // Without growth the first process reserves all memory of the GPU, and the second slot gets none.
      return {
        ...native(share),
        TF_FORCE_GPU_ALLOW_GROWTH: "true",
        ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
      };
  }
}

// The malloc thresholds are left out on purpose: with them the memory of disposed native tensors is not given back.
function native(threads: string): Record<string, string> {
  return {
    TF_CPP_MIN_LOG_LEVEL: "2", // warnings about CPU features and missing CUDA libraries would fill stderr
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: "1", // tfjs runs one op at a time
    OMP_NUM_THREADS: threads,
  };
}
