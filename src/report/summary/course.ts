import { sign } from "../../core/search/direction.ts";
import { isLost, type Reason } from "../../core/trial.ts";
import type { Field } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { validOnly } from "../valid.ts";

/** What the finished trials of a study have come to so far, read in one pass over a few columns. */
export interface Course {
  /** When each trial ended, in milliseconds since 1970, ascending. */
  readonly endsMs: Float64Array;
  /** The numbers of the trials, in the order in which they ended. */
  readonly numbers: Float64Array;
  readonly complete: number;
  /** How many complete trials meet their constraints. */
  readonly feasible: number;
  readonly lost: number;
  /** The time of all trials together, and of the lost ones. */
  readonly timeMs: number;
  readonly lostMs: number;
  /** Of a study with one direction: the number of the best of the first half of the trials, and how the best one came about. */
  readonly halfBest: number | null;
  readonly best: {
    readonly number: number;
    readonly value: number;
    /** By how much it is better than the best one before it; null for the first. */
    readonly gain: number | null;
  } | null;
  /** The trial to compare the best one with; null where none of them is complete. */
  readonly baseline: { readonly number: number; readonly kind: "defaults" | "enqueued" | "first" } | null;
}

const FIELDS = [
  ...(["number", "state", "reason", "value", "violation", "durationMs", "finishedAtMs"] as const),
  "proposer" as const,
].map((name): Field => ({ name }));

/** The finished trials in columns. */
interface Ended {
  readonly numbers: Float64Array;
  readonly endsMs: Float64Array;
  /** Their first values; NaN for a trial that cannot be the best. */
  readonly values: Float64Array;
}

export async function readCourse(reader: Reader, study: StudyRow): Promise<Course> {
  const numbers: number[] = [];
  const endsMs: number[] = [];
  const values: number[] = [];
  let [complete, lost, timeMs, lostMs] = [0, 0, 0, 0];
  const firsts = new Map<unknown, number>();
  for await (const page of reader.cells(study, FIELDS, validOnly({}))) {
    for (const [number, state, reason, value, violation, duration, endMs, proposer] of page) {
      if (endMs === null || state === "waiting" || state === "running") continue;
      const own = Number(duration ?? 0);
      timeMs += own;
      if (state === "complete") complete++;
      else if (isLost(reason as Reason | null)) {
        lost++;
        lostMs += own;
      }
      const isFeasible = state === "complete" && violation === 0;
      numbers.push(Number(number));
      endsMs.push(Number(endMs));
      values.push(isFeasible ? Number(value) : Number.NaN);
      if (!isFeasible) continue;
      if (!firsts.has("first")) firsts.set("first", Number(number));
      if (!firsts.has(proposer)) firsts.set(proposer, Number(number));
    }
  }
  const ended = inOrder({ numbers, endsMs, values });
  const kind = (["defaults", "enqueued", "first"] as const).find((each) => firsts.has(each));
  return {
    numbers: ended.numbers,
    endsMs: ended.endsMs,
    ...{ complete, lost, timeMs, lostMs, feasible: values.filter((value) => !Number.isNaN(value)).length },
    ...bestOf(ended, study),
    baseline: kind === undefined ? null : { kind, number: firsts.get(kind)! },
  };
}

/** The trials in the order in which they ended, which is nearly that of their numbers. */
function inOrder(trials: Readonly<Record<keyof Ended, readonly number[]>>): Ended {
  const order = Uint32Array.from(trials.endsMs, (_, i) => i);
  const ends = trials.endsMs;
  if (ends.some((end, i) => i > 0 && end < ends[i - 1]!)) order.sort((a, b) => ends[a]! - ends[b]! || a - b);
  const sorted = (column: readonly number[]) => Float64Array.from(order, (i) => column[i]!);
  return { numbers: sorted(trials.numbers), endsMs: sorted(ends), values: sorted(trials.values) };
}

/** How the best value came about; of equal values it is the one with the smallest number, as in `best`. */
function bestOf({ numbers, values }: Ended, { directions }: StudyRow): Pick<Course, "best" | "halfBest"> {
  if (directions.length > 1) return { best: null, halfBest: null };
  const flip = sign(directions[0]!);
  const half = Math.ceil(values.length / 2);
  let best: number | null = null;
  let before: number | null = null;
  let halfBest: number | null = null;
  values.forEach((value, at) => {
    if (at === half && best !== null) halfBest = numbers[best]!;
    if (Number.isNaN(value)) return;
    const ahead = best === null ? Number.POSITIVE_INFINITY : (values[best]! - value) * flip;
    if (ahead > 0) before = best === null ? null : values[best]!;
    if (ahead > 0 || (ahead === 0 && numbers[at]! < numbers[best!]!)) best = at;
  });
  if (best === null) return { best: null, halfBest: null };
  const value = values[best]!;
  const gain = before === null ? null : Math.abs(value - before);
  return { halfBest, best: { number: numbers[best]!, value, gain } };
}

/** How many trials ended after the one with this number. */
export function endedSince({ numbers }: Course, number: number): number {
  return numbers.length - 1 - numbers.indexOf(number);
}

/** The pace is that of so many of the last trials. */
const RECENT = 50;
/** Fewer trials than this tell no pace. */
const LEAST = 2;

/**
 * How long a run needs for the rest of its trials at the pace of the last ones. A pace is that up to now, so that it falls
 * while no trial ends.
 *
 * @param endsMs - When the last trials ended, ascending; those that ended before the run began do not count.
 * @returns null while too few have ended.
 */
export function paceOf(
  endsMs: ArrayLike<number>,
  { sinceMs, nowMs, left }: { readonly sinceMs: number; readonly nowMs: number; readonly left: number },
): { readonly perHour: number; readonly leftMs: number } | null {
  let count = 0;
  while (count < Math.min(RECENT, endsMs.length) && endsMs[endsMs.length - 1 - count]! >= sinceMs) count++;
  if (count < LEAST) return null;
  const before = endsMs[endsMs.length - 1 - count];
  const fromMs = count < RECENT || before === undefined ? sinceMs : Math.max(before, sinceMs);
  const each = Math.max(1, nowMs - fromMs) / count;
  return { perHour: 3_600_000 / each, leftMs: Math.max(0, left) * each };
}
