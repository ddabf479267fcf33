import { formatSize } from "../core/units.ts";
import type { Forecast } from "./quantile.ts";

/** A running trial as admission counts it. */
export interface Claim {
  readonly expected: Forecast;
  /** What its host holds now; null when nobody has looked yet. */
  readonly rssBytes: number | null;
}

/** What the machine has for trials. */
export interface MemoryBudget {
  /** What the machine (or its cgroup) has left now. */
  readonly availableBytes: number;
  readonly reserveBytes: number;
  /** What the hosts of running trials hold now. */
  readonly runningBytes: number;
  /** What idle hosts hold now, the largest of them, which the next trial takes over. */
  readonly idleBytes: number;
  readonly largestIdleBytes: number;
}

/** Whether a trial may start; `why` says what it waits for. */
export type Admission = { readonly admit: true } | { readonly admit: false; readonly why: string };

const ADMITTED: Admission = { admit: true };

/** What trials may hold together: what is left, what their hosts hold already, without the reserve. */
export function budgetBytes({ availableBytes, reserveBytes, runningBytes, idleBytes }: MemoryBudget): number {
  return Math.max(0, availableBytes + runningBytes + idleBytes - reserveBytes);
}

/**
 * What trials will hold together at their peaks. Each peak is uncertain, and not all will be high at once: the middles
 * add up, the margins above them as independent ones do, by their squares. For one trial that is its high forecast.
 */
export function claimedBytes(claims: readonly Claim[]): number {
  let middle = 0;
  let variance = 0;
  for (const { expected, rssBytes } of claims) {
    const least = Math.max(expected.middle, rssBytes ?? 0);
    middle += least;
    variance += Math.max(0, expected.high - least) ** 2;
  }
  return middle + Math.sqrt(variance);
}

/**
 * Whether a trial fits beside those that run. A trial alone always starts: it is the guard's to end one that no machine
 * could hold. `expected` null: nothing is known yet, so it starts alone and the study learns from it.
 */
export function admit(expected: Forecast | null, running: readonly Claim[], budget: MemoryBudget): Admission {
  if (running.length === 0) return ADMITTED;
  if (expected === null)
    return { admit: false, why: "the first trial's peak is not known yet: it runs alone" };
  const total = budgetBytes(budget);
  // Idle hosts keep what they hold, except the one that serves this trial.
  const idle = Math.max(0, budget.idleBytes - budget.largestIdleBytes);
  const without = claimedBytes(running) + idle;
  const needed = claimedBytes([...running, { expected, rssBytes: null }]) + idle;
  if (needed <= total) return ADMITTED;
  return {
    admit: false,
    // Asked thousands of times for each time that somebody reads it.
    get why() {
      const free = formatSize(Math.max(0, total - without));
      return `expected to need up to ${formatSize(expected.high)}, and ${free} of ${formatSize(total)} are free beside the ${running.length} that run`;
    },
  };
}

/** By how much a trial's peak may still grow after a split, as parts of what it was: expected, at least, at most. */
const GROWTH = { expected: 1.02, least: 1.1, most: 1.25 };

/** After a split a trial's peak is nearly known: each of them trains the same model on as much data. */
export function narrowed(expected: Forecast, peakBytes: number): Forecast {
  return {
    middle: peakBytes * GROWTH.expected,
    high: Math.max(peakBytes * GROWTH.least, Math.min(expected.high, peakBytes * GROWTH.most)),
  };
}
