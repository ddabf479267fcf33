import { expect, it } from "vitest";
import { formatSpec, type Spec } from "../../src/core/search/spec.ts";
import { grid } from "../../src/sampler/grid.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { tpe } from "../../src/sampler/tpe/tpe.ts";

it("makes every sampler, and offers the nearest name for an unknown one", () => {
  for (const name of samplers.names) expect(samplers.make("sampler", name).name).toBe(name);
  expect(() => samplers.make("sampler", "tpee")).toThrow(/got "tpee"; did you mean tpe\?/);
  expect(() => samplers.make("sampler", "constructor")).toThrow(
    /expected one of random, grid, qmc, tpe, cmaes, gp, nsga2/,
  );
});

it("makes a sampler from a text, from a factory's result, and from its own text", () => {
  const values = { layers: [1, 2], optimizer: ["adam", "true", "a b"] };
  for (const made of [tpe({ startupTrials: 20 }), grid({ values }), grid()]) {
    const text = formatSpec(made as Spec);
    expect(samplers.make("sampler", text)).toMatchObject({ name: made.name, options: made.options });
  }
  expect(formatSpec(tpe({ startupTrials: 20 }) as Spec)).toBe("tpe(startupTrials=20)");
  expect(formatSpec(grid() as Spec)).toBe("grid");
});

it.each([
  [
    "tpe(startupTrails=20)",
    'sampler: tpe: expected the options startupTrials, candidates, got "startupTrails"; did you mean "startupTrials"?',
  ],
  ["tpe(startupTrials=some)", 'sampler: tpe: startupTrials: expected a whole number above 0, got "some"'],
  ["random(seed=1)", 'sampler: random: expected no options, got "seed"'],
])("refuses %s in one line", (text, message) => {
  expect(() => samplers.make("sampler", text)).toThrow(message);
});
