import { type Maker, registry, withoutOptions } from "../core/search/registry.ts";
import type { Sampler, SamplerName } from "../core/search/sampler.ts";
import { auto } from "./auto/auto.ts";
import { cmaes } from "./cmaes/cmaes.ts";
import { gp } from "./gp/gp.ts";
import { grid } from "./grid.ts";
import { nsga2 } from "./nsga/nsga2.ts";
import { nsga3 } from "./nsga/nsga3.ts";
import { qmc } from "./qmc/qmc.ts";
import { random } from "./random.ts";
import { tpe } from "./tpe/tpe.ts";

/** A maker for each sampler, by name. Each factory checks its own options. */
const MAKERS: Readonly<Record<SamplerName, Maker<Sampler>>> = {
  random: withoutOptions<Sampler>("random", random),
  grid: { make: grid },
  qmc: { make: qmc },
  tpe: { make: tpe },
  cmaes: { make: cmaes },
  gp: { make: gp },
  nsga2: { make: nsga2 },
  nsga3: { make: nsga3 },
  auto: withoutOptions<Sampler>("auto", auto),
};

/** The text of the spec of the sampler of a study or a search for which nobody has chosen one. */
export const DEFAULT_SAMPLER: SamplerName = "auto";

export const samplers = registry<Sampler>(MAKERS);
