import { describe, expect, it } from "vitest";
import * as units from "../../src/core/units.ts";

describe("durations and sizes are read", () => {
  it.each([
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["2h", 7_200_000],
    ["500ms", 500],
    [".5d", 43_200_000],
    [" 2 H ", 7_200_000],
    [2.5, 2_500],
    ["2.5", 2_500],
  ])("%s is %d ms", (text, ms) => expect(units.parseDuration("--grace", text)).toBe(ms));

  it.each([
    ["12GB", 12e9],
    ["8GiB", 8 * 2 ** 30],
    ["512mb", 512e6],
    [1024, 1024],
    ["1.5kb", 1500],
  ])("%s is %d bytes", (text, bytes) => expect(units.parseSize("--memory-limit", text)).toBe(bytes));

  it.each([["0s"], ["-5m"], ["5x"], [""], ["soon"], [null], [true], [Number.NaN]])(
    "%j is neither a duration nor a size",
    (value) => {
      expect(() => units.parseDuration("--grace", value)).toThrow("--grace: expected a duration such as");
      expect(() => units.parseSize("--memory-limit", value)).toThrow(
        "--memory-limit: expected a size such as",
      );
    },
  );

  it("amounts of a comparison have a sign and need a unit", () => {
    expect(["-90s", "0s", "5", "2GB"].map(units.durationAmount)).toEqual([-90_000, 0, null, null]);
    expect(["-1MB", "0MB", "5", "2s"].map(units.sizeAmount)).toEqual([-1e6, 0, null, null]);
  });
});

describe("formatting", () => {
  it("the longer a span, the coarser it is shown", () => {
    expect([0, 440, 9_949, 42_400, 200_000, 239_700, 7_500_000].map(units.formatSpan)).toEqual([
      "0.0 s",
      "0.4 s",
      "9.9 s",
      "42 s",
      "3 m 20 s",
      "4 m 0 s",
      "2 h 5 m",
    ]);
  });

  it("durations have one decimal; brief ones are in whole milliseconds below a second", () => {
    expect([300_240, 12].map(units.formatDuration)).toEqual(["300.2 s", "0.0 s"]);
    expect([7.2, 999, 2_440].map(units.formatShortDuration)).toEqual(["8 ms", "999 ms", "2.4 s"]);
  });

  it("sizes are in gigabytes, those of files in smaller units too", () => {
    expect(units.formatSize(12_050_000_000)).toBe("12.05 GB");
    expect(units.formatPart(420e6, 12e9)).toBe("0.42 of 12.00 GB");
    expect([1, 6_100, 2_440_000].map(units.formatFileSize)).toEqual(["1 kB", "7 kB", "2.4 MB"]);
    expect([153.4e6, 9.96e6, -0.01e6].map(units.formatMegabytes)).toEqual(["153", "10.0", "0.0"]);
  });

  it("values have six significant digits", () => {
    expect([0.1 + 0.2, 1234567.8, 2].map(units.formatValue)).toEqual(["0.3", "1234570", "2"]);
  });
});
