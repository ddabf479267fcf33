import { describe, expect, test } from "vitest";
import { choose, fittedAt } from "../../../src/sampler/gp/schedule.ts";

describe("fittedAt", () => {
  test("is never beyond the number, falls behind by a twelfth or 40 at most, and fits at its own points", () => {
    for (let count = 1; count < 3000; count++) {
      const at = fittedAt(count);
      expect(at).toBeLessThanOrEqual(count);
      expect(count - at).toBeLessThan(Math.min(40, count / 12 + 2));
      expect(fittedAt(at)).toBe(at);
    }
  });
});

describe("choose", () => {
  test("takes all while they are few, else the best half, the newest and a spread, each once and in order", () => {
    expect(choose([3, 1, 2], 3, 8)).toEqual([0, 1, 2]);
    const merits = Array.from({ length: 1000 }, (_, i) => (i % 10 === 3 ? -i : i));
    const chosen = choose(merits, 1000, 80);
    expect(chosen).toHaveLength(80);
    expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
    expect(chosen).toEqual(expect.arrayContaining([993, 983, 703, 999, 998, 981]));
    // The oldest quarter is neither best nor newest.
    expect(chosen.filter((i) => i < 250).length).toBeGreaterThan(3);
  });
});
