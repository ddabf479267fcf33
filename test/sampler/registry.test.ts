import { expect, it } from "vitest";
import { SAMPLER_NAMES, samplerByName } from "../../src/sampler/registry.ts";

it("knows its samplers and offers the nearest name", () => {
  for (const name of SAMPLER_NAMES) expect(samplerByName(name).name).toBe(name);
  expect(() => samplerByName("tpee")).toThrow(/got "tpee"; did you mean tpe\?/);
  expect(() => samplerByName("constructor")).toThrow(/expected one of random, grid, qmc, tpe, cmaes/);
});
