import { type Direction, sign } from "../core/search/direction.ts";
import type { Field, Filter } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow, TrialRecord } from "../store/records.ts";

/** What lies beside one another in a strip: one split or report, or several in a row where there are many. */
export interface StripCellJson {
  /** The first and the last split, or step of a report. */
  readonly from: number;
  readonly to: number;
  /** The mean of the trial's values; null: it has none here. */
  readonly trial: number | null;
  readonly incumbent: number | null;
  /** The mean of trial less incumbent, where both have a value; null: nowhere. */
  readonly difference: number | null;
  /** Whether the trial was ended here, before it had a value. */
  readonly ended: boolean;
}

/** One objective of a trial beside that of the trial it had to beat. */
export interface StripJson {
  readonly objective: number;
  readonly direction: Direction;
  /** The number of the trial beside it; null: there is none. */
  readonly incumbent: number | null;
  /** Since when that is the best: it was so at the verdict that ended the trial, or it is now, of the other trials. */
  readonly best: "at the verdict" | "now";
  /** Of how many splits or reports both have a value, and on how many of these the trial's is the better one. */
  readonly pairs: number;
  readonly better: number;
  readonly cells: readonly StripCellJson[];
}

/** The splits of a trial, or in a study of one split its reports, beside those of the incumbent. */
export interface TrialStripJson {
  readonly of: "splits" | "reports";
  /** One for each direction; only the first has reports. */
  readonly objectives: readonly StripJson[];
}

/** The most cells of a strip. */
const WIDTH = 40;

/** Values by split or step; what is not finite is null. */
type Values = ReadonlyMap<number, number | null>;

/** @returns null for a trial that has neither a split nor a report, and was not ended in one. */
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

/** The split in which a trial ended that did not come to the end of it; null: none. */
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
  // A trial that was cut short reports anew in its next attempt: what it told last counts.
  return new Map((await reader.reports(trial.id)).map(({ step, value }) => [step, value]));
}

/**
 * The trial that a trial is compared with: the one that its pruner named; for a trial that another pruner stopped the best
 * one of that moment; for any other trial the best one now, itself left out. With several objectives it is the best one in
 * this objective.
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
  const [mine, its] = [own.get(place) ?? null, other.get(place) ?? null];
  return mine === null || its === null ? null : mine - its;
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

/** The mean of the numbers among these; null: there is none. */
function meanOf(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value): value is number => value !== null);
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
