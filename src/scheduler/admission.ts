import { formatSize } from "../core/units.ts";
import type { Forecast } from "./quantile.ts";

/** What a running trial holds, and is expected to hold. */
export interface MemoryClaim {
  readonly expected: Forecast;
  /** What its host holds now; null before the first reading. */
  readonly rssBytes: number | null;
}

/** The memory of the machine and of its hosts. */
export interface MemoryBudget {
  /** What is available on the machine, or in its cgroup. */
  readonly availableBytes: number;
  readonly reserveBytes: number;
  /** What the hosts of running trials hold together. */
  readonly runningBytes: number;
  /** What idle hosts hold together. */
  readonly idleBytes: number;
  /** What the largest idle host holds; the next trial is taken to run in it. */
  readonly largestIdleBytes: number;
}

/** Why a trial may not start now. */
export interface Refusal {
  readonly admit: false;
  /** What it waits for, for people. */
  readonly why: string;
  /** How much memory is missing until it fits; null: no peak is known yet, and it waits for the first one. */
  readonly missingBytes: number | null;
}

/** Whether a trial may start. */
export type Admission = { readonly admit: true } | Refusal;

const ADMITTED: Admission = { admit: true };

/** What trials may hold together: what is available and what hosts hold already, less the reserve. */
export function budgetBytes({ availableBytes, reserveBytes, runningBytes, idleBytes }: MemoryBudget): number {
  return Math.max(0, availableBytes + runningBytes + idleBytes - reserveBytes);
}

/**
 * What trials are expected to hold together at their peaks. Not all peaks will be high at the same time, so the medians
 * are added, and the margins above them as those of independent quantities: the root of the sum of squares. For one
 * trial this is its high forecast.
 */
export function claimedBytes(claims: readonly MemoryClaim[]): number {
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
 * Whether a trial fits beside the running trials. A trial always starts if no other runs; if it needs more than the
 * machine has, a guard ends it.
 *
 * @param expected - The forecast of its peak; null before the first observation: then it must run alone.
 */
export function admit(
  expected: Forecast | null,
  running: readonly MemoryClaim[],
  budget: MemoryBudget,
): Admission {
  if (running.length === 0) return ADMITTED;
  if (expected === null)
    return {
      admit: false,
      why: "the first trial's peak is not known yet: it runs alone",
      missingBytes: null,
    };
  const total = budgetBytes(budget);
  // Idle hosts keep their memory, except the one in which this trial would run.
  const idle = Math.max(0, budget.idleBytes - budget.largestIdleBytes);
  const without = claimedBytes(running) + idle;
  const needed = claimedBytes([...running, { expected, rssBytes: null }]) + idle;
  if (needed <= total) return ADMITTED;
  return {
    admit: false,
    missingBytes: needed - total,
    // A getter, because the text is read far less often than the question is asked.
    get why() {
      const free = formatSize(Math.max(0, total - without));
      return `expected to need up to ${formatSize(expected.high)}, and ${free} of ${formatSize(total)} are free beside the ${running.length} that run`;
    },
  };
}

/**
 * The factors by which a trial's peak may still grow after a split: as the median, and as bounds of the high forecast.
 */
const GROWTH = { expected: 1.02, least: 1.1, most: 1.25 };

/**
 * The forecast of a trial's peak after its first splits. It is narrower, because each split trains the same model on
 * about as much data.
 */
export function narrowed(expected: Forecast, peakBytes: number): Forecast {
  return {
    middle: peakBytes * GROWTH.expected,
    high: Math.max(peakBytes * GROWTH.least, Math.min(expected.high, peakBytes * GROWTH.most)),
  };
}
