import { expect, it } from "vitest";
import { askTell } from "../../src/ask-tell/ask-tell.ts";
import { rng } from "../../src/core/rng.ts";
import type { SamplerName } from "../../src/core/search/sampler.ts";
import type { Distribution } from "../../src/core/space/distribution.ts";
import type { ParamDeclaration, Params } from "../../src/core/space/space.ts";
import { bowl, cube, float, medianOver, of, run } from "../support/search.ts";

const logInt: Distribution = { kind: "int", low: 8, high: 4096, log: true, step: 1 };

interface Deadly {
  readonly space: Readonly<Record<string, ParamDeclaration>>;
  readonly dies: (params: Params) => boolean;
  readonly objective: (params: Params) => number;
}

/** Spaces in which no param decides alone whether a trial lives, with the best params at the edge or near it. */
const DEADLY: Readonly<Record<string, Deadly>> = {
  "the product of two sizes": {
    space: { units: of(logInt), batch: of(logInt), rate: of(float(0, 1)) },
    dies: ({ units, batch }) => Number(units) * Number(batch) > 2 ** 17,
    objective: ({ units, batch, rate }) =>
      -Math.log2(Number(units)) - 0.5 * Math.log2(Number(batch)) + Number(rate),
  },
  "the sum of two of five numbers": {
    space: cube(5),
    dies: ({ x0, x1 }) => Number(x0) + Number(x1) > 1,
    objective: (params) => bowl({ ...params, x0: Number(params.x0) - 0.5, x1: Number(params.x1) - 0.4 }),
  },
  "a corner of two numbers": {
    space: cube(3),
    dies: ({ x0, x1 }) => Number(x0) < 0.5 && Number(x1) < 0.5,
    objective: bowl,
  },
  "a size and a choice together": {
    space: {
      kind: of({ kind: "categorical", choices: ["small", "large"] }),
      size: of(float(0, 1)),
      x: of(float(0, 1)),
    },
    dies: ({ kind, size }) => Number(size) > (kind === "large" ? 0.3 : 0.8),
    objective: ({ kind, size, x }) => (Number(x) - 0.4) ** 2 - Number(size) - (kind === "large" ? 0.2 : 0),
  },
};

/** How many of the last 60 of 120 trials die. */
function lateKills({ space, dies, objective }: Deadly, sampler: SamplerName, seed: number): number {
  const search = askTell({ space, sampler, seed });
  return run(search, (params) => (dies(params) ? null : objective(params)), 120)
    .slice(60)
    .filter(dies).length;
}

it.each(Object.entries(DEADLY))("tpe learns which pairs of params kill: %s", (_, deadly) => {
  const kills = (sampler: SamplerName): number => medianOver(7, (seed) => lateKills(deadly, sampler, seed));
  expect(kills("tpe")).toBeLessThanOrEqual(5);
  expect(kills("random")).toBeGreaterThan(8);
});

it("auto has few losses left in its second half", () => {
  const deadly = DEADLY["the product of two sizes"]!;
  expect(medianOver(3, (seed) => lateKills(deadly, "auto", seed))).toBeLessThanOrEqual(3);
});

it("auto draws a step from one of the best trials anew while it is likelier to die", () => {
  const space = { ...cube(22), kind: of({ kind: "categorical", choices: ["p", "q"] }) };
  const dies = ({ x0, x1, x2 }: Params): boolean => Number(x0) + Number(x1) + Number(x2) > 1.5;
  const value = ({ x0, x1, x2, kind, ...others }: Params): number =>
    [x0, x1, x2].reduce<number>((sum, x) => sum + (Number(x) - 0.7) ** 2, 0) +
    Object.values(others).reduce<number>((sum, x) => sum + (Number(x) - 0.3) ** 2, 0);
  let steps = 0;
  let lost = 0;
  for (let seed = 0; seed < 8; seed++) {
    const search = askTell({ space, sampler: "auto", seed, trials: 200 });
    const tried = run(search, (params) => (dies(params) ? null : value(params)), 200);
    const { proposer, proposers } = search.history;
    for (const [i, params] of tried.entries()) {
      if (proposers[proposer[i]!] !== "local") continue;
      steps++;
      if (dies(params)) lost++;
    }
  }
  expect(steps).toBeGreaterThan(50);
  expect(lost).toBeLessThan(steps / 25);
});

it("rare losses that nothing explains do not keep tpe from the best params", () => {
  const best = (share: number) => (seed: number) => {
    const search = askTell({ space: cube(4), sampler: "tpe", seed });
    const chance = rng(seed, 0, "losses");
    run(search, (params) => (chance.next() < share ? null : bowl(params)), 120);
    return search.best()!.value;
  };
  expect(medianOver(9, best(0.04))).toBeLessThan(4 * medianOver(9, best(0)));
});
