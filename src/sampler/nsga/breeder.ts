import { checkOptions, wholeFrom } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { History } from "../../core/search/history.ts";
import type { Sampler, SamplerName } from "../../core/search/sampler.ts";
import { specOf } from "../../core/search/spec.ts";
import { distinct } from "../distinct.ts";
import { memo } from "../memo.ts";
import { qmc } from "../qmc/qmc.ts";
import { type Arrange, addFinished, emptyPopulation, type Population } from "./population.ts";
import { childOf } from "./variation.ts";

/** How many trials can be parents, unless the options say otherwise. */
const POPULATION = 24;

/**
 * A sampler that breeds trials from a population, to which each finished trial is added at once.
 *
 * @param arrangeFor - Returns how the fronts are put into one order, for so many objectives and parents.
 */
export function breeder(
  name: SamplerName,
  options: { readonly population?: number },
  arrangeFor: (objectives: number, population: number) => Arrange,
): Sampler {
  checkOptions(name, options, ["population"], "usage");
  const { population: limit = POPULATION } = options;
  wholeFrom(4, `${name}: population`, limit);
  const start = qmc();
  const populationOf = memo(
    ({ values }: History): Population => emptyPopulation(limit, arrangeFor(values.length, limit)),
  );
  return {
    ...specOf(name, options),
    ask: (context) => {
      const { history, space, directions } = context;
      const population = populationOf(history);
      addFinished(population, history, directions);
      const { members } = population;
      if (history.size + history.running.size < limit || members.length < 2) return start.ask(context);
      const stream = context.rng(name);
      const parent = (): Float64Array => members[tournament(members.length, stream)]!.row;
      return distinct(context, () => childOf(space, parent(), parent(), stream));
    },
  };
}

/** The place of the fitter of two members that are drawn at random. */
function tournament(count: number, stream: Rng): number {
  return Math.min(stream.int(count), stream.int(count));
}
