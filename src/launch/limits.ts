import { formatSize } from "../core/units.ts";
import { machineMemory } from "../machine/memory.ts";
import { checkReserve } from "../scheduler/changes.ts";
import type { Listen } from "./events.ts";
import { fixedSplitTimeout, type Settings } from "./settings.ts";

const DEFAULT_MEMORY_BYTES = 12 * 2 ** 30;
const DEFAULT_RESERVE_BYTES = 2 * 2 ** 30;

/** The memory limits of a run. */
export interface MemoryLimits {
  /** What one trial may hold; null: no limit. */
  readonly memoryBytes: number | null;
  /** What is to stay available to the machine. */
  readonly reserveBytes: number;
}

/** The memory limit of a trial, at most what the machine could give it, and the reserve. */
export function memoryLimits(settings: Settings, listen: Listen): MemoryLimits {
  const { totalBytes, availableBytes, limitedBy } = machineMemory();
  const reserveBytes = settings.reserveBytes ?? Math.min(DEFAULT_RESERVE_BYTES, Math.round(totalBytes / 10));
  if (settings.reserveBytes !== null) checkReserve("--memory-reserve", reserveBytes, totalBytes);
  if (settings.isolation === "thread") return { memoryBytes: null, reserveBytes };
  // A fixed number of workers share the memory; otherwise admission takes care that the running trials fit.
  const parts = typeof settings.workers === "number" ? settings.workers : 1;
  const share = Math.max(2 ** 28, Math.floor((availableBytes - reserveBytes) / parts));
  if (settings.memoryBytes === null)
    return { memoryBytes: Math.min(DEFAULT_MEMORY_BYTES, share), reserveBytes };
  const most = totalBytes - reserveBytes;
  if (settings.memoryBytes <= most || most <= 0) return { memoryBytes: settings.memoryBytes, reserveBytes };
  const text = `memory limit lowered from ${formatSize(settings.memoryBytes)} to ${formatSize(most)}: the ${limitedBy} has ${formatSize(totalBytes)}, of which ${formatSize(reserveBytes)} is the reserve`;
  listen({ kind: "note", text });
  return { memoryBytes: most, reserveBytes };
}

/** The limits of each trial. */
export function trialLimits(settings: Settings, { memoryBytes }: MemoryLimits) {
  const { trialTimeoutMs, graceMs } = settings;
  return { splitTimeoutMs: fixedSplitTimeout(settings), trialTimeoutMs, memoryBytes, graceMs };
}

/** The limits that apply, as the study's row keeps them. */
export function recordedLimits(settings: Settings, { memoryBytes, reserveBytes }: MemoryLimits) {
  const { setupTimeoutMs, trialTimeoutMs, graceMs } = settings;
  const splitTimeoutMs = fixedSplitTimeout(settings);
  return { setupTimeoutMs, splitTimeoutMs, trialTimeoutMs, memoryBytes, reserveBytes, graceMs };
}
