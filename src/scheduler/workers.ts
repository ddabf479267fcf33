import { BelayError, didYouMean, show } from "../core/error.ts";

/** How many trials run at a time: a number, what a profile makes of the machine, or as many as fit at every moment. */
export type Workers = number | WorkersProfile;

export const WORKERS_PROFILES = ["auto", "low", "medium", "high"] as const;
export type WorkersProfile = (typeof WORKERS_PROFILES)[number];

export const MAX_WORKERS = 256;

/** Reads the value of `--workers`. @throws BelayError `usage`. */
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

/** What decides how many workers a machine carries. */
export interface MachineProfile {
  /** Cores that this process may use: of the machine, its affinity and its cgroup's quota the least. */
  readonly cores: number;
  /** GPUs that the study's backend trains on; null when it trains on cores. */
  readonly gpus: number | null;
}

/**
 * The most workers of a setting on a machine. `low` leaves three quarters of it to others, `medium` half, `high` and
 * `auto` none; on GPUs one each, since TensorFlow takes a whole GPU's memory.
 */
export function workersCeiling(workers: Workers, { cores, gpus }: MachineProfile): number {
  if (typeof workers === "number") return workers;
  const units = Math.max(1, gpus ?? Math.floor(cores));
  const share = { low: 0.25, medium: 0.5, high: 1, auto: 1 }[workers];
  return Math.min(MAX_WORKERS, Math.max(1, Math.floor(units * share)));
}
