import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import {
  cellCount,
  cellEdges,
  cellIndex,
  cellValue,
  fromUnit,
  toUnit,
} from "../../../src/core/space/unit-cube.ts";

const withCells: Distribution[] = [
  { kind: "int", low: 1, high: 9, log: true, step: 1 },
  { kind: "int", low: -3, high: 12, log: false, step: 5 },
  { kind: "float", low: 0, high: 1, log: false, step: 0.1 },
  { kind: "categorical", choices: ["a", "b", "c"] },
  { kind: "int", low: 4, high: 4, log: false, step: 1 },
];
const floats: Distribution[] = [
  { kind: "float", low: -5, high: 5, log: false, step: null },
  { kind: "float", low: 1e-5, high: 10, log: true, step: null },
  { kind: "float", low: -1.7e308, high: 1.7e308, log: false, step: null },
];

describe("unit cube", () => {
  it("maps a number from 0 to 1 to a value and back to itself", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...floats),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (distribution, unit) => {
          expect(toUnit(distribution, fromUnit(distribution, unit))).toBeCloseTo(unit, 9);
        },
      ),
    );
  });

  it.each(withCells)("gives every value of %j its cell, side by side from 0 to 1", (distribution) => {
    const count = cellCount(distribution);
    let end = 0;
    for (let k = 0; k < count; k++) {
      const value = cellValue(distribution, k);
      const [low, high] = cellEdges(distribution, value);
      expect(low).toBeCloseTo(end, 9);
      end = high;
      expect(cellIndex(distribution, value)).toBe(k);
      expect(fromUnit(distribution, toUnit(distribution, value))).toBe(value);
      expect(fromUnit(distribution, low + 0.01 * (high - low))).toBe(value);
      expect(fromUnit(distribution, low + 0.99 * (high - low))).toBe(value);
    }
    expect(end).toBeCloseTo(1, 9);
  });

  it("has no cells for a float, and maps 0 and 1 to values too", () => {
    for (const distribution of floats) {
      expect(cellCount(distribution)).toBe(0);
      expect([fromUnit(distribution, 0), fromUnit(distribution, 1)].every(Number.isFinite)).toBe(true);
    }
    expect(fromUnit(floats[0]!, 1)).toBe(5);
  });
});
