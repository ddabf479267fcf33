import type { Backend } from "../core/study.ts";

/** What `backendEnvironment` may spend. */
export interface EnvironmentOptions {
  /** Threads that native TensorFlow may use inside one op: the cores of the machine shared among its slots. */
  readonly threads: number;
  /** The GPU of this slot, in the words of CUDA_VISIBLE_DEVICES. @default whatever the machine shows */
  readonly gpu?: string | undefined;
}

/**
 * The environment variables that a process must be started with, so that a worker in it can load `backend`. They are
 * read when the process or the addon starts: setting `process.env` later has no effect. An empty object for a study
 * without TensorFlow (null).
 */
export function backendEnvironment(
  backend: Backend | null,
  { threads, gpu }: EnvironmentOptions,
): Readonly<Record<string, string>> {
  const share = String(Math.max(1, Math.floor(threads)));
  switch (backend) {
    case null:
    case "wasm": // one thread, and linear memory of its own, that malloc never sees
      return {};
    case "cpu":
      // Tensors are typed arrays: without these glibc keeps the small ones (260 MB -> 52 MB after a trial with them).
      return { MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };
    case "node":
      // The GPU package on a machine with a GPU would use it: "node" promises that it does not.
      return { ...native(share), CUDA_VISIBLE_DEVICES: "-1" };
    case "gpu":
      // Without growth the first process takes all the memory of the GPU, and the second slot gets none.
      return {
        ...native(share),
        TF_FORCE_GPU_ALLOW_GROWTH: "true",
        ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
      };
  }
}

// The malloc thresholds are left out on purpose: with them native tensors do not come back after dispose.
function native(threads: string): Record<string, string> {
  return {
    TF_CPP_MIN_LOG_LEVEL: "2", // warnings about CPU features and missing CUDA libraries would fill stderr
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: "1", // tfjs runs one op at a time
    OMP_NUM_THREADS: threads,
  };
}
