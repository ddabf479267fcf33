import type { History, Progress } from "../core/search/history.ts";

/** A point of a trial's way at which trials are compared. All values are the smaller the better. */
export interface Point {
  /** Equal for equal points. */
  readonly key: string;
  /** What trial `i` of a history showed when it was there: NaN when it was nothing but NaN; null: it never was there. */
  shownBy(history: History, i: number): number | null;
}

/** What a running trial shows, and the point at which the others are to be asked for the same. */
export interface Stand {
  readonly point: Point;
  readonly shown: number;
}

/**
 * After the splits of a trial: it shows their mean, since its value is a mean of splits. The others are asked for the
 * mean of the same splits, in whichever order they ran.
 */
export function afterSplits(steps: readonly Progress[], flip: 1 | -1): Stand {
  const splits = steps.map(({ step }) => step).sort((a, b) => a - b);
  const places = new Map(splits.map((split, place) => [split, place]));
  const values = new Float64Array(splits.length);
  for (const { step, value } of steps) values[places.get(step)!] = value * flip;
  const isPrefix = splits.every((split, place) => split === place);
  const key = `${flip} splits ${isPrefix ? splits.length : splits.join()}`;
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
 * After a report: a trial shows the best that it has reported, since curves come down and go up again. The others are
 * asked for the best up to this step, if they came as far.
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

/** At the first report of each trial that is at a rung or beyond: trials may report in strides of their own. */
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

/** The smallest of the steps' values; NaN when all are. */
function bestOf(steps: readonly Progress[], flip: 1 | -1): number {
  return steps.reduce((best, { value }) => betterOf(best, value * flip), Number.NaN);
}

export function betterOf(best: number, value: number): number {
  return Number.isNaN(best) || value < best ? value : best;
}

/** The mean of what is not NaN; NaN when all is. */
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
