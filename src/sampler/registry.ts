import { BelayError, didYouMean, show } from "../core/error.ts";
import type { Sampler, SamplerName } from "../core/sampler.ts";
import { cmaes } from "./cmaes/cmaes.ts";
import { grid } from "./grid.ts";
import { qmc } from "./qmc/qmc.ts";
import { random } from "./random.ts";
import { tpe } from "./tpe/tpe.ts";

const MAKERS: Readonly<Record<SamplerName, () => Sampler>> = { random, grid, qmc, tpe, cmaes };

/** The names that `samplerByName` knows, for help texts. */
export const SAMPLER_NAMES: readonly string[] = Object.keys(MAKERS);

/**
 * The sampler of that name, with its default options.
 *
 * @throws BelayError `usage`: an unknown name; the nearest one is offered.
 */
export function samplerByName(name: string): Sampler {
  if (Object.hasOwn(MAKERS, name)) return MAKERS[name as SamplerName]();
  const hint = didYouMean(name, SAMPLER_NAMES);
  throw new BelayError(
    "usage",
    `sampler: expected one of ${SAMPLER_NAMES.join(", ")}, got ${show(name)}${hint}`,
  );
}
