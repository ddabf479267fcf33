import { after } from "../../core/timer.ts";
import { type CurrentTrial, endSoon, failSetup, type Host, hostNow, showBeacon } from "./host.ts";
import { endAtOnce, guardTrial } from "./trial.ts";

/** How often a host looks at its clocks and its memory; and at a deadline that comes before the next look. */
export const WATCH_MS = 25;

/** One look at the clocks and the memory of a host. */
export function watch(host: Host): void {
  const reading = host.memory.sample();
  if (reading instanceof Promise) void reading.then(() => look(host));
  else look(host);
}

/** A look that goes by the last reading of the memory. */
export function look(host: Host): void {
  const now = hostNow(host);
  showBeacon(host, now);
  const waitMs = (host.clocks.next()?.at ?? Number.POSITIVE_INFINITY) - now;
  if (waitMs > 0 && waitMs < WATCH_MS) after(Math.ceil(waitMs), () => watch(host));
  const missed = host.clocks.missed(now);
  const { trial } = host;
  if (missed?.reason === "setup-timeout") setupHung(host, missed.limitMs);
  else if (missed?.reason === "cleanup-timeout") cleanupHung(host);
  else if (trial && !trial.told) {
    if (missed) guardTrial(host, trial, missed.reason, { limit: missed.limitMs, seen: missed.elapsedMs });
    watchMemory(host, trial);
  }
}

function watchMemory(host: Host, trial: CurrentTrial): void {
  const limit = trial.limits.memoryBytes;
  const seen = host.memory.now.rssBytes ?? 0;
  if (limit === null || seen <= limit) return;
  // Also in its grace a trial may not grow over its limit; the first reason stays.
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

/** The result stands; a slot must not wait for ever. */
function cleanupHung(host: Host): void {
  if (host.parts.ownProcess) endSoon(host);
  else host.trainer.terminate();
}
