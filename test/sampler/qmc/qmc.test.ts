import { describe, expect, it } from "vitest";
import { TrialHistory } from "../../../src/core/search/history.ts";
import { compileSpace } from "../../../src/core/space/space.ts";
import { qmc } from "../../../src/sampler/qmc/qmc.ts";
import { directionNumbers, SOBOL_DIMENSIONS } from "../../../src/sampler/qmc/sobol.ts";
import { conforms, contextOf } from "../../conformance/sampler.ts";

conforms(() => qmc());
conforms(() => qmc({ sequence: "halton" }), { runs: 20 });

const cube = (dims: number) =>
  compileSpace(
    Object.fromEntries(
      Array.from({ length: dims }, (_, i) => [
        `x${i}`,
        { distribution: { kind: "float", low: 0, high: 1, log: false, step: null }, conditions: [] },
      ]),
    ),
  );

function points(sequence: "sobol" | "halton", dims: number, count: number): Float64Array[] {
  const history = new TrialHistory(cube(dims), 1);
  const sampler = qmc({ sequence });
  return Array.from({ length: count }, (_, number) => sampler.ask(contextOf(history, number, 11))!);
}

describe("sobol", () => {
  it("puts one of 2^k points into each of 2^k slices, in every dimension, scrambled", () => {
    const rows = points("sobol", SOBOL_DIMENSIONS, 128);
    for (let d = 0; d < SOBOL_DIMENSIONS; d++) {
      const slices = new Set(rows.map((row) => Math.floor(row[d]! * 128)));
      expect(slices.size, `dimension ${d}`).toBe(128);
    }
  });

  it("has odd direction numbers of the right size (m_j < 2^j), which differ between dimensions", () => {
    const all = directionNumbers();
    for (const numbers of all) {
      numbers.forEach((number, j) => {
        const m = number / 2 ** (31 - j);
        expect(m % 2).toBe(1);
        expect(m).toBeLessThan(2 ** (j + 1));
      });
    }
    expect(new Set(all.map((numbers) => numbers.join())).size).toBe(SOBOL_DIMENSIONS);
  });

  it("fills the elementary boxes of neighbouring low dimensions", () => {
    const rows = points("sobol", 2, 64);
    const boxes = new Set(rows.map((row) => `${Math.floor(row[0]! * 8)},${Math.floor(row[1]! * 8)}`));
    expect(boxes.size).toBe(64);
  });

  it("gives other points for another seed", () => {
    const history = new TrialHistory(cube(3), 1);
    expect(qmc().ask(contextOf(history, 0, 1))).not.toEqual(qmc().ask(contextOf(history, 0, 2)));
  });
});

describe("halton", () => {
  it("spreads evenly over the powers of each dimension's prime", () => {
    const rows = points("halton", 6, 13 * 13);
    expect(new Set(rows.map((row) => Math.floor(row[5]! * 169))).size).toBe(169);
  });
});

it("refuses an unknown sequence", () => {
  expect(() => qmc({ sequence: "sobel" as "sobol" })).toThrow(
    'qmc: sequence: expected "sobol" or "halton", got "sobel"',
  );
});
