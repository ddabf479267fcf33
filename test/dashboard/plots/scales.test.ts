import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatNumber,
  formatPercent,
} from "../../../src/dashboard/client/plots/surface/format.ts";
import {
  categories,
  extentOf,
  scaleOver,
  ticksOf,
  unitOf,
  unitsOf,
  valueAt,
} from "../../../src/dashboard/client/plots/surface/scale.ts";
import { timeTicks } from "../../../src/dashboard/client/plots/surface/ticks.ts";

const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true });
const positive = fc.double({ min: 1e-300, max: 1e300, noNaN: true });

describe("a scale", () => {
  test("has a place inside for every value of its range, however large or small", () => {
    fc.assert(
      fc.property(fc.tuple(anyNumber, anyNumber), fc.double({ min: 0, max: 1, noNaN: true }), (ends, at) => {
        const [low, high] = [Math.min(...ends), Math.max(...ends)];
        const scale = scaleOver("linear", [low, high], formatNumber);
        for (const value of [low, high, low * (1 - at) + high * at]) {
          expect(unitOf(scale, value)).toBeGreaterThanOrEqual(-1e-9);
          expect(unitOf(scale, value)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  test("keeps the order of values and takes infinite ones and NaN out", () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 2 }), fc.constantFrom("linear", "log"), (values, kind) => {
        const scale = scaleOver(kind, extentOf(values), formatNumber);
        const sorted = [...values].sort((a, b) => a - b).map((value) => unitOf(scale, value));
        expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
        for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
          expect(unitOf(scale, odd)).toBeNaN();
      }),
    );
  });

  test("tells the value at a place, and the place of that value", () => {
    const linear = scaleOver("linear", [-3, 12], formatNumber);
    const log = scaleOver("log", [1e-5, 1], formatNumber);
    for (const at of [0, 0.2, 0.5, 1]) {
      expect(unitOf(linear, valueAt(linear, at))).toBeCloseTo(at, 9);
      expect(unitOf(log, valueAt(log, at))).toBeCloseTo(at, 9);
    }
  });

  test("places a whole column as it places each value", () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.constantFrom("linear", "log"), (values, kind) => {
        const scale = scaleOver(kind, [0.5, 700], formatNumber);
        const units = unitsOf(scale, values);
        values.forEach((value, i) => {
          const one = unitOf(scale, value);
          expect(units[i]).toEqual(Number.isNaN(one) ? Number.NaN : Math.fround(one));
        });
      }),
    );
  });

  test("of a constant has that value in it, with marks", () => {
    for (const value of [0, 5, -1e300, 2 ** 53, 1e-300]) {
      const scale = scaleOver("linear", [value, value], formatNumber);
      expect(scale.low).toBeLessThan(scale.high);
      expect(ticksOf(scale, 5).length).toBeGreaterThan(0);
    }
  });

  test("over nothing still has marks", () => {
    expect(extentOf([Number.NaN, Number.POSITIVE_INFINITY])).toBeNull();
    for (const kind of ["linear", "log", "time"] as const)
      expect(ticksOf(scaleOver(kind, null, formatNumber), 5).length).toBeGreaterThan(0);
  });
});

describe("marks on an axis", () => {
  test("lie on it, ascend, and are not more than people can read", () => {
    fc.assert(
      fc.property(fc.tuple(anyNumber, anyNumber), fc.integer({ min: 1, max: 20 }), (ends, count) => {
        const scale = scaleOver("linear", [Math.min(...ends), Math.max(...ends)], formatNumber);
        const values = ticksOf(scale, count).map(({ value }) => value);
        const slack = (scale.high / 2 - scale.low / 2) * 1e-6;
        expect(values.every((value) => value >= scale.low - slack && value <= scale.high + slack)).toBe(true);
        expect(values).toEqual([...values].sort((a, b) => a - b));
        expect(values.length).toBeLessThanOrEqual(2 * count + 3);
      }),
    );
  });

  test("of a log axis are powers of ten, few of them over a huge range", () => {
    const texts = (low: number, high: number): string[] =>
      ticksOf({ kind: "log", low, high, names: [], format: formatNumber }, 6).map(({ text }) => text);
    expect(texts(1e-5, 1)).toEqual(["1e-5", "0.0001", "0.001", "0.01", "0.1", "1"]);
    expect(texts(1e-300, 1e300).length).toBeLessThanOrEqual(7);
    expect(texts(1, 20)).toEqual(["1", "2", "5", "10", "20"]);
    // No round number lies between these.
    const close = { kind: "log", low: 3.3, high: 3.9, names: [], format: formatNumber } as const;
    expect(ticksOf(close, 1).map(({ text }) => text)).toEqual(["3.3", "3.9"]);
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: 1, max: 12 }), (a, b, count) => {
        const scale = scaleOver("log", [Math.min(a, b), Math.max(a, b)], formatNumber);
        const ticks = ticksOf(scale, count);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThanOrEqual(3 * count + 3);
        expect(ticks.every(({ value }) => value > 0)).toBe(true);
      }),
    );
  });

  test("are decimals as people write them", () => {
    const texts = ticksOf({ kind: "linear", low: 0, high: 0.5, names: [], format: formatNumber }, 5);
    expect(texts.map(({ text }) => text)).toEqual(["0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
  });

  test("of a time axis name the day once", () => {
    const noon = new Date(2026, 10, 29, 12).getTime();
    const texts = timeTicks(noon, noon + 6 * 3_600_000, 6).map(({ text }) => text);
    expect(texts).toEqual(["11-29 12:00", "13:00", "14:00", "15:00", "16:00", "17:00", "18:00"]);
  });

  test("of categories leave some names out if there are too many", () => {
    const names = Array.from({ length: 100 }, (_, k) => `choice ${k}`);
    const ticks = ticksOf(categories(names), 10);
    expect(ticks).toHaveLength(10);
    expect(ticks[1]).toEqual({ value: 10, text: "choice 10" });
  });
});

test("numbers, sizes and shares are written for people", () => {
  expect([0.00001234, 0.25, 12_345, 1e9, 2 ** 53 - 1, 1e300, -0.5].map(formatNumber)).toEqual([
    ...["1.234e-5", "0.25", "12,345", "1e9", "9007199254740991", "1e300", "-0.5"],
  ]);
  expect([512, 2.5e8, 1.25e10].map(formatBytes)).toEqual(["0.512 kB", "250 MB", "12.5 GB"]);
  expect([0, 0.004, 0.37, 1].map(formatPercent)).toEqual(["0 %", "0.4 %", "37 %", "100 %"]);
});
