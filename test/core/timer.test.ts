import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { after, afterAwake } from "../../src/core/timer.ts";

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a delay of 60 days is over after 60 days", () => {
  const called = vi.fn();
  after(60 * DAY_MS, called);
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(called).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(called).toHaveBeenCalledOnce();
});

test("a delay can be cancelled at any time, also after its first 24 days", () => {
  const called = vi.fn();
  const early = after(60 * DAY_MS, called);
  early();
  const late = after(60 * DAY_MS, called);
  vi.advanceTimersByTime(50 * DAY_MS);
  late();
  vi.advanceTimersByTime(50 * DAY_MS);
  expect(called).not.toHaveBeenCalled();
});

test("a delay of time awake does not count a suspension of the machine, and without one ends in time", () => {
  const called = vi.fn();
  let stoodStillMs = 0;
  const real = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => real() + stoodStillMs);
  afterAwake(10_000, called);
  vi.advanceTimersByTime(3_000);
  stoodStillMs = DAY_MS; // The clock advances by a day, and timers fire that much later.
  vi.advanceTimersByTime(6_900);
  expect(called).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(called).toHaveBeenCalledOnce();
  vi.restoreAllMocks();
});

test("every timer whose delay is not a constant of the code uses core/timer, which allows any delay", () => {
  const source = fileURLToPath(new URL("../../src/", import.meta.url));
  const found = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && name !== "core/timer.ts")
    .flatMap((name) => timersIn(readFileSync(source + name, "utf8")).map((delay) => ({ name, delay })));
  expect(found.length).toBeGreaterThan(5); // The search does find timers.
  expect(found.filter(({ delay }) => !/^[A-Z][A-Z_]*$|^[\d_* ]+$/.test(delay))).toEqual([]);
});

/** The delays of the timers in a source text. */
function timersIn(text: string): string[] {
  const starts = text.matchAll(/\b(?:setTimeout|setInterval|AbortSignal\.timeout)\(/g);
  return [...starts].map(({ index, 0: call }) => {
    let depth = 1;
    let end = index + call.length;
    let from = end;
    for (; depth > 0; end++) {
      if (/[([{]/.test(text[end]!)) depth++;
      else if (/[)\]}]/.test(text[end]!)) depth--;
      else if (text[end] === "," && depth === 1 && text.slice(end + 1).trim()[0] !== ")") from = end + 1;
    }
    return text
      .slice(from, end - 1)
      .replace(/,\s*$/, "")
      .trim();
  });
}
