import type { History } from "../../core/search/history.ts";
import { memo } from "../memo.ts";
import { type Chance, chanceToLive, type KeptSurvival, LATEST } from "../survival/survival.ts";
import type { Columns } from "./observations.ts";

const kept = memo((_: History): KeptSurvival => ({}));

/**
 * The chance to live by all trials, or null while none has died or none has lived, when there is nothing to learn. Trials
 * do not live that broke a constraint, that a limit ended or that failed.
 */
export function chanceIn(history: History, columns: Columns): Chance | null {
  const { coordinates, points, alive, dead, lost, size } = columns;
  if (dead === 0 || dead === size) return null;
  const { dims, numbers, params, isActivity, space } = coordinates;
  const choices = Int32Array.from(params, (p, d) => {
    const { distribution } = space.params[p]!;
    return d < numbers || isActivity[d] || distribution.kind !== "categorical"
      ? 0
      : distribution.choices.length;
  });
  const lived = (i: number): boolean => alive[i] === 1;
  let from = lost.length;
  while (from > 0 && lost[from - 1]! >= size - LATEST) from--;
  return chanceToLive(kept(history), { dims, choices, points, lived }, { size, lost: lost.slice(from) });
}
