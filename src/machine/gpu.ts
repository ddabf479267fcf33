import { execFile } from "node:child_process";

/** One reading for all slots: starting nvidia-smi takes some 20 to 100 ms, and seldom much more. */
const INTERVAL_MS = 2_000;
const TIMEOUT_MS = 5_000;
const QUERY = ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"];

/** GPU memory by process as `nvidia-smi` tells it; null as long as nothing is known, for ever without the command. */
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
    /** The last reading; a new one is begun when that is older than 2 s, and nobody waits for it. */
    async read(now = performance.now()): Promise<ReadonlyMap<number, number> | null> {
      if (!reading && now - readAt >= INTERVAL_MS) {
        readAt = now;
        reading = refresh();
      }
      return last;
    },
    /** Settles when no reading is under way. */
    settled: async (): Promise<void> => (await reading) ?? undefined,
  };
}

/** Lines of `pid, MiB`; a process on several GPUs has several. Lines that are no numbers (`[N/A]`) are left out. */
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
