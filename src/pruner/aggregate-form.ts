import { studentTail } from "../core/normal.ts";
import { rng } from "../core/rng.ts";
import type { Estimate } from "../core/trial.ts";

/**
 * How a study makes a trial's value of its splits, as far as complete trials tell. All values here are costs: the smaller
 * the better.
 */
export interface AggregateForm {
  /** The value is the mean and so many sample standard deviations; 0: the mean. undefined: any; null: it is none of these. */
  readonly spread: number | null | undefined;
  /** The value stands at one of these places of the sorted splits, 1 is the best; 2.5: between the second and the third. */
  readonly places: readonly number[];
  /** The value has always been that of one of these splits, whatever its place. */
  readonly splits: readonly number[];
}

/** Before any trial is complete. */
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
 * What a further complete trial leaves of a form.
 *
 * @param values - Of its splits, by their numbers.
 */
export function narrowed(form: AggregateForm, values: readonly number[], value: number): AggregateForm {
  const size = values.reduce((sum, each) => sum + Math.abs(each), 0) / values.length;
  const isAt = (expected: number): boolean => Math.abs(expected - value) <= 1e-9 * size; // adding in another order differs
  const sorted = Float64Array.from(values).sort();
  return {
    spread: spreadOf(form.spread, values, value, { size, isAt }),
    places: kept(form.places, (place) => isAt(atPlace(sorted, place))),
    splits: kept(form.splits, (split) => isAt(values[split]!)),
  };
}

/** The same list where nothing is left out. */
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

function momentsOf(values: readonly number[]): { mean: number; squares: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

/** The value at a place of sorted numbers; a place between two is the mean of both. */
function atPlace(sorted: Float64Array, place: number): number {
  return (sorted[Math.floor(place) - 1]! + sorted[Math.ceil(place) - 1]!) / 2;
}

/**
 * Whether some splits tell what the value will be. The best split and those next to it do not: one outlier among the
 * further splits decides.
 */
export function isForeseeable({ spread, places }: AggregateForm, splitCount: number): boolean {
  return places.length > 0 ? places[0]! >= (splitCount + 1) / 2 : spread !== null;
}

/** What is expected of a running trial. */
export interface Outlook {
  /** The value of each split: what it was, or what it is expected to be. */
  readonly values: readonly number[];
  readonly isFinished: readonly boolean[];
  /** The standard deviation of one split around what is expected of it, and by how many degrees of freedom it is known. */
  readonly sd: number;
  readonly freedom: number;
}

/**
 * At most so large is the chance that the value of a running trial will be below `limit`, by whichever form is possible.
 *
 * Of a mean and a part of the spread, the spread is taken to be no larger than the splits so far make it. A value at a
 * place is below the limit if so many splits are; the chance that at least m of n further ones are, of which the i-th is
 * with p_i, is at most the sum of the p_i divided by m, and the largest p_i may be left out together with their splits: this
 * holds however the splits depend on each other.
 */
export function chanceBelow(
  { spread, places, splits }: AggregateForm,
  { values, isFinished, sd, freedom }: Outlook,
  limit: number,
): number {
  const finished = values.filter((_, split) => isFinished[split]);
  const count = finished.length;
  const chanceOf = (expected: number, error: number): number =>
    studentTail((expected - limit) / error, freedom);
  const possible: number[] = [];
  if (spread !== null) {
    const least = (spread ?? 0) * Math.sqrt(momentsOf(finished).squares / (values.length - 1));
    const error = sd * Math.sqrt(1 / count - 1 / values.length);
    possible.push(chanceOf(momentsOf(values).mean + least, error));
  }
  const error = sd * Math.sqrt(1 + 1 / count);
  if (places.length > 0) {
    const ahead = values.filter((_, split) => !isFinished[split]);
    const needed = Math.floor(places[0]!) - finished.filter((value) => value < limit).length;
    possible.push(atLeast(needed, Float64Array.from(ahead, (value) => chanceOf(value, error)).sort()));
  }
  for (const split of splits) possible.push(chanceOf(values[split]!, isFinished[split] ? 0 : error));
  return Math.max(...possible);
}

/** A bound on the chance of at least so many events, from the chance of each, ascending. */
function atLeast(needed: number, chances: Float64Array): number {
  if (needed <= 0) return 1;
  if (needed > chances.length) return 0;
  let sum = 0;
  let bound = 1;
  for (const [i, chance] of chances.entries()) {
    sum += chance;
    const left = needed - (chances.length - 1 - i); // the larger chances are left out, and their events taken for sure
    if (left > 0) bound = Math.min(bound, sum / left);
  }
  return bound;
}

/** Draws for an estimate, each with its mirror image. */
const DRAWS = 16;

/** The value of a running trial, drawn from what is expected of its further splits: mean and standard deviation. */
export function estimateOf(form: AggregateForm, { values, isFinished, sd }: Outlook): Estimate {
  const count = isFinished.filter(Boolean).length;
  const { normal } = rng(0, count, "race"); // the same draws for every trial
  const drawn: number[] = [];
  for (let k = 0; k < DRAWS; k++) {
    const level = normal() / Math.sqrt(count);
    const noise = values.map((_, split) => (isFinished[split] ? 0 : sd * (level + normal())));
    for (const mirror of [1, -1])
      drawn.push(
        valueBy(
          form,
          values.map((value, split) => value + mirror * noise[split]!),
        ),
      );
  }
  const { mean, squares } = momentsOf(drawn);
  return { value: mean, sd: Math.sqrt(squares / (drawn.length - 1)) };
}

function valueBy({ spread, places }: AggregateForm, values: readonly number[]): number {
  if (spread !== null) {
    const { mean, squares } = momentsOf(values);
    return mean + (spread ?? 0) * Math.sqrt(squares / (values.length - 1));
  }
  return atPlace(Float64Array.from(values).sort(), places[0]!);
}
