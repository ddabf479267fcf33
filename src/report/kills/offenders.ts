import { decode } from "../../core/space/distribution.ts";
import type { Space } from "../../core/space/space.ts";
import { isLost, type Reason } from "../../core/trial.ts";
import type { RangeCondition } from "../../importance/conditions.ts";
import { findRepeats, type Repeat, type Tries } from "../../importance/repeats.ts";
import type { FieldCell, Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { paramColumns } from "../param-columns.ts";
import { type EarlierLoss, type Finished, readEarlierLosses, readFinished } from "./finished.ts";
import { holdsFor, type ParamConditionJson, shownValue } from "./patterns.ts";

/** Params, or a neighbourhood of params, that were lost again and again. */
export interface RepeatOffenderJson {
  /** `tried 3 times, lost each time (crash): units = 512, batch = 64`. */
  readonly text: string;
  /** `params`: equal params. `neighbourhood`: params of one cell of the space. */
  readonly kind: Repeat["kind"];
  /** Where the tries lie: of a number the smallest and the largest one, of a choice which one. */
  readonly conditions: readonly ParamConditionJson[];
  /** How many attempts of trials there were. */
  readonly tried: number;
  readonly lost: number;
  readonly lived: number;
  /** How many attempts were lost for each reason; `interrupted`: its coordinator or host died. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  /** The studies of the database whose trials these are. */
  readonly studies: readonly string[];
  /** Probability that chance alone loses so many, corrected for all that was looked at. */
  readonly p: number;
}

/** Most repeat offenders that are told. */
const MOST_OFFENDERS = 5;
/** How many trials of other studies are looked at, the newest first. */
const MOST_OTHERS = 20_000;
/** Another study is compared if it has at least this share of the params. */
const LEAST_SHARED = 0.5;

/** The tries of one study, in columns of the space that is asked about. */
interface StudyTries {
  readonly study: string;
  /** Indexes of the params that the study has too. */
  readonly shared: readonly number[];
  readonly columns: readonly Float64Array[];
  /** How the trials ended: first those that did, then those that were lost and are not over. */
  readonly reasons: readonly (Reason | null)[];
  readonly finished: number;
  /** The reasons of attempts that were lost before the last one, by the index of the trial. */
  readonly earlier: ReadonlyMap<number, readonly Reason[]>;
}

/** What is asked about. */
interface Question {
  readonly study: StudyRow;
  readonly finished: Finished;
  readonly selection: Selection;
  /** The rules that are told of already. */
  readonly rules: readonly (readonly RangeCondition[])[];
  /** Whether only these reasons are losses. @default all */
  readonly wanted: readonly string[] | undefined;
  /** Whether the trials of other studies are looked at. */
  readonly withOthers: boolean;
}

/** Params that were lost again and again, over attempts and over the studies of the database. */
export async function repeatOffenders(reader: Reader, question: Question): Promise<RepeatOffenderJson[]> {
  const { study, finished, selection, rules, wanted, withOthers } = question;
  const { space } = study;
  const everything = space.params.map((_, param) => param);
  const earlier = await readEarlierLosses(reader, study, selection);
  const own = triesOf(study, everything, finished, earlier, space);
  const others = withOthers ? await readOthers(reader, study) : [];
  const isLoss = (reason: Reason): boolean => wanted?.includes(reason) ?? true;
  const found: RepeatOffenderJson[] = [];
  // Studies with fewer params are compared in what they share, together with all that share as much.
  const kinds = new Map(others.map(({ shared }) => [shared.join(), shared]));
  for (const params of new Map([[everything.join(), everything], ...kinds]).values()) {
    const studies = [own, ...others.filter(({ shared }) => params.every((param) => shared.includes(param)))];
    const { tries, at } = pooled(space, studies, isLoss);
    const isTold = new Uint8Array(tries.tried.length);
    for (const rule of rules)
      for (let trial = 0; trial < isTold.length; trial++)
        if (rule.every((condition) => holdsFor(condition, tries.columns, trial))) isTold[trial] = 1;
    for (const repeat of findRepeats(space, params, tries, isTold)) {
      const names = new Set(repeat.trials.map((trial) => at(trial).from.study));
      if (params.length < everything.length && names.size === 1) continue;
      found.push(toOffender(space, params, tries, repeat, at, isLoss));
    }
  }
  return found.sort((a, b) => b.lost - a.lost || a.p - b.p).slice(0, MOST_OFFENDERS);
}

/** The trials of the other studies of the database that share enough params. */
async function readOthers(reader: Reader, study: StudyRow): Promise<StudyTries[]> {
  const { params } = study.space;
  const found: StudyTries[] = [];
  let left = MOST_OTHERS;
  for (const other of (await reader.studies()).reverse()) {
    if (other.id === study.id || left <= 0) continue;
    const shared = params.flatMap(({ name }, i) =>
      other.space.params.some((param) => param.name === name) ? [i] : [],
    );
    if (shared.length === 0 || shared.length < LEAST_SHARED * params.length) continue;
    const newest: Selection = { order: [{ field: { name: "number" }, descending: true }], limit: left };
    const finished = await readFinished(reader, other, newest);
    const earlier = await readEarlierLosses(reader, other, {});
    found.push(triesOf(other, shared, finished, earlier, study.space));
    left -= finished.reasons.length;
  }
  return found;
}

/** The tries of a study. @param space - The space that is asked about, in whose numbers the params are. */
function triesOf(
  { name, space: own }: StudyRow,
  shared: readonly number[],
  finished: Finished,
  earlier: readonly EarlierLoss[],
  space: Space,
): StudyTries {
  const open = earlier.filter(({ isFinished }) => !isFinished);
  const openCells = own.params.map((_, i) => open.map(({ params }) => params[i] as FieldCell));
  const openColumns = paramColumns(own, openCells);
  const indexOf = new Map(earlier.length > 0 ? finished.numbers.map((number, i) => [number, i]) : []);
  const count = finished.reasons.length;
  const lost = new Map<number, readonly Reason[]>(open.map(({ reasons }, i) => [count + i, reasons]));
  for (const { number, isFinished, reasons } of earlier) {
    const at = indexOf.get(number);
    if (isFinished && at !== undefined) lost.set(at, reasons);
  }
  const columns = space.params.map(({ name: param, distribution }) => {
    const at = own.params.findIndex((each) => each.name === param);
    if (own === space && open.length === 0) return finished.columns[at]!;
    const found = new Float64Array(count + open.length).fill(Number.NaN);
    if (at < 0) return found;
    const theirs = own.params[at]!.distribution;
    found.set(finished.columns[at]!);
    found.set(openColumns[at]!, count);
    if (own === space) return found;
    return found.map((value) =>
      Number.isNaN(value) ? value : translated(decode(theirs, value), distribution),
    );
  });
  const reasons = open.length === 0 ? finished.reasons : [...finished.reasons, ...open.map(() => null)];
  return { study: name, shared, columns, reasons, finished: count, earlier: lost };
}

/** A value of another study as the number of a row; infinite where the param cannot have it. */
function translated(value: unknown, distribution: Space["params"][number]["distribution"]): number {
  if (distribution.kind === "categorical") {
    const index = distribution.choices.indexOf(value as never);
    return index < 0 ? Number.POSITIVE_INFINITY : index;
  }
  const { low, high } = distribution;
  return typeof value === "number" && value >= low && value <= high ? value : Number.POSITIVE_INFINITY;
}

/** The reasons of the lost attempts of a trial. */
function lossesOf({ reasons, earlier }: StudyTries, trial: number): readonly Reason[] {
  const reason = reasons[trial]!;
  return [...(earlier.get(trial) ?? []), ...(reason !== null && isLost(reason) ? [reason] : [])];
}

/** Puts the tries of several studies together, without trials that the space of the first cannot have. */
function pooled(space: Space, studies: readonly StudyTries[], isLoss: (reason: Reason) => boolean) {
  const size = studies.reduce((sum, { reasons }) => sum + reasons.length, 0);
  const places = { study: new Int32Array(size), trial: new Int32Array(size) };
  const [tried, lost, rates] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  let count = 0;
  for (const [number, from] of studies.entries()) {
    const first = count;
    let [allTried, allLost] = [0, 0];
    for (let trial = 0; trial < from.reasons.length; trial++) {
      if (number > 0 && from.columns.some((column) => column[trial] === Number.POSITIVE_INFINITY)) continue;
      const reason = from.reasons[trial]!;
      const isPlain = (reason === null || !isLost(reason)) && !from.earlier.has(trial);
      const losses = isPlain ? NONE : lossesOf(from, trial);
      const own = isPlain ? 0 : losses.filter(isLoss).length;
      const others = losses.length - own;
      // An attempt that was lost for another reason does not tell whether it would have been lost for these.
      const all = (trial < from.finished ? 1 : 0) + (from.earlier.get(trial)?.length ?? 0) - others;
      if (all === 0) continue;
      places.study[count] = number;
      places.trial[count] = trial;
      tried[count] = all;
      lost[count] = own;
      allTried += all;
      allLost += own;
      count++;
    }
    rates.fill(allLost / Math.max(1, allTried), first, count);
  }
  const columns = space.params.map((_, param) => {
    const column = new Float64Array(count);
    for (let i = 0; i < count; i++) column[i] = studies[places.study[i]!]!.columns[param]![places.trial[i]!]!;
    return column;
  });
  const tries: Tries = {
    columns,
    ...{ tried: tried.subarray(0, count), lost: lost.subarray(0, count), rates: rates.subarray(0, count) },
  };
  return {
    tries,
    at: (i: number): Place => ({ from: studies[places.study[i]!]!, trial: places.trial[i]! }),
  };
}

const NONE: readonly Reason[] = [];

type Place = { readonly from: StudyTries; readonly trial: number };

function toOffender(
  space: Space,
  params: readonly number[],
  { columns }: Tries,
  { kind, trials, tried, lost, p }: Repeat,
  at: (trial: number) => Place,
  isLoss: (reason: Reason) => boolean,
): RepeatOffenderJson {
  const conditions: ParamConditionJson[] = [];
  const shown: string[] = [];
  for (const param of params) {
    const { name, distribution } = space.params[param]!;
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const trial of trials) {
      const value = columns[param]![trial]!;
      if (value < from) from = value;
      if (value > to) to = value;
    }
    if (from > to) continue; // inactive
    const [low, high] = [decode(distribution, from), decode(distribution, to)];
    if (from === to) conditions.push({ param: name, op: "=", value: low });
    else conditions.push({ param: name, op: ">=", value: low }, { param: name, op: "<=", value: high });
    shown.push(
      from === to ? `${name} = ${shownValue(low)}` : `${name} ${shownValue(low)}..${shownValue(high)}`,
    );
  }
  const reasons: Partial<Record<Reason, number>> = {};
  for (const trial of trials) {
    const { from, trial: own } = at(trial);
    for (const reason of lossesOf(from, own).filter(isLoss)) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const studies = [...new Set(trials.map((trial) => at(trial).from.study))];
  const counts = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
  const why = counts
    .map(([reason, count]) => (counts.length === 1 ? reason : `${reason} ${count}`))
    .join(", ");
  const where = studies.length > 1 ? `, in ${studies.slice(0, -1).join(", ")} and ${studies.at(-1)}` : "";
  const times = lost === tried ? "each time" : `${lost} times`;
  const text = `tried ${tried} times, lost ${times} (${why})${where}: ${shown.join(", ")}`;
  return { text, kind, conditions, tried, lost, lived: tried - lost, reasons, studies, p };
}
