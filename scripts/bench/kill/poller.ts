import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";

// Notices when processes have ended. It runs in a thread of its own, so that the busy main thread cannot delay it.

const pids = new Map<number, number>();
const now = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return "ZX".includes(stat[stat.lastIndexOf(")") + 2]!);
  } catch {
    return true;
  }
}

parentPort!.on("message", ({ number, pid }) => pids.set(number, pid));
setInterval(() => {
  for (const [number, pid] of pids) {
    if (!isGone(pid)) continue;
    pids.delete(number);
    parentPort!.postMessage({ number, at: now() });
  }
}, 2);
