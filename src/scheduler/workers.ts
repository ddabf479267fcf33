import { BelayError, didYouMean, show } from "../core/error.ts";

/** How many trials run at the same time: a number, or a profile that derives the number from the machine. */
export type Workers = number | WorkersProfile;

export const WORKERS_PROFILES = ["auto", "low", "medium", "high"] as const;
export type WorkersProfile = (typeof WORKERS_PROFILES)[number];

export const MAX_WORKERS = 256;

/** Reads the value of `--workers`. @throws BelayError `usage`: neither a profile nor a number in range. */
export function readWorkers(option: string, value: unknown): Workers {
  const text = String(value).trim();
  const profile = WORKERS_PROFILES.find((name) => name === text);
  if (profile) return profile;
  const count = text === "" ? Number.NaN : Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= MAX_WORKERS) return count;
  const hint = Number.isNaN(count) ? didYouMean(text, WORKERS_PROFILES) : "";
  throw new BelayError(
    "usage",
    `${option}: expected ${WORKERS_PROFILES.join(", ")} or a whole number from 1 to ${MAX_WORKERS}, got ${show(value)}${hint}`,
  );
}

/** The properties of a machine that decide how many workers it can run. */
export interface MachineProfile {
  /** Cores that this process may use: the least of the machine's cores, its CPU affinity and its cgroup's quota. */
  readonly cores: number;
  /** GPUs that the study's backend trains on; null when it trains on cores. */
  readonly gpus: number | null;
}

/**
 * The highest number of workers for a setting on a machine. `low` uses a quarter of it, `medium` half, `high` and
 * `auto` all of it. A GPU gets one worker, because TensorFlow takes all of its memory.
 */
export function workersCeiling(workers: Workers, { cores, gpus }: MachineProfile): number {
  if (typeof workers === "number") return workers;
  const units = Math.max(1, gpus ?? Math.floor(cores));
  const share = { low: 0.25, medium: 0.5, high: 1, auto: 1 }[workers];
  return Math.min(MAX_WORKERS, Math.max(1, Math.floor(units * share)));
}
