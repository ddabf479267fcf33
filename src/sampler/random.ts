import type { Sampler } from "../core/search/sampler.ts";
import { specOf } from "../core/search/spec.ts";
import { uniformRow } from "../core/space/draw.ts";
import { distinct } from "./distinct.ts";

/**
 * Independent uniform draws (logs uniform in the logarithm, every value of an int, step or categorical equally
 * likely). Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012: the baseline that any
 * other sampler has to beat. O(params) a trial.
 *
 * In a space of finitely many points no point comes twice, unless the study declares noise; null when all were seen.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: random() });
 */
export function random(): Sampler {
  return {
    ...specOf("random", {}),
    ask: (context) => {
      const stream = context.rng("random");
      return distinct(context, () => uniformRow(context.space, stream));
    },
  };
}
