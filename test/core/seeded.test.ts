import { afterEach, describe, expect, it } from "vitest";
import { seedMathRandom, withSeed } from "../../src/core/seeded.ts";

const original = Math.random;
afterEach(() => {
  Math.random = original;
});

const draw = (count = 5) => Array.from({ length: count }, () => Math.random());

describe("seedMathRandom", () => {
  it("draws the same from the same seed, and other numbers from another", () => {
    const drawn = [7, 7, 8].map((seed) => {
      const restore = seedMathRandom(seed);
      const numbers = draw();
      restore();
      return numbers;
    });
    expect(drawn[1]).toEqual(drawn[0]);
    expect(drawn[2]).not.toEqual(drawn[0]);
    expect(drawn.flat().every((x) => x >= 0 && x < 1)).toBe(true);
  });

  it("restores the former Math.random, even if the study has replaced it since", () => {
    const restore = seedMathRandom(7);
    Math.random = () => 0.5;
    restore();
    expect(Math.random).toBe(original);
  });

  it.each([0.5, Number.NaN, "7" as unknown as number])("refuses %s", (seed) => {
    expect(() => seedMathRandom(seed)).toThrow(/^seed: expected a whole number, got /);
    expect(Math.random).toBe(original);
  });
});

describe("withSeed", () => {
  it("covers awaited code, can be nested, and returns the result", async () => {
    const outer = await withSeed(1, async () => {
      const first = Math.random();
      const inner = await withSeed(2, async () => {
        await Promise.resolve();
        return Math.random();
      });
      return [first, inner, Math.random()];
    });
    const plain = await withSeed(1, () => draw(2));
    expect([outer[0], outer[2]]).toEqual(plain);
    expect(outer[1]).toBe(await withSeed(2, () => Math.random()));
    expect(Math.random).toBe(original);
  });

  it("restores Math.random if the code throws", async () => {
    const failing = withSeed(1, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(Math.random).toBe(original);
  });
});
