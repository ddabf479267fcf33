import { describe, expect, it } from "vitest";
import { askTell } from "../../../src/ask-tell/ask-tell.ts";
import type { ParamDeclaration, Params } from "../../../src/core/space/space.ts";
import { cmaes } from "../../../src/sampler/cmaes/cmaes.ts";
import { conforms } from "../../conformance/sampler.ts";
import { float, of } from "../../support/search.ts";

conforms(() => cmaes());

/** The median over some seeds of the best value of a study. */
function best(
  space: Record<string, ParamDeclaration>,
  objective: (params: Params) => number,
  trials: number,
  sampler = cmaes(),
): number {
  const found = Array.from({ length: 5 }, (_, seed) => {
    const search = askTell({ space, sampler, seed });
    for (let i = 0; i < trials; i++) {
      const trial = search.ask();
      if (!trial) break;
      search.tell(trial.number, objective(trial.params));
    }
    return search.best()!.value;
  });
  return found.sort((a, b) => a - b)[2]!;
}

const floats = (names: string) => Object.fromEntries([...names].map((name) => [name, of(float(-2, 2))]));

describe("cmaes", () => {
  it("reaches the minimum of a narrow bent valley", () => {
    const valley = ({ a, b }: Params): number =>
      100 * (Number(b) - Number(a) ** 2) ** 2 + (1 - Number(a)) ** 2;
    expect(best(floats("ab"), valley, 400)).toBeLessThan(1e-6);
  });

  it("reaches the minimum of a bowl, however it is rotated and scaled", () => {
    const bowl = ({ a, b, c }: Params): number => {
      const [x, y, z] = [Number(a) - 0.3, Number(b) + 0.4, Number(c) - 0.1];
      return (x + y) ** 2 + 300 * (x - y) ** 2 + 30 * (z + x) ** 2;
    };
    expect(best(floats("abc"), bowl, 500)).toBeLessThan(1e-6);
  });

  it("finds the optimum of ints and choices", () => {
    const space = {
      i: of({ kind: "int", low: 0, high: 30, log: false, step: 1 }),
      j: of({ kind: "int", low: 1, high: 1000, log: true, step: 1 }),
      x: of(float(-2, 2)),
      kind: of({ kind: "categorical", choices: ["a", "b", "c", "d"] }),
    };
    const objective = ({ i, j, x, kind }: Params): number =>
      (Number(i) - 17) ** 2 + 20 * Math.log(Number(j) / 40) ** 2 + Number(x) ** 2 + (kind === "c" ? 0 : 5);
    expect(best(space, objective, 400)).toBeLessThan(0.1);
  });

  it("still tries neighbours of an int after the floats have converged", () => {
    const space = { i: of({ kind: "int", low: 0, high: 9, log: false, step: 1 }), x: of(float(-2, 2)) };
    const search = askTell({ space, sampler: cmaes(), seed: 2 });
    const late = new Set<unknown>();
    for (let trial = 0; trial < 160; trial++) {
      const { number, params } = search.ask()!;
      if (trial >= 100) late.add(params.i);
      search.tell(number, (Number(params.i) - 4) ** 2 + Number(params.x) ** 2);
    }
    expect(late.size).toBeGreaterThan(1);
  });

  it("searches in a branch of a conditional space", () => {
    const space = {
      kind: of({ kind: "categorical", choices: ["p", "q"] }),
      x: of(float(-2, 2), { parent: "kind", values: ["q"] }),
    };
    expect(best(space, ({ kind, x }) => (kind === "p" ? 1 : (Number(x) - 1.3) ** 2), 200)).toBeLessThan(1e-4);
  });

  it("restarts elsewhere after it has converged, and so leaves a local optimum", () => {
    // A wide bowl of depth 1 around 1, and a narrow one of depth 2 around -1.5.
    const twoBowls = ({ a, b }: Params): number => {
      const to = (at: number): number => (Number(a) - at) ** 2 + (Number(b) - at) ** 2;
      return -Math.max(Math.exp(-0.3 * to(1)), 2 * Math.exp(-8 * to(-1.5)));
    };
    expect(best(floats("ab"), twoBowls, 1500)).toBeLessThan(-1.99);
  });

  it("refuses wrong options", () => {
    expect(() => cmaes({ sigma: 0 })).toThrow("cmaes: sigma: expected a number in (0, 1], got 0");
    expect(() => cmaes({ population: 3 })).toThrow(
      "cmaes: population: expected a whole number from 4 up, got 3",
    );
  });
});
