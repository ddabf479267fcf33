import { BelayError, show } from "./error.ts";

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

/** Milliseconds of `5m`, `-90s` or `0s`, of any sign, for comparisons; null for a text without a unit of time. */
export function durationAmount(text: string): number | null {
  return signedAmount(text, DURATION_UNITS);
}

/** Bytes of `2GB`, `-1MB` or `0MB`, of any sign, for comparisons; null for a text without a unit of size. */
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

/** `0.42 of 12.00 GB`: a part of a size, as the live display shows memory. */
export function formatPart(bytes: number, ofBytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} of ${formatSize(ofBytes)}`;
}

/** `153`, or `1.5` below 10: megabytes without their unit, for differences between trials. */
export function formatMegabytes(bytes: number): string {
  const value = bytes / 1e6;
  return Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(1).replace("-0.0", "0.0");
}

/** `7 kB` or `2.4 MB`: the size of a file, for small files mostly. */
export function formatFileSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `8 ms` or `2.4 s`: the duration of something that mostly takes milliseconds. */
export function formatShortDuration(ms: number): string {
  return ms < 1_000 ? `${Math.ceil(ms)} ms` : formatDuration(ms);
}

/** `0.4 s`, `42 s`, `3 m 20 s`, `2 h 5 m`: a duration in the units and the precision that people use. */
export function formatSpan(ms: number): string {
  if (ms < 10_000) return formatDuration(ms);
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} m ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** `1 trial`, `12 trials`. */
export function formatTrials(count: number): string {
  return count === 1 ? "1 trial" : `${count} trials`;
}

/** Six significant digits, without trailing zeros. */
export function formatValue(value: number): string {
  return String(Number(value.toPrecision(6)));
}
