import type { History } from "../../core/search/history.ts";
import { memo } from "../memo.ts";
import {
  type Chance,
  carefulChance,
  fitPoint,
  fitSurvival,
  LATEST,
  type Survival,
} from "../survival/survival.ts";
import type { Columns } from "./observations.ts";

const kept = memo((_: History): { survival?: Survival } => ({}));

/**
 * The chance to live by all trials, or null while none has died or none has lived, when there is nothing to learn. Trials
 * do not live that broke a constraint, that a limit ended or that failed.
 */
export function chanceIn(history: History, columns: Columns): Chance | null {
  const { coordinates, points, alive, dead, lost, size } = columns;
  if (dead === 0 || dead === size) return null;
  const cache = kept(history);
  const lived = (i: number): boolean => alive[i] === 1;
  const at = fitPoint(size, lived);
  if (cache.survival?.size !== at) {
    const { dims, numbers, params, isActivity, space } = coordinates;
    const choices = Int32Array.from(params, (p, d) => {
      const { distribution } = space.params[p]!;
      return d < numbers || isActivity[d] || distribution.kind !== "categorical"
        ? 0
        : distribution.choices.length;
    });
    cache.survival = fitSurvival({ dims, choices, points, lived }, at);
  }
  let from = lost.length;
  while (from > 0 && lost[from - 1]! >= size - LATEST) from--;
  return carefulChance(cache.survival, { dims: coordinates.dims, points, lost: lost.slice(from), size });
}
