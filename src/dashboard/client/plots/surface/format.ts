import { formatSpan, formatValue } from "../../../../core/units.ts";

/** `0.25`, `12,000` or `1.2e-7`: a number on an axis or in a hint. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "none" : value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return exponent(value);
  return size >= 10_000 ? value.toLocaleString("en-US", { maximumFractionDigits: 1 }) : formatValue(value);
}

function exponent(value: number): string {
  if (Number.isSafeInteger(value) && value % 1e6 !== 0) return String(value);
  return value
    .toExponential(3)
    .replace(/\.?0+e/, "e")
    .replace("e+", "e");
}

/** `1.5 GB`, `250 MB`: bytes in powers of 1000. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "unknown";
  if (bytes === 0) return "0";
  const size = Math.abs(bytes);
  const [unit, name] =
    size >= 1e12 ? [1e12, "TB"] : size >= 1e9 ? [1e9, "GB"] : size >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  return `${Number((bytes / unit).toPrecision(3))} ${name}`;
}

/** `0.4 s`, `3 m 20 s`: a duration, or `unknown`. */
export function formatTime(ms: number): string {
  if (!Number.isFinite(ms)) return "unknown";
  return ms < 0 ? `-${formatSpan(-ms)}` : formatSpan(ms);
}

/** `2026-11-29 16:51:40`: a time in the reader's time zone. */
export function formatDate(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return "unknown";
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `37 %`, `0.4 %`. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return "unknown";
  const percent = share * 100;
  return `${Math.abs(percent) >= 10 || percent === 0 ? percent.toFixed(0) : Number(percent.toPrecision(2))} %`;
}

/** `1 trial`, `12,000 trials`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
