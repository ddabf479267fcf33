import { after } from "../../core/timer.ts";
import { type CurrentTrial, endSoon, failSetup, type Host, hostNow, updateBeacon } from "./host.ts";
import { endAtOnce, guardTrial } from "./trial.ts";

/** How often a host checks its clocks and its memory. It also does so at each deadline in between. */
export const WATCH_MS = 25;

/** Reads the memory of a host, then checks its clocks and memory. */
export function watch(host: Host): void {
  const reading = host.memory.sample();
  if (reading instanceof Promise) void reading.then(() => look(host));
  else look(host);
}

/** Checks the clocks of a host, and the last reading of its memory. */
export function look(host: Host): void {
  const now = hostNow(host);
  updateBeacon(host, now);
  const waitMs = (host.clocks.next()?.at ?? Number.POSITIVE_INFINITY) - now;
  if (waitMs > 0 && waitMs < WATCH_MS) after(Math.ceil(waitMs), () => watch(host));
  const missed = host.clocks.missed(now);
  const { trial } = host;
  if (missed?.reason === "setup-timeout") setupHung(host, missed.limitMs);
  else if (missed?.reason === "cleanup-timeout") cleanupHung(host);
  else if (trial && !trial.hasOutcome) {
    if (missed) guardTrial(host, trial, missed.reason, { limit: missed.limitMs, seen: missed.elapsedMs });
    watchMemory(host, trial);
  }
}

function watchMemory(host: Host, trial: CurrentTrial): void {
  const limit = trial.limits.memoryBytes;
  const seen = host.memory.now.rssBytes ?? 0;
  if (limit === null || seen <= limit) return;
  // The memory limit holds during the grace, too; the trial keeps the first reason then.
  if (trial.decided) endAtOnce(host, trial);
  else guardTrial(host, trial, "memory-limit", { limit, seen });
}

const AWAITED = {
  backend: "the backend to load",
  import: "the file to load",
  data: "`data` to end",
  splits: "`splits` to end",
} as const;

function setupHung(host: Host, limitMs: number): void {
  const message = `expected ${AWAITED[host.setup.phase]} within ${limitMs / 1000} s, and it did not`;
  failSetup(host, { name: "Timeout", message, stack: null }, "setup");
}

/** Ends a host whose cleanup takes too long. The outcome of its trial stands. */
function cleanupHung(host: Host): void {
  if (host.parts.ownProcess) endSoon(host);
  else host.trainer.terminate();
}
