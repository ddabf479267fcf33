import { execFile } from "node:child_process";

/**
 * The age at which a reading is renewed; one serves all slots, since starting nvidia-smi takes 20 to 100 ms or more.
 */
const INTERVAL_MS = 2_000;
const TIMEOUT_MS = 5_000;
const QUERY = ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"];

/**
 * Reads the GPU memory of each process from `nvidia-smi`. Null until the first answer, and always without that command.
 */
export function gpuMeter(command = "nvidia-smi") {
  let last: ReadonlyMap<number, number> | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  const refresh = async (): Promise<void> => {
    const text = await run(command);
    last = text === null ? null : parseGpuProcesses(text);
    reading = null;
  };
  return {
    /** Returns the last reading at once; starts a new one in the background if that is older than 2 s. */
    async read(now = performance.now()): Promise<ReadonlyMap<number, number> | null> {
      if (!reading && now - readAt >= INTERVAL_MS) {
        readAt = now;
        reading = refresh();
      }
      return last;
    },
    /** Resolves when no reading is in progress. */
    settled: async (): Promise<void> => (await reading) ?? undefined,
  };
}

/**
 * Parses lines of `pid, MiB`. A process on several GPUs has several lines; lines without numbers (`[N/A]`) are skipped.
 */
export function parseGpuProcesses(text: string): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const line of text.split("\n")) {
    const [pid, mebibytes] = line.split(",").map((field) => Number(field.trim() || Number.NaN));
    if (pid === undefined || mebibytes === undefined || !(pid > 0) || !(mebibytes >= 0)) continue;
    bytes.set(pid, (bytes.get(pid) ?? 0) + mebibytes * 2 ** 20);
  }
  return bytes;
}

function run(command: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, QUERY, { timeout: TIMEOUT_MS, killSignal: "SIGKILL" }, (error, stdout) =>
      resolve(error ? null : stdout),
    );
  });
}
