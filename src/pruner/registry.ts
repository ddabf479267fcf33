import type { Pruner, PrunerName } from "../core/search/pruner.ts";
import { type Maker, registry, withoutOptions } from "../core/search/registry.ts";
import { halving } from "./halving.ts";
import { hyperband } from "./hyperband.ts";
import { none } from "./none.ts";
import { makePatient } from "./patient.ts";
import { medianPruner, percentile } from "./percentile.ts";
import { race } from "./race.ts";
import { threshold } from "./threshold.ts";
import { wilcoxon } from "./wilcoxon.ts";

/** The pruners by name. Each factory checks its own options. */
const MAKERS: Readonly<Record<PrunerName, Maker<Pruner>>> = {
  none: withoutOptions("none", none),
  median: { make: medianPruner },
  percentile: { make: percentile },
  race: { make: race, first: "alpha" },
  threshold: { make: threshold },
  patient: { make: makePatient, first: "pruner" },
  halving: { make: halving },
  hyperband: { make: hyperband },
  wilcoxon: { make: wilcoxon },
};

export const pruners = registry<Pruner>(MAKERS);
