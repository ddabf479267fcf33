import { toPoint } from "../../core/gaussian-process/coordinates.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { chanceIn } from "../gp/feasibility.ts";
import { columnsOf } from "../gp/observations.ts";

/** How many rows are drawn before the likeliest of them is taken. */
const TRIES = 8;
const HALF = Math.log(0.5);

/**
 * The first row that is likelier to live than to die, of a sampler that does not know which trials live. While none has died
 * that is the first row.
 *
 * @param ask - Asks the sampler; every time its draws are others.
 */
export function likelier(
  context: AskContext,
  ask: (context: AskContext) => Float64Array | null,
): Float64Array | null {
  let best = ask(context);
  const columns = columnsOf(context.history, context.directions);
  const chance = chanceIn(context.history, columns);
  if (!chance || !best) return best;
  const point = new Float64Array(columns.coordinates.dims);
  const chanceAt = (row: Float64Array): number => {
    toPoint(columns.coordinates, row, point);
    return chance.logChanceAt(point);
  };
  let most = chanceAt(best);
  for (let k = 1; k < TRIES && most < HALF; k++) {
    const row = ask({ ...context, rng: (purpose) => context.rng(`${purpose}/${k}`) });
    const own = row ? chanceAt(row) : Number.NEGATIVE_INFINITY;
    if (own > most) [best, most] = [row, own];
  }
  return best;
}
