import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../../src/ask-tell/ask-tell.ts";
import { rng } from "../../../src/core/rng.ts";
import { TrialHistory } from "../../../src/core/search/history.ts";
import type { SamplerName } from "../../../src/core/search/sampler.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import { uniformRow } from "../../../src/core/space/draw.ts";
import { compileSpace, type ParamDeclaration, type Params } from "../../../src/core/space/space.ts";
import { gp } from "../../../src/sampler/gp/gp.ts";
import { conforms, contextOf } from "../../conformance/sampler.ts";
import { bowl, cube, float, medianOver, of, run } from "../../support/search.ts";

conforms(() => gp());

function bestOf(space: Readonly<Record<string, ParamDeclaration>>, objective: (params: Params) => number) {
  return (sampler: SamplerName, seed: number, trials: number): number => {
    const search = askTell({ space, sampler, seed });
    run(search, objective, trials);
    return search.best()!.value;
  };
}

describe("gp", () => {
  it("finds the minimum of a bowl a thousand times better than points that are spread evenly", () => {
    const best = bestOf(cube(4), bowl);
    const own = medianOver(3, (seed) => best("gp", seed, 50));
    expect(own).toBeLessThan(medianOver(3, (seed) => best("qmc", seed, 50)) / 1000);
  });

  it("maximises as well", () => {
    const search = askTell({ space: cube(3), direction: "maximize", sampler: "gp", seed: 1 });
    run(search, (params) => -bowl(params), 40);
    expect(search.best()!.value).toBeGreaterThan(-0.001);
  });

  it("learns which branch of a conditional space is best, and its params", () => {
    const space = {
      kind: of({ kind: "categorical", choices: ["p", "q", "r"] }),
      above: of(float(0, 1)),
      inner: of(float(0, 1), { parent: "kind", values: ["q"] }),
      depth: of(
        { kind: "int", low: 1, high: 9, log: false, step: 1 },
        { parent: "kind", values: ["q", "r"] },
      ),
    };
    const best = bestOf(space, ({ kind, above, inner, depth }) =>
      kind === "p"
        ? 0.5
        : (Number(inner ?? 0) - Number(above)) ** 2 +
          (Number(above) - 0.7) ** 2 +
          0.1 * Math.abs(Number(depth) - 6),
    );
    const own = medianOver(3, (seed) => best("gp", seed, 50));
    expect(own).toBeLessThan(medianOver(3, (seed) => best("tpe", seed, 50)) / 10);
  });

  it("avoids pairs of params whose product kills trials", () => {
    const log: Distribution = { kind: "int", low: 8, high: 4096, log: true, step: 1 };
    const space = { units: of(log), batch: of(log), rate: of(float(0, 1)) };
    const dies = ({ units, batch }: Params): boolean => Number(units) * Number(batch) > 2 ** 17;
    const search = askTell({ space, sampler: "gp", seed: 1 });
    const tried = run(
      search,
      // The best sizes are at the limit of memory.
      (params) =>
        dies(params)
          ? null
          : -Math.log2(Number(params.units)) - 0.5 * Math.log2(Number(params.batch)) + Number(params.rate),
      80,
    );
    expect(tried.slice(0, 10).some(dies)).toBe(true);
    expect(tried.slice(40).filter(dies).length).toBeLessThan(7);
    expect(search.best()!.value).toBeLessThan(-14.2);
  });

  it("comes close to the edge of what a constraint allows", () => {
    const search = askTell({ space: cube(2), sampler: "gp", seed: 3 });
    for (let i = 0; i < 50; i++) {
      const { number, params } = search.ask()!;
      search.tell(number, {
        state: "complete",
        value: bowl(params),
        constraints: [0.4 - Number(params.x0)],
      });
    }
    expect(Number(search.best()!.params.x0)).toBeGreaterThanOrEqual(0.4);
    expect(search.best()!.value).toBeLessThan(0.045);
  });

  it("spreads trials that run at the same time", () => {
    const gap = (seed: number): number => {
      const search = askTell({ space: cube(2), sampler: "gp", seed });
      run(search, ({ x0, x1 }) => Math.sin(9 * Number(x0)) * Math.cos(7 * Number(x1)), 17);
      const asked = Array.from({ length: 7 }, () => search.ask()!.params);
      const gaps = asked.flatMap((a, i) =>
        asked.slice(i + 1).map((b) => Math.hypot(Number(a.x0) - Number(b.x0), Number(a.x1) - Number(b.x1))),
      );
      return gaps.sort((a, b) => a - b)[gaps.length >> 1]!;
    };
    expect(medianOver(3, gap)).toBeGreaterThan(0.3);
  });

  it("is not led astray by a value that is a million times worse than all others", () => {
    const best = bestOf(cube(3), (params) => (Number(params.x0) > 0.9 ? 1e9 : bowl(params)));
    expect(medianOver(3, (seed) => best("gp", seed, 50))).toBeLessThan(0.001);
  });

  it("stays close to the best trial with every second one, if the last ones were no better", () => {
    const space = compileSpace(cube(4));
    const valley = (row: Float64Array): number => {
      const x = Array.from(row, (value) => 15 * value - 5);
      return x.slice(1).reduce((sum, next, i) => sum + 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2, 0);
    };
    const farthest = [0, 0];
    for (let seed = 0; seed < 6; seed++) {
      const stream = rng(seed, 0, "rows");
      const rows = Array.from({ length: 40 }, () => uniformRow(space, stream));
      rows.sort((a, b) => valley(a) - valley(b));
      const history = new TrialHistory(space, 1);
      for (const [number, row] of rows.entries())
        history.append({
          ...{ number, row, state: "complete", values: [valley(row)], constraints: [] },
          ...{ overrun: 0, steps: [], reason: null },
        });
      for (const number of [40, 41]) {
        const asked = gp().ask(contextOf(history, number, seed))!;
        const far = Math.max(...asked.map((value, d) => Math.abs(value - rows[0]![d]!)));
        farthest[number % 2] = Math.max(farthest[number % 2]!, far);
      }
    }
    expect(farthest[1]).toBeLessThan(0.25);
    expect(farthest[0]).toBeGreaterThan(0.4);
  });

  it("takes the uncertainty of an estimate for noise", () => {
    const search = (sd: number): AskTell => {
      const open = askTell({ space: cube(1), sampler: "gp", seed: 2 });
      for (let i = 0; i < 14; i++) {
        const { number, params } = open.ask()!;
        const x = Number(params.x0);
        // A stopped trial at the right end looks best, by an estimate.
        if (i === 5) open.tell(number, { state: "pruned", estimate: { value: -4, sd } });
        else open.tell(number, (x - 0.5) ** 2);
      }
      return open;
    };
    const center = (sd: number): number => Math.abs(Number(search(sd).ask()!.params.x0) - 0.5);
    expect(center(10)).toBeLessThan(0.1);
    expect(center(0)).toBeGreaterThan(0.02);
  });

  it("takes estimates of any uncertainty beside values of any size", () => {
    const sds = [0, 1e-300, 1e-160, 1, 1e160, Number.MAX_VALUE];
    for (const size of [1e-320, 1e-200, 1, 1e200, 1e308]) {
      const search = askTell({ space: cube(2), sampler: "gp", seed: 2 });
      for (let i = 0; i < 16; i++) {
        const { number, params } = search.ask()!;
        expect(Object.values(params).every((x) => Number(x) >= 0 && Number(x) <= 1)).toBe(true);
        const value = size * (bowl(params) - 0.1);
        search.tell(number, i % 2 ? value : { state: "pruned", estimate: { value, sd: sds[i % 6]! } });
      }
    }
  });

  it("goes on from a history of 1,000 trials as it would have without a break, with running trials too", () => {
    const space = compileSpace(cube(3));
    const history = new TrialHistory(space, 1);
    const stream = rng(1, 0, "rows");
    const add = (number: number): void => {
      const row = uniformRow(space, stream);
      history.append({
        ...{ number, row, state: "complete", values: [row[0]! * row[1]!], constraints: [] },
        ...{ overrun: 0, steps: [], reason: null },
      });
    };
    for (let number = 0; number < 1000; number++) add(number);
    const sampler = gp();
    sampler.ask(contextOf(history, 1000, 1));
    for (let number = 1000; number < 1010; number++) add(number);
    history.start(1010, uniformRow(space, stream));
    const again = Object.assign(new TrialHistory(space, 1), structuredClone({ ...history }), { space });
    expect(sampler.ask(contextOf(history, 1012, 1))).toEqual(gp().ask(contextOf(again, 1012, 1)));
  });

  it("handles 300 params", () => {
    const space = compileSpace(cube(300));
    const history = new TrialHistory(space, 1);
    const sampler = gp();
    for (let number = 0; number < 30; number++) {
      const row = sampler.ask(contextOf(history, number, 1))!;
      expect(row.every((value) => value >= 0 && value <= 1)).toBe(true);
      history.start(number, row);
      history.append({
        ...{ number, row, state: "complete", values: [row[0]!], constraints: [] },
        ...{ overrun: 0, steps: [], reason: null },
      });
    }
  });

  it("refuses wrong options", () => {
    expect(() => gp({ startupTrials: 0 })).toThrow(
      "gp: startupTrials: expected a whole number from 1 up, got 0",
    );
    expect(() => gp({ startup: 3 } as object)).toThrow("gp: expected");
  });
});
