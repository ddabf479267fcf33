import { BelayError, show } from "../core/error.ts";
import { checkOptions } from "../core/options.ts";
import type { FinishedTrial } from "../core/search/history.ts";
import { readTold, type Told } from "../core/search/told.ts";
import { wholeRow } from "../core/space/given.ts";
import { type Reported, readReports } from "./reports.ts";
import { finish, plain, type Search, withSteps } from "./search.ts";

/**
 * A trial that was run elsewhere, as `add` takes it.
 *
 * @example
 * search.add([{ params: { x: 1.5 }, told: 2.25 }, { params: { x: 3 }, told: { state: "fail" } }]);
 */
export interface AddedTrial {
  /** A value for each param that is active beside the others. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The value, an array with one value for each direction, or how the trial ended. */
  readonly told: number | readonly number[] | Told;
  /** What it reported: the values of its splits, all of them if it is complete, or of its steps. @default nothing */
  readonly reports?: readonly Reported[];
  /** Who proposed it, as `save` gives it. @default not known */
  readonly by?: string;
  /** The number that it had elsewhere. It makes no difference, because the trial gets the next number here. */
  readonly number?: number;
}

const FIELDS: readonly (keyof AddedTrial)[] = ["params", "told", "by", "reports", "number"];

/** Adds all of the trials, or none if one of them is wrong. @returns their numbers. */
export function add(search: Search, trials: unknown): number[] {
  if (!Array.isArray(trials)) {
    const expected = "an array such as [{ params: { ... }, told: 0.5 }]";
    throw new BelayError("usage", `add: expected ${expected}, got ${show(trials)}`);
  }
  const read = Array.from(trials, (trial, i) => readTrial(search, `add: [${i}]`, trial, search.next + i));
  for (const trial of read) finish(search, trial);
  search.next += read.length;
  return read.map(({ number }) => number);
}

/** Checks and reads a finished trial. @throws BelayError `usage`, one line. */
export function readTrial(search: Search, what: string, trial: unknown, number: number): FinishedTrial {
  checkOptions(what, trial, FIELDS, "usage");
  const { params, told, by, reports } = trial as AddedTrial;
  const row = plain(wholeRow(`${what}: params`, search.space, params));
  const ended = readTold(told, search.directions.length, `${what}: told`);
  const steps = readReports(what, search.splitCount, reports);
  return { number, row, by: readBy(what, by), ...withSteps(`${what}: told`, search, ended, steps) };
}

/** Who proposed a trial; null: that is not known. */
export function readBy(what: string, by: unknown): string | null {
  if (by === undefined) return null;
  if (typeof by === "string" && by !== "") return by;
  throw new BelayError("usage", `${what}: by: expected a name such as "tpe", got ${show(by)}`);
}
