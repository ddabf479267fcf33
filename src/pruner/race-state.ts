import { type History, STATE_CODE, splitValues } from "../core/search/history.ts";
import { perHistory } from "../core/search/per-history.ts";
import { type AggregateForm, anyForm, narrowed } from "./aggregate-form.ts";

/** One of the best complete trials. */
interface Leader {
  readonly number: number;
  readonly value: number;
  /** By how much each split lies above the trial's value. */
  readonly above: Float64Array;
}

/** What a race knows from the finished trials. */
export interface RaceState {
  /** How many trials of the history it covers. */
  readonly size: number;
  /** The best feasible complete trials, the best first; among equals the earlier one. */
  readonly leaders: readonly Leader[];
  /** How hard each split is: the mean, over the leaders, of the split's value minus the trial's value. */
  readonly hardness: Float64Array;
  /** The sum of squares, over all trials, of each split's value minus its hardness, around the mean of its trial. */
  readonly squares: number;
  /** The degrees of freedom of `squares`. */
  readonly freedom: number;
  /** How the values of the complete trials come from their splits. */
  readonly form: AggregateForm;
}

/** How many of the best trials the hardness of a split is averaged over; more trials carry less noise into it. */
const LEADERS = 10;

/** How many past states are kept at least: a deterministic run judges by outcomes up to its lag, which is at most this. */
const MOST_KEPT = 1_000;

/** The latest states of each history, the newest last. One is enough unless trials see only the beginning of a history. */
const keptFor = perHistory(() => new Map<string, RaceState[]>());

/**
 * The state after all trials of a history. States of a growing history are cached, so that a new trial costs O(splits).
 * The cache does not change the result.
 *
 * @param flip - 1 where smaller values are better, else -1.
 */
export function raceState(history: History, flip: 1 | -1, splitCount: number): RaceState {
  const kept = keptFor(history);
  const key = `${flip}/${splitCount}`;
  const states = kept.get(key) ?? [];
  kept.set(key, states);
  const start = {
    size: 0,
    leaders: [],
    hardness: new Float64Array(splitCount),
    squares: 0,
    freedom: 0,
    form: anyForm(splitCount),
  };
  const oldest = states[0]?.size ?? 0;
  if (history.size < oldest) return advance(start, history, flip, () => {});
  const known = states[history.size - oldest];
  if (known) return known;
  const isPrefix = history.whole !== history;
  return advance(states.at(-1) ?? start, history, flip, (reached) => {
    if (!isPrefix) states.length = 0;
    else if (states.length >= 2 * MOST_KEPT) states.splice(0, MOST_KEPT);
    states.push(reached);
  });
}

/** Adds the trials of the history from `from.size` on, and calls `reached` with each state. */
function advance(
  from: RaceState,
  history: History,
  flip: 1 | -1,
  reached: (state: RaceState) => void,
): RaceState {
  let state = from;
  while (state.size < history.size) {
    state = withNext(state, history, flip);
    reached(state);
  }
  return state;
}

function withNext(state: RaceState, history: History, flip: 1 | -1): RaceState {
  const i = state.size;
  const next = { ...state, size: i + 1 };
  const { count, spread } = spreadOf(state, history, i);
  if (state.leaders.length > 0 && count > 1) {
    next.squares += spread;
    next.freedom += count - 1;
  }
  const value = history.values[0]?.[i] ?? Number.NaN;
  if (history.state[i] !== STATE_CODE.complete || !Number.isFinite(value)) return next;
  const values = splitValues(history, i, state.hardness.length);
  // A trial that was added from elsewhere may come without its splits. It says nothing about how a value comes from them.
  if (values.some(Number.isNaN)) return next;
  const costs = Array.from(values, (each) => each * flip);
  next.form = narrowed(state.form, costs, value * flip);
  if (history.violation[i] !== 0) return next;
  const place = state.leaders.findIndex((leader) => value * flip < leader.value * flip);
  const isLast = place < 0;
  if (isLast && state.leaders.length >= LEADERS) return next;
  const above = values.map((each) => each - value);
  if (above.some(Number.isNaN)) return next;
  const leaders = [...state.leaders];
  leaders.splice(isLast ? leaders.length : place, 0, { number: history.number[i]!, value, above });
  leaders.length = Math.min(leaders.length, LEADERS);
  const hardness = state.hardness.map(
    (_, k) => leaders.reduce((sum, leader) => sum + leader.above[k]!, 0) / leaders.length,
  );
  return { ...next, leaders, hardness };
}

/** The sum of squares of a trial's splits, minus their hardness, around their mean, by Welford's method; finite ones only. */
function spreadOf({ hardness }: RaceState, history: History, i: number): { count: number; spread: number } {
  let count = 0;
  let mean = 0;
  let spread = 0;
  for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++) {
    const value = history.stepValue[k]! - (hardness[history.step[k]!] ?? Number.NaN);
    if (!Number.isFinite(value)) continue;
    count++;
    const before = value - mean;
    mean += before / count;
    spread += before * (value - mean);
  }
  return { count, spread };
}
