import { type Direction, sign } from "../../core/search/direction.ts";

/** A finished trial. */
export interface Finished {
  /** Its value if it can be the best, else null. */
  readonly value: number | null;
  readonly durationMs: number;
}

/** The best value after so many finished trials, and after so much time of trials. */
export interface CurvePoint {
  readonly at: number;
  /** null: no trial had a value yet, or the study has not come so far. */
  readonly best: number | null;
}

const TRIALS = [10, 25, 50, 100, 200, 500];
const MINUTE = 60_000;
const TIMES = [1, 5, 15, 30, 60, 120, 240, 480, 960].map((minutes) => minutes * MINUTE);
/** The most points of a curve. */
const MOST = 5;

/** Where to compare curves by the number of trials: the last round numbers that the longest study has reached. */
export function trialPoints(most: number): number[] {
  const decades = [...TRIALS, ...[1e3, 1e4, 1e5].flatMap((ten) => [ten, 2 * ten, 5 * ten])];
  return decades.filter((count) => count <= most).slice(-MOST);
}

/** Where to compare curves by time, in milliseconds. */
export function timePoints(mostMs: number): number[] {
  const days = Array.from({ length: 6 }, (_, i) => 2 ** i * 24 * 60 * MINUTE);
  return [...TIMES, ...days].filter((time) => time <= mostMs).slice(-MOST);
}

/**
 * The best value at each point of a study's course.
 *
 * @param trials - The finished trials in the order in which they ended.
 * @param progressOf - How far the study is with a trial: 1 for a curve by trials, its duration for one by time.
 */
export function curveOf(
  trials: readonly Finished[],
  direction: Direction,
  points: readonly number[],
  progressOf: (trial: Finished) => number,
): CurvePoint[] {
  const flip = sign(direction);
  const curve: CurvePoint[] = [];
  let best: number | null = null;
  let progress = 0;
  let next = 0;
  for (const trial of trials) {
    // A trial counts where it has ended.
    progress += progressOf(trial);
    for (; next < points.length && points[next]! < progress; next++) curve.push({ at: points[next]!, best });
    const { value } = trial;
    if (value !== null && (best === null || (value - best) * flip < 0)) best = value;
  }
  for (; next < points.length; next++)
    curve.push({ at: points[next]!, best: points[next]! <= progress ? best : null });
  return curve;
}
