import { describe, expect, test } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { type FinalReading, leakVerdict } from "../../src/report/memory/leak.ts";
import { trendOf } from "../../src/report/memory/trend.ts";

const noise = (seed: number) => {
  const random = rng(seed, 0, "noise");
  return (scale: number): number => (random.next() + random.next() + random.next() - 1.5) * scale;
};

describe("trend", () => {
  test("of a straight line is its slope, with a p-value near 0", () => {
    const trend = trendOf([Array.from({ length: 30 }, (_, i) => 5 + 3 * i)])!;
    expect([trend.slope, trend.low, trend.high]).toEqual([3, 3, 3]);
    expect(trend.pValue).toBeLessThan(1e-9);
  });

  test("agrees with an example worked by hand", () => {
    // 1, 3, 2, 4, 6, 5, 8, 7: 25 of 28 pairs rise, so S = 22; Var = 8 * 7 * 21 / 18; z = 21 / sqrt(65.33) = 2.598.
    const trend = trendOf([[1, 3, 2, 4, 6, 5, 8, 7]])!;
    expect(trend.pValue).toBeCloseTo(0.00937, 4);
    expect(trend.slope).toBeCloseTo(1, 6);
  });

  test("is robust to outliers, and ignores the jump from one series to the next", () => {
    const line = Array.from({ length: 40 }, (_, i) => (i % 10 === 5 ? 1e6 : 2 * i));
    expect(trendOf([line])!.slope).toBeCloseTo(2, 0);
    const saw = [0, 1, 2, 3].map(() => Array.from({ length: 10 }, (_, i) => 100 - i));
    expect(trendOf(saw)!.slope).toBe(-1);
  });

  test("is unknown with fewer than eight values, and for a constant", () => {
    expect(trendOf([[1, 2, 3, 4, 5, 6, 7]])).toBeNull();
    expect(trendOf([new Array(20).fill(7)])).toMatchObject({ slope: 0, pValue: 1 });
  });

  test("has an interval that contains the true slope, and is seldom found in noise alone", () => {
    let covered = 0;
    let alarms = 0;
    for (let seed = 0; seed < 200; seed++) {
      const add = noise(seed);
      const growing = trendOf([Array.from({ length: 40 }, (_, i) => 0.5 * i + add(20))])!;
      if (growing.low <= 0.5 && growing.high >= 0.5) covered++;
      if (trendOf([Array.from({ length: 40 }, () => add(20))])!.pValue < 0.05) alarms++;
    }
    expect(covered / 200).toBeGreaterThan(0.9);
    expect(alarms / 200).toBeLessThan(0.1);
  });
});

const MB = 1e6;

function readings(count: number, at: (i: number) => Partial<FinalReading>): FinalReading[] {
  return Array.from({ length: count }, (_, i) => ({
    rssBytes: 100 * MB,
    heapBytes: 10 * MB,
    externalBytes: 5 * MB,
    tensors: 0,
    ...at(i),
  }));
}

describe("verdict", () => {
  test("a leak of tensors is reported with its rate, its suspects and the number of trials until the limit", () => {
    const add = noise(1);
    const host = readings(20, (i) => ({ rssBytes: (100 + 38 * i) * MB + add(2 * MB), tensors: 12 * i }));
    const { verdict, bytesPerTrial, low, high, trialsToLimit, suspects } = leakVerdict([host], 2_400 * MB);
    expect(verdict).toBe("leaking");
    expect(bytesPerTrial! / MB).toBeCloseTo(38, 0);
    expect(low! / MB).toBeGreaterThan(37);
    expect(high! / MB).toBeLessThan(39);
    expect(trialsToLimit).toBe(41);
    expect(suspects.map(({ what }) => what)).toEqual(["tensors", "native"]);
    expect(suspects[0]!.perTrial).toBe(12);
  });

  test("a leak is found although its hosts are recycled", () => {
    const host = (): FinalReading[] =>
      readings(6, (i) => ({ rssBytes: (100 + 20 * i) * MB, heapBytes: (10 + 20 * i) * MB }));
    const found = leakVerdict([host(), host(), host()], null);
    expect(found).toMatchObject({ verdict: "leaking", bytesPerTrial: 20 * MB, trialsToLimit: null });
    expect(found.suspects.map(({ what }) => what)).toEqual(["heap"]);
  });

  test("slow growth beside a leak is no suspect, however steady it is", () => {
    const host = readings(20, (i) => ({
      rssBytes: (100 + 20 * i) * MB,
      heapBytes: 10 * MB + i * 2e4,
      externalBytes: (5 + 20 * i) * MB,
    }));
    expect(leakVerdict([host], null).suspects.map(({ what }) => what)).toEqual(["external"]);
  });

  test("noise, a warm-up and the growth of an allocator are stable; too few readings are unknown", () => {
    const add = noise(2);
    expect(leakVerdict([readings(50, () => ({ rssBytes: 100 * MB + add(20 * MB) }))], null).verdict).toBe(
      "stable",
    );
    const warm = readings(50, (i) => ({ rssBytes: (i < 3 ? 60 : 100) * MB + add(MB) }));
    expect(leakVerdict([warm], null).verdict).toBe("stable");
    expect(leakVerdict([readings(50, (i) => ({ rssBytes: 100 * MB + i * 1e4 }))], null).verdict).toBe(
      "stable",
    );
    expect(leakVerdict([readings(5, () => ({}))], null).verdict).toBe("unknown");
    expect(leakVerdict([readings(50, () => ({ rssBytes: null }))], null).verdict).toBe("unknown");
  });
});

test("steady growth of a negligible part is no suspect", () => {
  const readings: FinalReading[] = Array.from({ length: 20 }, (_, i) => {
    const [heapBytes, externalBytes] = [8e6 + 2e3 * i, 1e6 + 20e6 * i];
    return { rssBytes: 50e6 + heapBytes + externalBytes, heapBytes, externalBytes, tensors: 3 + i };
  });
  const { verdict, suspects } = leakVerdict([readings], null);
  expect(verdict).toBe("leaking");
  expect(suspects.map(({ what }) => what)).toEqual(["tensors", "external"]);
});
