import { sign } from "../../core/search/direction.ts";
import { type Distribution, decode } from "../../core/space/distribution.ts";
import type { Space } from "../../core/space/space.ts";
import { isLost } from "../../core/trial.ts";
import { markBest } from "../../importance/best-trials.ts";
import type { RangeCondition } from "../../importance/conditions.ts";
import type { StudyRow } from "../../store/records.ts";
import type { Finished } from "./finished.ts";
import { holdsFor } from "./patterns.ts";

/** A smaller range of a param, without the values of a rule. */
export interface NarrowJson {
  readonly param: string;
  /** How the study file would declare it: `int(16, 699, { log: true })`. */
  readonly declaration: string;
  /** How many of the trials that it leaves out were lost, and of how many. */
  readonly lost: number;
  readonly trials: number;
  /** The share of the best tenth that is left. */
  readonly keepsBest: number;
  /** Time of the lost trials that it leaves out. */
  readonly savesMs: number;
}

/** A range is left out only if at least this share of its trials is lost ... */
const LEAST_LOST = 0.5;
/** ... and it holds at most this share of the best tenth; with several directions none. */
const MOST_OF_BEST = 0.05;
const BEST_SHARE = 0.1;
/** Without so many complete trials nothing is known of where the best ones are. */
const LEAST_COMPLETE = 20;

/**
 * The range that saves most, of those that leave out what one condition of a rule names; null if each would leave out good
 * trials, or trials most of which live.
 */
export function narrowed(
  study: StudyRow,
  finished: Finished,
  conditions: readonly RangeCondition[],
): NarrowJson | null {
  const { reasons, columns, durations } = finished;
  let best: ReturnType<typeof bestOf> | undefined;
  const found = conditions.flatMap((condition): NarrowJson[] => {
    const declared = without(study.space, condition);
    if (!declared) return [];
    let [trials, lost, savesMs] = [0, 0, 0];
    for (let trial = 0; trial < reasons.length; trial++) {
      if (!holdsFor(condition, columns, trial)) continue;
      trials++;
      if (!isLost(reasons[trial]!)) continue;
      lost++;
      savesMs += durations[trial]!;
    }
    if (lost < LEAST_LOST * trials) return [];
    best ??= bestOf(study, finished);
    if (!best || (best.first !== null && holdsFor(condition, columns, best.first))) return [];
    const cut = best.trials.reduce((sum, trial) => sum + (holdsFor(condition, columns, trial) ? 1 : 0), 0);
    const most = study.directions.length > 1 ? 0 : MOST_OF_BEST * best.trials.length;
    if (cut > most) return [];
    const { name } = study.space.params[condition.param]!;
    const keepsBest = 1 - cut / best.trials.length;
    return [{ param: name, declaration: declared, lost, trials, keepsBest, savesMs }];
  });
  return found.sort((a, b) => b.savesMs - a.savesMs)[0] ?? null;
}

/** The best tenth of the complete trials, and with one direction the best one. */
function bestOf({ directions }: StudyRow, { values, reasons }: Finished) {
  const complete: number[] = [];
  for (let trial = 0; trial < reasons.length; trial++)
    if (values.every((column) => !Number.isNaN(column[trial]!))) complete.push(trial);
  if (complete.length < LEAST_COMPLETE) return null;
  const costs = directions.map((direction, k) =>
    Float64Array.from(complete, (trial) => sign(direction) * values[k]![trial]!),
  );
  const among = markBest(costs, BEST_SHARE);
  let first = 0;
  for (let i = 0; i < complete.length; i++) if (costs[0]![i]! < costs[0]![first]!) first = i;
  return {
    trials: complete.filter((_, i) => among[i] === 1),
    first: directions.length === 1 ? complete[first]! : null,
  };
}

/** The declaration of a param without the values of a condition; null if none are left, or another param needs them. */
function without(space: Space, { param, operator, value }: RangeCondition): string | null {
  const { distribution } = space.params[param]!;
  const isParent = space.params.some(({ when }) => when.some(({ parent }) => parent === param));
  if (isParent) return null;
  if (distribution.kind === "categorical") {
    const left = distribution.choices.filter((_, index) => index !== value);
    return left.length > 0 && operator === "=" ? declaration({ ...distribution, choices: left }) : null;
  }
  const { low, high, step } = distribution;
  const toGrid = (steps: number): number => Number((low + steps * (step ?? 1)).toPrecision(12));
  const bounds =
    operator === ">="
      ? [low, step === null ? value : toGrid(Math.ceil((value - low) / step - 1e-9) - 1)]
      : [step === null ? value : toGrid(Math.floor((value - low) / step + 1e-9) + 1), high];
  const [from, to] = bounds as [number, number];
  return from < to ? declaration({ ...distribution, low: from, high: to }) : null;
}

/** A distribution as a study file declares it. */
function declaration(distribution: Distribution): string {
  if (distribution.kind === "categorical") {
    const choices = distribution.choices.map((_, index) => JSON.stringify(decode(distribution, index)));
    return `categorical([${choices.join(", ")}])`;
  }
  const { kind, low, high, log, step } = distribution;
  const options = log
    ? ", { log: true }"
    : step === null || (kind === "int" && step === 1)
      ? ""
      : `, { step: ${step} }`;
  return `${kind}(${low}, ${high}${options})`;
}
