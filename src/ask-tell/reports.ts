import { BelayError, show } from "../core/error.ts";
import { checkOptions } from "../core/options.ts";
import type { Progress } from "../core/search/history.ts";

/**
 * A number that JSON does not have, as text.
 *
 * @example
 * const value: NotFinite = "-Infinity";
 */
export type NotFinite = "NaN" | "Infinity" | "-Infinity";

/**
 * What a trial has reported: a step within it, or one of its splits, with the value. JSON has no NaN and no infinite
 * numbers, so `save` writes them as text.
 *
 * @example
 * const reports: Reported[] = [{ step: 0, value: 0.7 }, { step: 1, value: "NaN" }];
 */
export interface Reported {
  readonly step: number;
  readonly value: number | NotFinite;
}

const NOT_FINITE: Readonly<Record<NotFinite, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/**
 * Checks one report of a trial.
 *
 * @param before - What the trial has reported already.
 * @throws BelayError `usage`, one line.
 */
export function checkReport(
  what: string,
  splitCount: number,
  before: readonly Progress[],
  { step, value }: Progress,
): void {
  if (typeof value !== "number")
    throw new BelayError("usage", `${what}: value: expected a number, got ${show(value)}`);
  if (typeof step !== "number" || !Number.isFinite(step))
    throw new BelayError("usage", `${what}: step: expected a finite number, got ${show(step)}`);
  if (splitCount === 1) return;
  if (!Number.isInteger(step) || step < 0 || step >= splitCount) {
    const expected = `the number of a split, 0 to ${splitCount - 1}`;
    throw new BelayError("usage", `${what}: step: expected ${expected}, got ${show(step)}`);
  }
  if (before.some((other) => other.step === step))
    throw new BelayError("usage", `${what}: step: expected each split once, got split ${step} again`);
}

/** Reads what a trial has reported. @throws BelayError `usage`, one line. */
export function readReports(what: string, splitCount: number, reports: unknown): Progress[] {
  const steps: Progress[] = [];
  if (reports === undefined) return steps;
  if (!Array.isArray(reports)) {
    const expected = "an array such as [{ step: 0, value: 0.7 }]";
    throw new BelayError("usage", `${what}: reports: expected ${expected}, got ${show(reports)}`);
  }
  for (const [i, report] of reports.entries()) {
    const where = `${what}: reports[${i}]`;
    checkOptions(where, report, ["step", "value"], "usage");
    const { step, value: given } = report as Reported;
    const value = Object.hasOwn(NOT_FINITE, given) ? NOT_FINITE[given as NotFinite] : (given as number);
    checkReport(where, splitCount, steps, { step, value });
    if (splitCount > 1 && !Number.isFinite(value))
      throw new BelayError("usage", `${where}: value: expected a finite number, got ${value}`);
    steps.push({ step: step + 0, value: value + 0 });
  }
  return steps;
}

/** Steps as plain data that JSON holds exactly. */
export function toReports(steps: readonly Progress[]): Reported[] {
  return steps.map(({ step, value }) => ({
    step,
    value: Number.isFinite(value) ? value : (String(value) as NotFinite),
  }));
}

/** The splits of a trial by their numbers, as a history has them, in whichever order they ran. */
export function stepsByNumber(steps: readonly Progress[]): Progress[] {
  return [...steps].sort((a, b) => a.step - b.step);
}
