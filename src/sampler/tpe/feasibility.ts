import { memo } from "../memo.ts";
import { type Chance, chanceToLive, type KeptSurvival, LATEST } from "../survival/survival.ts";
import { type BlockTrials, readPoint, TIER } from "./block-trials.ts";

/**
 * The exponent of the probability of survival in a candidate's score. It is high, because the best params are often
 * close to those that need too much memory, and a trial that dies teaches little and costs as much as one that lives.
 */
export const CAUTION = 6;

const kept = memo((_: BlockTrials): KeptSurvival => ({}));

/** The chance to live of a block's trials; null while none has died or none has lived, when there is nothing to learn. */
export function survivalOf(trials: BlockTrials): Chance | null {
  const { size, counts, layout, points, tier } = trials;
  const died = counts[TIER.infeasible]! + counts[TIER.failed]!;
  if (died === 0 || died === size) return null;
  const { dims, choices } = layout;
  const lived = (i: number): boolean => tier[i]! < TIER.infeasible;
  const lost: number[] = [];
  for (let i = Math.max(0, size - LATEST); i < size; i++) if (!lived(i)) lost.push(i);
  return chanceToLive(kept(trials), { dims, choices, points, lived }, { size, lost });
}

/** The log of the probability that a trial with the params in `trials.point` lives. */
export function logSurvival({ point }: BlockTrials, chance: Chance): number {
  return chance.logChanceAt(point);
}

/** Whether a row of a space with one block is likelier to die than to live. */
export function isRisky(trials: BlockTrials, row: Float64Array): boolean {
  const chance = survivalOf(trials);
  if (!chance) return false;
  readPoint(trials, row);
  return logSurvival(trials, chance) < Math.log(0.5);
}
