import { studentTail } from "../core/numeric/normal.ts";
import { rng } from "../core/rng.ts";
import type { Estimate } from "../core/trial.ts";

/**
 * How a study computes a trial's value from its splits, as far as the complete trials show it. All values here are costs:
 * smaller is better.
 */
export interface AggregateForm {
  /** The k for which the value is the mean plus k sample standard deviations. undefined: any k fits; null: none does. */
  readonly spread: number | null | undefined;
  /** The value is at one of these places of the sorted splits. 1 is the best; 2.5 is the mean of the second and the third. */
  readonly places: readonly number[];
  /** The value has always equalled that of one of these splits, by split number, whatever its place. */
  readonly splits: readonly number[];
}

/** The form before any trial is complete: everything is possible. */
export function anyForm(splitCount: number): AggregateForm {
  const places = Array.from({ length: splitCount }, (_, place) => place + 1);
  const median = (splitCount + 1) / 2;
  return {
    spread: undefined,
    places: Number.isInteger(median) ? places : [...places, median],
    splits: places.map((place) => place - 1),
  };
}

/**
 * The form that remains possible after one more complete trial.
 *
 * @param values - The values of the trial's splits, by split number.
 */
export function narrowed(form: AggregateForm, values: readonly number[], value: number): AggregateForm {
  const size = values.reduce((sum, each) => sum + Math.abs(each), 0) / values.length;
  const isAt = (expected: number): boolean => Math.abs(expected - value) <= 1e-9 * size; // sums depend on their order
  const sorted = form.places.length > 0 ? Float64Array.from(values).sort() : NONE;
  return {
    spread: spreadOf(form.spread, values, value, { size, isAt }),
    places: kept(form.places, (place) => isAt(atPlace(sorted, place))),
    splits: kept(form.splits, (split) => isAt(values[split]!)),
  };
}

const NONE = new Float64Array();

/** Filters a list. The same list is returned if every entry is kept, so that a form costs no new memory. */
function kept(list: readonly number[], isKept: (entry: number) => boolean): readonly number[] {
  return list.every(isKept) ? list : list.filter(isKept);
}

function spreadOf(
  known: AggregateForm["spread"],
  splits: readonly number[],
  value: number,
  { size, isAt }: { readonly size: number; readonly isAt: (expected: number) => boolean },
): AggregateForm["spread"] {
  const { mean, squares } = momentsOf(splits);
  if (known === null || !Number.isFinite(mean)) return null;
  const deviation = Math.sqrt(squares / (splits.length - 1));
  if (known !== undefined) return isAt(mean + known * deviation) ? known : null;
  if (isAt(mean)) return deviation > 1e-6 * size ? 0 : undefined;
  const found = (value - mean) / deviation;
  return deviation > 1e-6 * size && found > 0 ? found : null;
}

function momentsOf(values: ArrayLike<number>): { mean: number; squares: number } {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let k = 0; k < values.length; k++) squares += (values[k]! - mean) ** 2;
  return { mean, squares };
}

/** The value at a place of sorted numbers; at a place between two, their mean. */
function atPlace(sorted: Float64Array, place: number): number {
  return (sorted[Math.floor(place) - 1]! + sorted[Math.ceil(place) - 1]!) / 2;
}

/**
 * Whether the value can be predicted from some of the splits. It cannot if it is the best split or a place next to it,
 * because one outlier among the further splits decides.
 */
export function isForeseeable({ spread, places }: AggregateForm, splitCount: number): boolean {
  return places.length > 0 ? places[0]! >= (splitCount + 1) / 2 : spread !== null;
}

/** The splits that a running trial has and the prediction for the others. */
export interface Outlook {
  /** The value of each split, by split number: measured if it is finished, else predicted. */
  readonly values: readonly number[];
  readonly isFinished: readonly boolean[];
  /** The standard deviation of one split around its prediction. */
  readonly sd: number;
  /** The degrees of freedom of the estimate `sd`. */
  readonly freedom: number;
}

/**
 * An upper bound of the probability that the value of a running trial will be below `limit`, over all forms that are still
 * possible.
 *
 * For the mean plus a part of the spread, the spread is taken at its least, which is that of the finished splits: further
 * splits only add to it. For a place, the value is below the limit if enough splits are. The probability that at least m
 * of n further splits are below it, split i with probability p_i, is at most the sum of the p_i divided by m. The bound may
 * also leave out the splits with the largest p_i, if it counts each of them as below. It holds however the splits depend
 * on each other.
 */
export function chanceBelow(
  { spread, places, splits }: AggregateForm,
  { values, isFinished, sd, freedom }: Outlook,
  limit: number,
): number {
  const finished: number[] = [];
  const ahead: number[] = [];
  for (let split = 0; split < values.length; split++)
    (isFinished[split] ? finished : ahead).push(values[split]!);
  const chanceOf = (expected: number, error: number): number =>
    studentTail((expected - limit) / error, freedom);
  let chance = 0;
  if (spread !== null) {
    const least = (spread ?? 0) * Math.sqrt(momentsOf(finished).squares / (values.length - 1));
    const error = sd * Math.sqrt(1 / finished.length - 1 / values.length);
    chance = chanceOf(momentsOf(values).mean + least, error);
  }
  const error = sd * Math.sqrt(1 + 1 / finished.length);
  if (places.length > 0) {
    let needed = Math.floor(places[0]!);
    for (const value of finished) if (value < limit) needed--;
    const chances = new Float64Array(ahead.length);
    for (let k = 0; k < ahead.length; k++) chances[k] = chanceOf(ahead[k]!, error);
    chance = Math.max(chance, atLeast(needed, chances.sort()));
  }
  for (const split of splits)
    chance = Math.max(chance, chanceOf(values[split]!, isFinished[split] ? 0 : error));
  return chance;
}

/** An upper bound of the probability that at least `needed` events happen; `chances` has that of each, ascending. */
function atLeast(needed: number, chances: Float64Array): number {
  if (needed <= 0) return 1;
  if (needed > chances.length) return 0;
  let sum = 0;
  let bound = 1;
  for (let i = 0; i < chances.length; i++) {
    sum += chances[i]!;
    const left = needed - (chances.length - 1 - i); // the events with larger chances count as certain
    if (left > 0) bound = Math.min(bound, sum / left);
  }
  return bound;
}

/** How many draws an estimate takes; each is used twice, the second time mirrored. */
const DRAWS = 16;

/** Standard normal numbers for all draws, by how many one draw needs. Every trial uses the same, so estimates repeat. */
const normals = new Map<number, Float64Array>();

function normalsFor(count: number): Float64Array {
  const known = normals.get(count);
  if (known) return known;
  const { normal } = rng(0, count, "race");
  const made = Float64Array.from({ length: DRAWS * count }, normal);
  normals.set(count, made);
  return made;
}

/** The mean and standard deviation of a running trial's value, over draws of its further splits. */
export function estimateOf(form: AggregateForm, { values, isFinished, sd }: Outlook): Estimate {
  let count = 0;
  for (const isOne of isFinished) if (isOne) count++;
  const size = values.length;
  const noise = normalsFor(size + 1);
  const drawn = new Float64Array(2 * DRAWS);
  const splits = new Float64Array(size);
  for (let k = 0; k < drawn.length; k++) {
    const start = (k >> 1) * (size + 1);
    const scale = k % 2 === 0 ? sd : -sd;
    const level = noise[start + size]! / Math.sqrt(count);
    for (let j = 0; j < size; j++)
      splits[j] = values[j]! + (isFinished[j] ? 0 : scale * (level + noise[start + j]!));
    drawn[k] = valueBy(form, splits);
  }
  const { mean, squares } = momentsOf(drawn);
  return { value: mean, sd: Math.sqrt(squares / (drawn.length - 1)) };
}

/** The value that a form gives for these splits. Sorts `values` in place if the form needs the order. */
function valueBy({ spread, places }: AggregateForm, values: Float64Array): number {
  if (spread !== null) {
    const { mean, squares } = momentsOf(values);
    return mean + (spread ?? 0) * Math.sqrt(squares / (values.length - 1));
  }
  return atPlace(values.sort(), places[0]!);
}
