import { formatSpan, formatValue } from "../../../core/units.ts";

/** What stands where there is nothing to show. */
export const NOTHING = "–";

/** A value with six significant digits; a dash if there is none, and words for what is no number. */
export function valueText(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return formatValue(value);
}

/** A long time in days, one below a tenth of a second in milliseconds, any other one as `formatSpan` shows it. */
export function spanText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NOTHING;
  if (ms > 0 && ms < 100) return `${Math.ceil(ms)} ms`;
  return ms < 2 * 86_400_000 ? formatSpan(Math.max(0, ms)) : `${Math.floor(ms / 86_400_000)} days`;
}

/** Hours of computing, as `3.4 h`; shorter ones as a span. */
export function hoursText(ms: number | null): string {
  return ms === null || ms < 3_600_000 ? spanText(ms) : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** Memory as `812 MB` or `1.42 GB`. */
export function bytesText(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NOTHING;
  return Math.abs(bytes) < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** A share as `4.2 %` or `42 %`. */
export function shareText(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
}

/** A time of this machine as `2026-01-31 14:05:09`; a dash if there is none. */
export function timeText(at: string | number | null | undefined): string {
  if (at === null || at === undefined) return NOTHING;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return NOTHING;
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** From when to when, with the day once if it is the same; while the end is not there, the beginning alone. */
export function betweenText(from: string | null, to: string | null): string {
  const [begin, end] = [timeText(from), timeText(to)];
  if (to === null) return begin;
  return `${begin} to ${begin.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
}

/** What a param or a detail holds, as a text. */
export function anyText(value: unknown): string {
  if (value === undefined) return NOTHING;
  if (typeof value === "number") return valueText(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
