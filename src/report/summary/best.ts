import { std } from "../../core/aggregate.ts";
import { sign } from "../../core/search/direction.ts";
import type { ResultRecord, SplitRecord, StudyRow } from "../../store/records.ts";
import { type Difference, differenceOf } from "../compare/difference.ts";
import { type HypervolumeJson, readFront } from "../front.ts";
import { endedSince } from "./course.ts";
import { aheadBy, type Facts } from "./facts.ts";

/** The best of a study, and when it came. */
export interface BestPart {
  /** With one direction: the best trial; null before the first complete one that meets its constraints. */
  readonly best: {
    readonly number: number;
    readonly value: number;
    /** The standard deviation of its splits' values; null with fewer than two splits. */
    readonly sd: number | null;
    readonly splits: number;
    /** By how much it is better than the best one before it; null if it was the first. */
    readonly gain: number | null;
  } | null;
  /** How much better it is than the best of the first half of the trials, split by split; null if it is of that half. */
  readonly late: Difference | null;
  /** With several directions: how many trials are on the Pareto front, the newest of them, and what it dominates. */
  readonly front: {
    readonly trials: number;
    readonly newest: number | null;
    readonly hypervolume: HypervolumeJson;
  } | null;
  /** How long ago the best, or the newest of the front, ended, in milliseconds. */
  readonly agoMs: number | null;
  /** How many trials have ended since. */
  readonly since: number | null;
  /** How many complete trials break their constraints. */
  readonly infeasible: number;
}

/** The part, and what the next one needs too, so that it is read once. */
interface FoundBest {
  readonly best: BestPart;
  /** With several directions the results of the trials on the front. */
  readonly results: readonly ResultRecord[];
  /** With one direction the splits of the best trial. */
  readonly splits: readonly SplitRecord[];
}

export async function bestPart({ reader, study, course, nowMs }: Facts): Promise<FoundBest> {
  const infeasible = course.complete - course.feasible;
  const none = { best: null, late: null, front: null, agoMs: null, since: null, infeasible };
  if (study.directions.length > 1) {
    const { results, hypervolume } = await readFront(reader, study);
    const ends = new Map(Array.from(course.numbers, (number, i) => [number, course.endsMs[i]!]));
    const newest = results.reduce<number | null>(
      (last, { number }) => (last === null || ends.get(number)! > ends.get(last)! ? number : last),
      null,
    );
    const front = { trials: results.length, newest, hypervolume };
    const when = newest !== null && { agoMs: nowMs - ends.get(newest)!, since: endedSince(course, newest) };
    return { best: { ...none, front, ...when }, results, splits: [] };
  }
  if (!course.best) return { best: none, results: [], splits: [] };
  const { number, value, gain } = course.best;
  const splits = (await reader.trial(study.id, number))?.splits ?? [];
  const values = splits.flatMap((split) => (split.value === null ? [] : [split.value]));
  const { halfBest } = course;
  const half = halfBest === null || halfBest === number ? null : await reader.trial(study.id, halfBest);
  const best = {
    late: half && differenceOf(splits, half.splits, study.directions[0]!),
    best: { number, value, sd: values.length > 1 ? std(values) : null, splits: values.length, gain },
    front: null,
    agoMs: nowMs - course.endsMs[course.numbers.indexOf(number)]!,
    since: endedSince(course, number),
    infeasible,
  };
  return { best, results: [], splits };
}

/** What the best trial is better by than the one to begin with. */
export interface GainPart {
  /** The trial with the study's defaults, else the first enqueued one, else the first; null if none of them is complete. */
  readonly baseline: {
    readonly kind: "defaults" | "enqueued" | "first";
    readonly number: number;
    readonly values: readonly number[];
  } | null;
  /** With one direction: by how much the best value is better; above 0 it is better. */
  readonly gain: number | null;
  /** Split by split, with the interval of `compare`; null where the two have no splits in common. */
  readonly bySplits: {
    readonly splits: number;
    readonly better: number;
    readonly low: number | null;
    readonly high: number | null;
  } | null;
  /** Whether that is more than noise: the interval is above 0. null where that is not known. */
  readonly isMoreThanNoise: boolean | null;
  /** With several directions: how many trials of the front are better in one value and in none worse. */
  readonly dominating: number | null;
}

export async function gainPart(
  { reader, study, course }: Facts,
  { best: { best, front }, results, splits }: FoundBest,
): Promise<GainPart> {
  const none = { gain: null, bySplits: null, isMoreThanNoise: null, dominating: null };
  const first = course.baseline && (await reader.trial(study.id, course.baseline.number));
  if (!first) return { baseline: null, ...none };
  const baseline = { ...course.baseline!, values: first.values };
  if (front) {
    const dominating = results.filter(({ values }) => isBetter(study, values, first.values));
    return { baseline, ...none, dominating: dominating.length };
  }
  if (!best || best.number === first.number) return { baseline, ...none };
  const bySplits = differenceOf(splits, first.splits, study.directions[0]!);
  const isKnown = bySplits !== null && bySplits.low !== null;
  return {
    baseline,
    gain: aheadBy(study, best.value, first.value!),
    bySplits: isKnown ? bySplits : null,
    isMoreThanNoise: isKnown ? bySplits.low! > 0 : null,
    dominating: null,
  };
}

/** Whether values are at least as good as others in each direction, and better in one. */
function isBetter({ directions }: StudyRow, values: readonly number[], than: readonly number[]): boolean {
  const ahead = directions.map((direction, k) => (than[k]! - values[k]!) * sign(direction));
  return ahead.every((each) => each >= 0) && ahead.some((each) => each > 0);
}
