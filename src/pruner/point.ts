import type { History, Progress } from "../core/search/history.ts";

/** A point in the course of a trial at which trials are compared by a score. In all scores smaller is better. */
export interface Point {
  /** Equal for equal points. */
  readonly key: string;
  /** The score of trial `i` of a history at this point; NaN if all its steps were NaN, null if it never came so far. */
  shownBy(history: History, i: number): number | null;
}

/** The score of a running trial, and the point at which it is compared with the others. */
export interface Stand {
  readonly point: Point;
  readonly shown: number;
}

/**
 * Compares trials by the mean of the splits that this trial has finished, because its value is a mean of splits. The
 * others are compared by the mean of the same splits, in whichever order these ran.
 */
export function afterSplits(steps: readonly Progress[], flip: 1 | -1): Stand {
  const splits = steps.map(({ step }) => step).sort((a, b) => a - b);
  const places = new Map(splits.map((split, place) => [split, place]));
  const values = new Float64Array(splits.length);
  for (const { step, value } of steps) values[places.get(step)!] = value * flip;
  const isPrefix = splits.every((split, place) => split === place);
  const key = isPrefix ? `${flip} first splits ${splits.length}` : `${flip} splits ${splits.join()}`;
  const shown = meanOf(values);
  const shownBy: Point["shownBy"] = (history, i) => {
    let missing = values.length;
    for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++) {
      const split = history.step[k]!;
      const place = isPrefix ? split : places.get(split);
      if (place === undefined || !(place < values.length)) continue;
      values[place] = history.stepValue[k]! * flip;
      missing--;
    }
    return missing === 0 ? meanOf(values) : null;
  };
  return { point: { key, shownBy }, shown };
}

/**
 * Compares trials by their best report up to this trial's last step, because curves come down and go up again. Trials that
 * ended before this step are left out.
 */
export function afterReport(steps: readonly Progress[], flip: 1 | -1): Stand {
  const limit = steps.at(-1)!.step;
  const shownBy: Point["shownBy"] = (history, i) => {
    let best = Number.NaN;
    let isThere = false;
    for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++) {
      const step = history.step[k]!;
      if (step <= limit) best = betterOf(best, history.stepValue[k]! * flip);
      if (step >= limit) isThere = true;
    }
    return isThere ? best : null;
  };
  return { point: { key: `${flip} report ${limit}`, shownBy }, shown: bestOf(steps, flip) };
}

/** Compares each trial at its first report at or beyond a rung, because trials may report at different steps. */
export function atRung(steps: readonly Progress[], rung: number, flip: 1 | -1): Stand {
  const shownBy: Point["shownBy"] = (history, i) => {
    let best = Number.NaN;
    for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++) {
      best = betterOf(best, history.stepValue[k]! * flip);
      if (history.step[k]! >= rung) return best;
    }
    return null;
  };
  return { point: { key: `${flip} rung ${rung}`, shownBy }, shown: bestOf(steps, flip) };
}

/** The best value of the steps; NaN if all are NaN. */
function bestOf(steps: readonly Progress[], flip: 1 | -1): number {
  return steps.reduce((best, { value }) => betterOf(best, value * flip), Number.NaN);
}

export function betterOf(best: number, value: number): number {
  return Number.isNaN(best) || value < best ? value : best;
}

/** The mean of the values that are not NaN; NaN if all are. */
function meanOf(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
