import { describe, expect, test } from "vitest";
import { choose, chosenAt, fittedAt } from "../../../src/sampler/gp/schedule.ts";

describe("the schedule", () => {
  test("never goes beyond the number, falls behind with the parameters by a twelfth, with the members by 40", () => {
    for (let count = 1; count < 3000; count++) {
      const [fitted, chosen] = [fittedAt(count), chosenAt(count)];
      expect(fitted).toBeLessThanOrEqual(chosen);
      expect(chosen).toBeLessThanOrEqual(count);
      expect(count - fitted).toBeLessThan(count / 12 + 2);
      expect(count - chosen).toBeLessThan(40);
      expect(fittedAt(fitted)).toBe(fitted);
      expect([chosenAt(chosen), fittedAt(chosen)]).toEqual([chosen, fitted]);
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
