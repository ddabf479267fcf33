import { expect, test } from "vitest";
import {
  anyText,
  betweenText,
  bytesText,
  hoursText,
  shareText,
  spanText,
  timeText,
  valueText,
} from "../../../src/dashboard/client/state/format.ts";
import { arrange, readStudySort } from "../../../src/dashboard/client/views/studies/order.ts";
import { endingText, factText } from "../../../src/dashboard/client/views/trial/ending.ts";
import { differenceInterval } from "../../../src/dashboard/client/views/trial/interval.ts";
import type { StudyCardJson } from "../../../src/report/page/page.ts";

test("Figures are shown with a unit, and what is absent as a dash", () => {
  expect([valueText(0.123456789), valueText(null), valueText(Number.NaN), valueText(-1 / 0)]).toEqual([
    ...["0.123457", "–", "NaN", "−∞"],
  ]);
  expect([spanText(17.2), spanText(0)]).toEqual(["18 ms", "0.0 s"]);
  expect([spanText(3_725_000), spanText(3 * 86_400_000), spanText(null)]).toEqual(["1 h 2 m", "3 days", "–"]);
  expect([hoursText(9_000_000), hoursText(60_000), hoursText(null)]).toEqual(["2.5 h", "1 m 0 s", "–"]);
  expect([bytesText(812e6), bytesText(1.42e9), bytesText(undefined)]).toEqual(["812 MB", "1.42 GB", "–"]);
  expect([shareText(0.042), shareText(0.42), shareText(0)]).toEqual(["4.2 %", "42 %", "0 %"]);
  expect([timeText("not a date"), timeText(null)]).toEqual(["–", "–"]);
  expect(timeText(new Date(2026, 0, 31, 14, 5, 9).getTime())).toBe("2026-01-31 14:05:09");
  const at = (hour: number, day = 31): string => new Date(2026, 0, day, hour).toISOString();
  expect(betweenText(at(1), at(2))).toBe("2026-01-31 01:00:00 to 02:00:00");
  expect(betweenText(at(23, 30), at(2))).toBe("2026-01-30 23:00:00 to 2026-01-31 02:00:00");
  expect(betweenText(at(1), null)).toBe("2026-01-31 01:00:00");
  expect([anyText("a"), anyText(true), anyText(null), anyText([1]), anyText(undefined)]).toEqual([
    ...["a", "true", "null", "[1]", "–"],
  ]);
});

const card = (study: string, rest: Partial<StudyCardJson>): StudyCardJson =>
  ({ study, state: "finished", studyFile: "/a/x.ts", createdAt: "2026-01-01", ...rest }) as StudyCardJson;

test("The list of studies is searched by all words and sorted; studies without a figure come last", () => {
  const cards = [
    card("old", { createdAt: "2026-01-01", leftMs: null }),
    card("new", { createdAt: "2026-02-01", leftMs: 5, state: "running" }),
    card("Middle", { createdAt: "2026-01-15", leftMs: 9 }),
  ];
  const names = (search: string, sort: string): string[] =>
    arrange(cards, search, sort).map(({ study }) => study);
  expect(names("", "")).toEqual(["new", "Middle", "old"]);
  expect(names("", "left")).toEqual(["new", "Middle", "old"]);
  expect(names("", "left:desc")).toEqual(["Middle", "new", "old"]);
  expect(names("", "study")).toEqual(["Middle", "new", "old"]);
  expect(names("x.ts RUNNING", "")).toEqual(["new"]);
  expect(readStudySort("nothing")).toEqual({ by: "created", descending: true });
});

test("The interval of a difference is that of Student's t", () => {
  expect(differenceInterval([1])).toBeNull();
  // Five differences of mean 2 and deviation sqrt(2.5): half an interval is 2.776 * sqrt(2.5 / 5).
  const { mean, low, high } = differenceInterval([0, 1, 2, 3, 4])!;
  expect(mean).toBe(2);
  expect(high - mean).toBeCloseTo(2.776 * Math.SQRT1_2, 6);
  expect(mean - low).toBeCloseTo(high - mean, 12);
});

test("The end of a trial is told in words, with what was seen and what is allowed", () => {
  expect(
    endingText({ reason: "split-timeout", detail: { limitMs: 1_500, elapsedMs: 1_504, during: "split 2" } }),
  ).toBe("a split took longer than it may: 1.5 s of 1.5 s, during split 2");
  expect(endingText({ reason: "memory-limit", detail: { limitBytes: 12e9, seenBytes: 12.05e9 } })).toBe(
    "it held more memory than it may: 12.05 GB of 12.00 GB",
  );
  expect(endingText({ reason: "stopped", detail: null })).toBe("a person stopped it");
  expect(endingText({ reason: "pruner", detail: { p: 0.1 } })).toBeNull();
  expect(factText("limitBytes", 12e9)).toEqual(["limit", "12.00 GB"]);
  expect(factText("rung", "sigkill")).toEqual(["rung", "sigkill"]);
});
