import { type Regression, regressionOf, type Sample } from "../core/gaussian-process/regression.ts";
import { sign } from "../core/search/direction.ts";
import { estimateOf, TrialHistory } from "../core/search/history.ts";
import { splitNoise } from "../core/search/split-noise.ts";
import { type Space, toRow } from "../core/space/space.ts";
import type { Detail } from "../core/trial.ts";
import type { Filter } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";
import { validOnly } from "./valid.ts";

/** What the model expects of a trial's params: the mean of their values, and an interval that has it with 95 %. */
export interface Expected {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The trial of which the model expects most, and what it expects of the one with the best value. */
export interface ModelBest {
  readonly number: number;
  readonly expected: Expected;
  readonly ofBest: Expected;
}

/** Fewer trials than this tell too little about how values depend on params. */
const LEAST = 10;
/** The model is fitted to at most this many trials: half are the newest, the others are spread over the rest. */
const MOST = 160;
/** Only so many trials of the best values can be the model's best: much luck makes no good trial of a bad one. */
const MOST_CANDIDATES = 2_000;
/** The noise is judged by so many of the newest trials. */
const NEWEST = 1_000;
/** With a probability of 95 % a normal variable is within this many standard deviations of its mean. */
const NORMAL_95 = 1.96;

/** A trial with a value or an estimate. */
interface Valued extends Omit<Sample, "row"> {
  readonly number: number;
  /** Whether it can be the best: it is complete and meets its constraints. */
  readonly canBeBest: boolean;
}

/**
 * In a study with noise the best value is partly luck, and the more trials there are the more so. A Gaussian process of the
 * values shares what it learns from all trials with similar params, so that luck averages out. Which trials it is fitted to
 * does not depend on their values: of the best ones only, luck would look like merit.
 *
 * @param best - The number of the trial with the best value.
 * @returns null if that trial is also the model's best; if the study has no noise that is known of, by its own word or by
 *   the differences between its splits; if it has several directions; or if it has few trials.
 */
export async function modelBest(reader: Reader, study: StudyRow, best: number): Promise<ModelBest | null> {
  const { noise, space, directions } = study;
  if (directions.length > 1) return null;
  const known = await knownNoise(reader, study);
  if (!noise && known === 0) return null;
  const flip = sign(directions[0]!);
  const valued = await readValued(reader, study, flip);
  if (valued.length < LEAST) return null;
  const members = choose(valued);
  const candidates = valued
    .filter(({ canBeBest }) => canBeBest)
    .sort((a, b) => a.value - b.value || a.number - b.number)
    .slice(0, MOST_CANDIDATES);
  const rows = await readRows(reader, study, [...members, ...candidates]);
  const samples = members.map((each) => ({ ...each, row: rows.get(each.number)! }));
  const regression = regressionOf(space, samples, known > 0 ? known : null);
  if (!regression || !rows.has(best)) return null;
  const found = leastMean(
    candidates.map(({ number }) => number).sort((a, b) => a - b),
    rows,
    regression,
    best,
  );
  if (found === best) return null;
  const [expected, ofBest] = [found, best].map((number) =>
    expectedOf(regression.predict(rows.get(number)!), flip),
  );
  return { number: found, expected: expected!, ofBest: ofBest! };
}

/** The variance of a value, from the differences between splits. */
async function knownNoise(reader: Reader, study: StudyRow): Promise<number> {
  const history = new TrialHistory(study.space, 1);
  for await (const page of reader.history(study, NEWEST)) for (const trial of page) history.append(trial);
  return splitNoise(history, history.size) ** 2;
}

/** The trials with a value or an estimate, as costs, by number. */
async function readValued(reader: Reader, study: StudyRow, flip: 1 | -1): Promise<Valued[]> {
  const fields = [
    ...([{ name: "number" }, { name: "state" }, { name: "value" }] as const),
    ...([{ name: "violation" }, { name: "detail" }] as const),
  ];
  const ended: Filter = { kind: "in", field: { name: "state" }, values: ["complete", "pruned"] };
  const valued: Valued[] = [];
  for await (const page of reader.cells(study, fields, validOnly({ filter: ended }))) {
    for (const [number, state, value, violation, detail] of page) {
      const isComplete = state === "complete";
      const estimate =
        isComplete || detail === null ? null : estimateOf(JSON.parse(String(detail)) as Detail);
      const known = isComplete ? value : (estimate?.value ?? null);
      if (typeof known !== "number" || !Number.isFinite(known)) continue;
      const variance = isComplete ? 0 : estimate!.sd ** 2;
      valued.push({
        ...{ number: Number(number), value: known * flip, variance },
        canBeBest: isComplete && violation === 0,
      });
    }
  }
  return valued;
}

/** The rows of trials, by number. */
async function readRows(
  reader: Reader,
  study: StudyRow,
  trials: readonly Valued[],
): Promise<Map<number, Float64Array>> {
  const rows = new Map<number, Float64Array>();
  const fields = [{ name: "number" }, { name: "params" }] as const;
  const values = trials.map(({ number }) => number);
  const filter: Filter = { kind: "in", field: { name: "number" }, values };
  for await (const page of reader.cells(study, fields, { filter }))
    for (const [number, params] of page) rows.set(Number(number), rowOf(study.space, String(params)));
  return rows;
}

const rowOf = (space: Space, params: string): Float64Array =>
  toRow(space, JSON.parse(params) as Record<string, unknown>);

function choose(valued: readonly Valued[]): readonly Valued[] {
  if (valued.length <= MOST) return valued;
  const newest = valued.slice(-MOST / 2);
  const others = valued.slice(0, -MOST / 2);
  const share = others.length / (MOST / 2);
  return [...newest.map((_, k) => others[Math.floor(k * share)]!), ...newest];
}

/** Of the candidates the one with the smallest mean; `best` unless another one has a smaller mean. */
function leastMean(
  candidates: readonly number[],
  rows: ReadonlyMap<number, Float64Array>,
  regression: Regression,
  best: number,
): number {
  let found = best;
  let least = regression.mean(rows.get(best)!);
  for (const number of candidates) {
    const mean = regression.mean(rows.get(number)!);
    if (mean < least) [found, least] = [number, mean];
  }
  return found;
}

function expectedOf({ mean, sd }: { readonly mean: number; readonly sd: number }, flip: 1 | -1): Expected {
  const bounds = [mean - NORMAL_95 * sd, mean + NORMAL_95 * sd].map((bound) => bound * flip);
  return { mean: mean * flip, low: Math.min(...bounds), high: Math.max(...bounds) };
}
