import { BelayError } from "../core/error.ts";
import { sign } from "../core/search/direction.ts";
import { hypervolume } from "../core/search/hypervolume.ts";
import { nonDominated } from "../core/search/pareto.ts";
import type { Reader } from "../store/reader.ts";
import type { ResultRecord, StudyRow } from "../store/records.ts";

/** How large the region is that a Pareto front dominates. */
export interface HypervolumeJson {
  /**
   * The volume up to the reference point, in the product of the objectives' units. null for an empty front, and where
   * it would take too long: with five or more objectives and more than 100 trials on the front.
   */
  readonly value: number | null;
  /** A value for each objective; what is no better than it counts for nothing. null for an empty front. */
  readonly reference: readonly number[] | null;
}

/** The hypervolume of the trials up to a number, with the reference point of the whole study. */
export interface GrowthJson {
  /** How many trials, in the order of their numbers. */
  readonly trials: number;
  readonly value: number | null;
}

/** A Pareto front: its trials' results, from the best to the worst in the first objective, and its hypervolume. */
export interface Front {
  readonly results: readonly ResultRecord[];
  readonly hypervolume: HypervolumeJson;
}

/** The default reference point is worse than the worst value on the front by this share of the values' range. */
const MARGIN = 0.1;
/** A front of more trials is not measured in more dimensions than these, because the time grows exponentially. */
const MANY_TRIALS = 100;
const MANY_OBJECTIVES = 4;
/** The growth is told after each of so many equal parts of the trials. */
const PARTS = 4;

/**
 * Reads the Pareto front of a study with several directions.
 *
 * @param reference - The reference point of the hypervolume; one is chosen by the front if it is left out.
 */
export async function readFront(
  reader: Reader,
  study: StudyRow,
  reference?: readonly number[],
): Promise<Front> {
  const results = await readResults(reader, study);
  const costs = costsOf(study, results);
  const front = nonDominated(costs);
  return {
    results: front.map((place) => results[place]!),
    hypervolume: measure(
      study,
      front.map((place) => costs[place]!),
      reference,
    ),
  };
}

/** Reads how the hypervolume has grown over the trials; the last figure is that of the whole study. */
export async function readGrowth(
  reader: Reader,
  study: StudyRow,
  reference: readonly number[] | null,
): Promise<GrowthJson[]> {
  const results = await readResults(reader, study);
  if (reference === null || results.length === 0) return [];
  const trials = Math.max(...results.map(({ number }) => number)) + 1;
  const marks = Array.from({ length: PARTS }, (_, k) => Math.ceil((trials * (k + 1)) / PARTS));
  return [...new Set(marks)].map((mark) => {
    const costs = costsOf(
      study,
      results.filter(({ number }) => number < mark),
    );
    const front = nonDominated(costs).map((place) => costs[place]!);
    return { trials: mark, value: volumeOf(front, flipped(study, reference)) };
  });
}

/** Checks a reference point that a user gave. @throws BelayError `usage`. */
export function checkReference(study: StudyRow, reference: readonly number[]): void {
  const { directions, name } = study;
  if (directions.length === 1)
    throw new BelayError("usage", `--reference: study ${name} has one direction, so it has no hypervolume`);
  if (reference.length === directions.length) return;
  const expected = `${directions.length} numbers with commas, one for each direction`;
  throw new BelayError("usage", `--reference: expected ${expected}, got ${reference.join(",")}`);
}

async function readResults(reader: Reader, study: StudyRow): Promise<ResultRecord[]> {
  const results: ResultRecord[] = [];
  for await (const page of reader.results(study.id)) results.push(...page);
  return results;
}

function costsOf(study: StudyRow, results: readonly ResultRecord[]): number[][] {
  return results.map(({ values }) => flipped(study, values));
}

/** Values as costs, or costs as values; never -0. */
function flipped({ directions }: StudyRow, values: readonly number[]): number[] {
  return values.map((value, k) => value * sign(directions[k]!) + 0);
}

function measure(
  study: StudyRow,
  front: readonly (readonly number[])[],
  given?: readonly number[],
): HypervolumeJson {
  if (front.length === 0) return { value: null, reference: given ?? null };
  const bounds = given ? flipped(study, given) : referenceOf(front, study.directions.length);
  return { value: volumeOf(front, bounds), reference: given ?? flipped(study, bounds) };
}

/** The worst cost on the front in each dimension, and a margin, so that the ends of the front count as well. */
function referenceOf(front: readonly (readonly number[])[], dims: number): number[] {
  return Array.from({ length: dims }, (_, k) => {
    const costs = front.map((point) => point[k]!);
    const worst = Math.max(...costs);
    const range = worst - Math.min(...costs);
    return worst + MARGIN * (range || Math.abs(worst) || 1);
  });
}

function volumeOf(front: readonly (readonly number[])[], bounds: readonly number[]): number | null {
  return bounds.length > MANY_OBJECTIVES && front.length > MANY_TRIALS ? null : hypervolume(front, bounds);
}
