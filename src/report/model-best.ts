import { type Regression, regressionOf, type Sample } from "../core/gaussian-process/regression.ts";
import { sign } from "../core/search/direction.ts";
import { valueOrEstimate } from "../core/search/evaluation.ts";
import { type History, rowAt, STATE_CODE, TrialHistory } from "../core/search/history.ts";
import { splitNoise } from "../core/search/split-noise.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";

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
/** With a probability of 95 % a normal variable is within this many standard deviations of its mean. */
const NORMAL_95 = 1.96;

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
  const { noise, splitCount, space, directions } = study;
  if (directions.length > 1 || !(noise || splitCount > 1)) return null;
  const history = new TrialHistory(space, 1);
  for await (const page of reader.history(study)) for (const trial of page) history.append(trial);
  const known = splitNoise(history, history.size) ** 2;
  if (!noise && known === 0) return null;
  const flip = sign(directions[0]!);
  const samples = samplesOf(history, flip);
  if (samples.length < LEAST) return null;
  const regression = regressionOf(space, choose(samples), known > 0 ? known : null);
  const at = history.number.subarray(0, history.size).indexOf(best);
  if (!regression || at < 0) return null;
  const found = leastMean(history, regression, at);
  if (found === at) return null;
  const [expected, ofBest] = [found, at].map((i) => expectedOf(regression.predict(rowAt(history, i)), flip));
  return { number: history.number[found]!, expected: expected!, ofBest: ofBest! };
}

/** The trials with a value or an estimate, as costs. */
function samplesOf(history: History, flip: 1 | -1): readonly Sample[] {
  const samples: Sample[] = [];
  for (let i = 0; i < history.size; i++) {
    const isComplete = history.state[i] === STATE_CODE.complete;
    const value = valueOrEstimate(history, i) * flip;
    if (!Number.isFinite(value)) continue;
    samples.push({
      row: rowAt(history, i),
      value,
      variance: isComplete ? 0 : history.estimateSd[i]! ** 2 || 0,
    });
  }
  return samples;
}

function choose(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= MOST) return samples;
  const newest = samples.slice(-MOST / 2);
  const others = samples.slice(0, -MOST / 2);
  const share = others.length / (MOST / 2);
  return [...newest.map((_, k) => others[Math.floor(k * share)]!), ...newest];
}

/** Of the trials that can be the best, the one with the smallest mean; `best` unless another one has a smaller mean. */
function leastMean(history: History, regression: Regression, best: number): number {
  let found = best;
  let least = regression.mean(rowAt(history, best));
  for (let i = 0; i < history.size; i++) {
    if (history.state[i] !== STATE_CODE.complete || history.violation[i] !== 0) continue;
    if (!Number.isFinite(history.values[0]![i]!)) continue;
    const mean = regression.mean(rowAt(history, i));
    if (mean < least) [found, least] = [i, mean];
  }
  return found;
}

function expectedOf({ mean, sd }: { readonly mean: number; readonly sd: number }, flip: 1 | -1): Expected {
  const bounds = [mean - NORMAL_95 * sd, mean + NORMAL_95 * sd].map((bound) => bound * flip);
  return { mean: mean * flip, low: Math.min(...bounds), high: Math.max(...bounds) };
}
