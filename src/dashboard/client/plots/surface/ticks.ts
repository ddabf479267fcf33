/** A mark on an axis. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Steps of time that people count in. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365, 3_650].map((n) => n * DAY),
];

/** The step of 1, 2 or 5 times a power of ten that gives about so many marks. */
function stepFor(span: number, count: number): number {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

/** Marks at round numbers. */
export function linearTicks(
  low: number,
  high: number,
  count: number,
  format: (value: number) => string,
): Tick[] {
  const span = high - low;
  const ends = (): Tick[] => [low, high].map((value) => ({ value, text: format(value) }));
  // The ends are all that can be told where the numbers are too large or too close for a step.
  if (!(span > 0) || !Number.isFinite(span)) return ends();
  const step = stepFor(span, count);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  if (!(step > 0 && step < Number.POSITIVE_INFINITY) || last - first > 1_000 || Math.abs(first) > 2 ** 52)
    return ends();
  const ticks: Tick[] = [];
  for (let k = first; k <= last; k++) {
    // 3 * 0.1 is 0.30000000000000004, and people expect the decimal.
    const value = Number((k * step).toPrecision(14)) + 0;
    ticks.push({ value, text: format(value) });
  }
  return ticks;
}

/** Marks at powers of ten, at every second, third, ... power if there are many, and between them if there are few. */
export function logTicks(
  low: number,
  high: number,
  count: number,
  format: (value: number) => string,
): Tick[] {
  const from = Math.log10(low);
  const to = Math.log10(high);
  // Where no round number lies between them, the ends are all that can be told.
  const orEnds = (ticks: Tick[]): Tick[] =>
    ticks.length > 0 ? ticks : [low, high].map((value) => ({ value, text: format(value) }));
  if (to - from < 1)
    return orEnds(linearTicks(low, high, Math.min(count, 4), format).filter(({ value }) => value > 0));
  const decades = Math.floor(to) - Math.ceil(from) + 1;
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const leads = every > 1 || decades * 2 > count ? [1] : decades * 3 > count ? [1, 3] : [1, 2, 5];
  const ticks: Tick[] = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power++) {
    if (power % every !== 0) continue;
    for (const lead of leads) {
      const value = Number(`${lead}e${power}`);
      if (value >= low && value <= high && value > 0) ticks.push({ value, text: format(value) });
    }
  }
  return orEnds(ticks);
}

/** Marks at round times of the day, or at days, in the time zone of the reader. Milliseconds since 1970. */
export function timeTicks(low: number, high: number, count: number): Tick[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [{ value: low, text: clock(low, SECOND) }];
  const step = TIME_STEPS.find((each) => span / each <= Math.max(1, count)) ?? TIME_STEPS.at(-1)! * 10;
  const zone = new Date(low).getTimezoneOffset() * MINUTE;
  const ticks: Tick[] = [];
  let day = "";
  for (let value = Math.ceil((low - zone) / step) * step + zone; value <= high; value += step) {
    const date = shortDate(value);
    // The first mark of each day names it.
    const text = step >= DAY ? date : date === day ? clock(value, step) : `${date} ${clock(value, step)}`;
    ticks.push({ value, text });
    day = date;
  }
  return ticks;
}

const two = (n: number): string => String(n).padStart(2, "0");

function clock(ms: number, step: number): string {
  const date = new Date(ms);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return step < MINUTE ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

function shortDate(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
