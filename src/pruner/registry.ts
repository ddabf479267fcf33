import type { Pruner, PrunerName } from "../core/search/pruner.ts";
import { type Maker, registry, withoutOptions } from "../core/search/registry.ts";
import { none } from "./none.ts";
import { median, percentile } from "./percentile.ts";
import { race } from "./race.ts";

/** The pruners by name. A factory checks its options itself, whatever they are. */
const MAKERS: Readonly<Record<PrunerName, Maker<Pruner>>> = {
  none: withoutOptions("none", none),
  median: { make: median },
  percentile: { make: percentile },
  race: { make: race, first: "alpha" },
};

export const pruners = registry<Pruner>(MAKERS);
