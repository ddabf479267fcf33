import type { PlainSampler } from "../core/search/sampler.ts";
import { specOf } from "../core/search/spec.ts";
import { uniformRow } from "../core/space/draw.ts";
import { distinct } from "./distinct.ts";

/**
 * Random search: independent uniform draws, of params with `log` uniform in the logarithm; every value of an int, a
 * step or a categorical is equally likely. It is the baseline that any other sampler has to beat: Bergstra and Bengio,
 * "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012. O(params) a trial.
 *
 * In a space of finitely many points no point comes twice, unless the study declares noise. The study is finished when
 * all points were tried.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: random() });
 */
export function random(): PlainSampler {
  return {
    ...specOf("random", {}),
    ask: (context) => {
      const stream = context.rng("random");
      return distinct(context, () => uniformRow(context.space, stream));
    },
  };
}
