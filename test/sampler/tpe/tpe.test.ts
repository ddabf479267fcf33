import { describe, expect, it } from "vitest";
import { askTell } from "../../../src/ask-tell/ask-tell.ts";
import type { SamplerName } from "../../../src/core/search/sampler.ts";
import type { Params } from "../../../src/core/space/space.ts";
import { tpe } from "../../../src/sampler/tpe/tpe.ts";
import { conforms } from "../../conformance/sampler.ts";
import { bowl, cube, float, medianOver, of, run } from "../../support/search.ts";

conforms(() => tpe());

describe("tpe", () => {
  it("finds the minimum of a bowl far better than random search", () => {
    const best = (sampler: SamplerName) => (seed: number) => {
      const search = askTell({ space: cube(5), sampler, seed });
      run(search, bowl);
      return search.best()!.value;
    };
    expect(medianOver(9, best("tpe"))).toBeLessThan(medianOver(9, best("random")) / 20);
  });

  it("avoids params that kill trials: in the second half under a third of random's losses, and a best that is no worse", () => {
    const study = (sampler: SamplerName) => (seed: number) => {
      const search = askTell({ space: cube(3), sampler, seed });
      const dies = (params: Params): boolean => Number(params.x0) > 0.5;
      const tried = run(search, (params) =>
        dies(params) ? null : bowl({ ...params, x0: Number(params.x0) - 0.25 }),
      );
      return { kills: tried.slice(50).filter(dies).length, best: search.best()!.value };
    };
    const kills = (sampler: SamplerName) => medianOver(9, (seed) => study(sampler)(seed).kills);
    const best = (sampler: SamplerName) => medianOver(9, (seed) => study(sampler)(seed).best);
    expect(kills("tpe")).toBeLessThan(kills("random") / 3);
    expect(best("tpe")).toBeLessThan(best("random"));
  });

  it("learns within a branch how a param's optimum depends on its parent", () => {
    const space = {
      kind: of({ kind: "categorical", choices: ["p", "q"] }),
      above: of(float(0, 1)),
      inner: of(float(0, 1), { parent: "kind", values: ["q"] }),
    };
    const objective = ({ kind, above, inner }: Params): number =>
      kind === "p" ? 0.5 : (Number(inner) - Number(above)) ** 2 + (Number(above) - 0.7) ** 2;
    const best = (sampler: SamplerName) => (seed: number) => {
      const search = askTell({ space, sampler, seed });
      run(search, objective);
      return search.best()!.value;
    };
    expect(medianOver(9, best("tpe"))).toBeLessThan(medianOver(9, best("random")) / 10);
  });

  it("prefers feasible points when a constraint excludes the best ones", () => {
    const search = askTell({ space: cube(2), seed: 3 });
    let broken = 0;
    for (let i = 0; i < 80; i++) {
      const { number, params } = search.ask()!;
      const constraint = 0.4 - Number(params.x0);
      if (i >= 40 && constraint > 0) broken++;
      search.tell(number, { state: "complete", value: bowl(params), constraints: [constraint] });
    }
    expect(broken).toBeLessThan(14);
    expect(Number(search.best()!.params.x0)).toBeGreaterThanOrEqual(0.4);
    expect(search.best()!.value).toBeLessThan(0.05);
  });

  it("proposes different points for trials that run at the same time", () => {
    const search = askTell({ space: cube(2), seed: 1 });
    run(search, bowl, 30);
    const asked = Array.from({ length: 16 }, () => search.ask()!.params);
    expect(new Set(asked.map((params) => JSON.stringify(params))).size).toBe(16);
  });

  it("comes close to the best params also with eight trials at a time", () => {
    const best = (seed: number): number => {
      const search = askTell({ space: cube(4), seed, sampler: "tpe" });
      const going = Array.from({ length: 8 }, () => search.ask()!);
      for (let i = 0; i < 112; i++) {
        const { number, params } = going.shift()!;
        search.tell(number, bowl(params));
        going.push(search.ask()!);
      }
      return search.best()!.value;
    };
    expect(medianOver(9, best)).toBeLessThan(3e-6);
  });

  it("follows a narrow turned valley to its bottom", () => {
    const valley = (params: Params): number => {
      const [x, y, z] = [params.x0, params.x1, params.x2].map((value) => Number(value) - 0.4);
      return (x! + y! + z!) ** 2 + 1000 * (x! - y!) ** 2 + 30 * (x! + y! - 2 * z!) ** 2;
    };
    const best = (seed: number) => {
      const search = askTell({ space: cube(3), sampler: "tpe", seed });
      run(search, valley, 300);
      return search.best()!.value;
    };
    expect(medianOver(5, best)).toBeLessThan(0.01);
  });

  it("goes on elsewhere when the best trials agree", () => {
    const search = askTell({ space: cube(1), sampler: "tpe", seed: 5 });
    // Twenty trials at the bottom of one pit, and twenty around another that is not as deep.
    for (let i = 0; i < 20; i++) search.enqueue({ x0: 0.2 + i * 1e-8 });
    for (let i = 0; i < 20; i++) search.enqueue({ x0: 0.75 + i * 0.005 });
    const pits = ({ x0 }: Params): number =>
      Math.abs(Number(x0) - 0.2) < 0.05 ? Math.abs(Number(x0) - 0.2) - 1 : Math.abs(Number(x0) - 0.8);
    run(search, pits, 40);
    const tried = run(search, pits, 40).filter(({ x0 }) => Math.abs(Number(x0) - 0.8) < 0.02);
    expect(tried.length).toBeGreaterThan(8);
  });

  it("begins with the points of qmc, also when ten trials run at once", () => {
    const first = (sampler: SamplerName): readonly Params[] => {
      const search = askTell({ space: cube(3), sampler, seed: 4 });
      return Array.from({ length: 10 }, () => search.ask()!.params);
    };
    expect(first("tpe")).toEqual(first("qmc"));
  });

  it("refuses wrong options", () => {
    expect(() => tpe({ candidates: 0 })).toThrow("tpe: candidates: expected a whole number above 0, got 0");
  });
});
