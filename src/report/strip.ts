import { type Direction, sign } from "../core/search/direction.ts";
import type { Field, Filter } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow, TrialRecord } from "../store/records.ts";
import { VALID } from "./valid.ts";

/** One cell of a strip: one split or report, or several adjacent ones if there are more than cells. */
export interface StripCellJson {
  /** The first and the last split, or step of a report, in this cell. */
  readonly from: number;
  readonly to: number;
  /** The mean of the trial's values in this cell; null if it has none. */
  readonly trial: number | null;
  /** The mean of the incumbent's values in this cell; null if it has none. */
  readonly incumbent: number | null;
  /** The mean of the trial's value minus the incumbent's, where both have one; null if they never do. */
  readonly difference: number | null;
  /** Whether the trial ended here before it had a value. */
  readonly ended: boolean;
}

/** One objective of a trial compared with the trial that it had to beat, the incumbent. */
export interface StripJson {
  readonly objective: number;
  readonly direction: Direction;
  /** The number of the incumbent; null if there is none. */
  readonly incumbent: number | null;
  /** When the incumbent was the best of the other trials: at the verdict that ended this trial, or now. */
  readonly best: "at the verdict" | "now";
  /** How many splits or reports have a value in both trials. */
  readonly pairs: number;
  /** In how many of these pairs the trial's value is better. */
  readonly better: number;
  readonly cells: readonly StripCellJson[];
}

/** The splits of a trial, or its reports in a one-split study, compared with those of the incumbent. */
export interface TrialStripJson {
  readonly of: "splits" | "reports";
  /** One for each direction; for reports only the first direction, since a report has one value. */
  readonly objectives: readonly StripJson[];
}

/** The largest number of cells in a strip. */
const WIDTH = 40;

/** Values by split or step; a value that is not finite is null. */
type Values = ReadonlyMap<number, number | null>;

/**
 * Compares the splits or reports of a trial with those of the incumbent.
 *
 * @returns null for a trial that has neither a split nor a report and did not end in one.
 */
export async function stripOf(
  reader: Reader,
  study: StudyRow,
  trial: TrialRecord,
): Promise<TrialStripJson | null> {
  const of = study.splitCount > 1 ? "splits" : "reports";
  const objectives = of === "splits" ? study.directions : study.directions.slice(0, 1);
  const ended = of === "splits" ? endedIn(trial) : null;
  const strips: StripJson[] = [];
  for (const [objective, direction] of objectives.entries()) {
    const own = await valuesOf(reader, trial, of, objective);
    if (own.size === 0 && ended === null) return null;
    const { incumbent, best } = await incumbentOf(reader, study, trial, objective);
    const other: Values = incumbent ? await valuesOf(reader, incumbent, of, objective) : new Map();
    const places = of === "splits" ? upTo(study.splitCount) : stepsOf(own, other);
    const pairs = places.flatMap((place) => differenceAt(own, other, place) ?? []);
    strips.push({
      objective,
      direction,
      incumbent: incumbent?.number ?? null,
      best,
      pairs: pairs.length,
      better: pairs.filter((difference) => difference * sign(direction) < 0).length,
      cells: cellsOf(places, own, other, ended),
    });
  }
  return { of, objectives: strips };
}

/** The split in which a trial ended without finishing it; null if there is none. */
function endedIn({ state, detail, splits }: TrialRecord): number | null {
  const split = /^(?:before )?split (\d+)$/.exec(String(detail?.during))?.[1];
  if (state === "complete" || split === undefined) return null;
  return splits.some((each) => each.split === Number(split)) ? null : Number(split);
}

async function valuesOf(
  reader: Reader,
  trial: TrialRecord,
  of: TrialStripJson["of"],
  objective: number,
): Promise<Values> {
  if (of === "splits")
    return new Map(trial.splits.map(({ split, values }) => [split, finiteOf(values[objective])]));
  // An interrupted trial reports again in its next attempt, so the last report of a step counts.
  return new Map((await reader.reports(trial.id)).map(({ step, value }) => [step, value]));
}

/**
 * The trial to compare a trial with. For a pruned trial it is the one that the pruner named, or else the best one at
 * that time. For any other trial it is the best one now, except the trial itself. With several objectives it is the
 * best one in the given objective.
 */
async function incumbentOf(
  reader: Reader,
  study: StudyRow,
  trial: TrialRecord,
  objective: number,
): Promise<{ readonly incumbent: TrialRecord | null; readonly best: StripJson["best"] }> {
  const isJudged = trial.state === "pruned" && trial.reason === "pruner" && study.directions.length === 1;
  const best = isJudged ? "at the verdict" : "now";
  const named = trial.detail?.incumbent;
  if (isJudged && typeof named === "number") return { incumbent: await reader.trial(study.id, named), best };
  const parts: Filter[] = [
    { kind: "in", field: { name: "violation" }, values: [0] }, // complete, and feasible
    VALID,
    compare("!=", { name: "number" }, trial.number),
    ...(isJudged ? [compare("<=", { name: "finishedAtMs" }, trial.finishedAtMs)] : []),
  ];
  const field: Field =
    study.directions.length === 1 ? { name: "value" } : { name: "values", index: objective };
  const descending = study.directions[objective] === "maximize";
  const selection = { filter: { kind: "and", parts }, order: [{ field, descending }], limit: 1 } as const;
  for await (const [incumbent] of reader.trials(study, selection))
    return { incumbent: incumbent ?? null, best };
  return { incumbent: null, best };
}

function compare(operator: "!=" | "<=", field: Field, value: number | null): Filter {
  return { kind: "compare", operator, left: { field }, right: { value } };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place);
}

function stepsOf(own: Values, other: Values): number[] {
  return [...new Set([...own.keys(), ...other.keys()])].sort((a, b) => a - b);
}

function differenceAt(own: Values, other: Values, place: number): number | null {
  const [ownValue, otherValue] = [own.get(place) ?? null, other.get(place) ?? null];
  return ownValue === null || otherValue === null ? null : ownValue - otherValue;
}

function cellsOf(
  places: readonly number[],
  own: Values,
  other: Values,
  ended: number | null,
): StripCellJson[] {
  const count = Math.min(places.length, WIDTH);
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [i, i + 1].map((edge) => Math.floor((edge * places.length) / count));
    const inside = places.slice(start, end);
    return {
      from: inside[0]!,
      to: inside.at(-1)!,
      trial: meanOf(inside.map((place) => own.get(place) ?? null)),
      incumbent: meanOf(inside.map((place) => other.get(place) ?? null)),
      difference: meanOf(inside.map((place) => differenceAt(own, other, place))),
      ended: ended !== null && inside.includes(ended),
    };
  });
}

function finiteOf(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** The mean of the values that are not null; null if all are. */
function meanOf(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value): value is number => value !== null);
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
