import { BelayError, show } from "./error.ts";

/** The limits under which every trial of a study runs. null = none. */
export interface Limits {
  /** Import, `data` and `splits` of one host. */
  readonly setupTimeoutMs: number;
  readonly splitTimeoutMs: number | null;
  /** All splits and `aggregate` of one trial, without waiting for verdicts. */
  readonly trialTimeoutMs: number | null;
  /** RSS of the host and its children, data included. */
  readonly memoryBytes: number | null;
  /** Below this much available memory on the machine the largest trial is pruned. */
  readonly reserveBytes: number;
  /** How long an aborted trial that answers may clean up before it is killed. */
  readonly graceMs: number;
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Milliseconds of `"90s"`, `"30m"`, `"2h"`, `"500ms"`, or of a number of seconds.
 *
 * @param field - What the value is for, as the error names it.
 * @throws BelayError with `code` for anything else, zero and negative durations included.
 */
export function parseDuration(field: string, value: unknown, code: "usage" | "study" = "usage"): number {
  const amount = parseAmount(value, DURATION_UNITS, "s");
  if (amount !== null && amount > 0) return amount;
  throw new BelayError(
    code,
    `${field}: expected a duration such as "90s", "30m" or 2.5 (seconds), got ${show(value)}`,
  );
}

/**
 * Bytes of `"12GB"` (10^9), `"8GiB"` (2^30), `"512MB"`, or of a number of bytes.
 *
 * @throws BelayError with `code` for anything else, zero and negative sizes included.
 */
export function parseSize(field: string, value: unknown, code: "usage" | "study" = "usage"): number {
  const amount = parseAmount(value, SIZE_UNITS, "b");
  if (amount !== null && amount > 0) return Math.round(amount);
  throw new BelayError(
    code,
    `${field}: expected a size such as "12GB", "8GiB" or "512MB", got ${show(value)}`,
  );
}

/** Milliseconds of `5m`, `-90s` or `0s`, for a comparison: any sign; null for what has no unit of time. */
export function durationAmount(text: string): number | null {
  return signedAmount(text, DURATION_UNITS);
}

/** Bytes of `2GB`, `-1MB` or `0MB`, for a comparison: any sign; null for what has no unit of size. */
export function sizeAmount(text: string): number | null {
  return signedAmount(text, SIZE_UNITS);
}

function signedAmount(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)([a-z]+)$/i.exec(text);
  const unit = match ? units[match[2]!.toLowerCase()] : undefined;
  return unit === undefined ? null : Number(match![1]) * unit;
}

function parseAmount(value: unknown, units: Readonly<Record<string, number>>, plain: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)\s*$/i.exec(String(value));
  if (!match || (typeof value !== "string" && typeof value !== "number")) return null;
  const unit = units[(match[2] || plain).toLowerCase()];
  return unit === undefined ? null : Number(match[1]) * unit;
}

/** `12.05 GB`: gigabytes of 10^9 with two decimals, as the log shows memory. */
export function formatSize(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** `300.2 s`: seconds with one decimal, as the log shows time. */
export function formatDuration(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
