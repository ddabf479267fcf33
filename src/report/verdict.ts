import type { Detail, Json } from "../core/trial.ts";
import { formatValue } from "../core/units.ts";
import type { TrialRecord } from "../store/records.ts";

/** The verdict by which a pruner has stopped a trial. */
export interface VerdictJson {
  readonly pruner: string;
  /** What it found, in words, with the numbers of the trial's detail. */
  readonly text: string;
}

/** @returns null for a trial that no pruner has stopped. */
export function verdictOf(
  { state, reason, detail }: Pick<TrialRecord, "state" | "reason" | "detail">,
  splitCount: number,
): VerdictJson | null {
  if (state !== "pruned" || reason !== "pruner" || typeof detail?.pruner !== "string") return null;
  return { pruner: detail.pruner, text: textOf(detail, detail.pruner, splitCount) };
}

function textOf(detail: Detail, pruner: string, splitCount: number): string {
  return WORDS[pruner]?.(detail, splitCount) ?? factsOf(detail);
}

/** What the detail of each pruner says, in words. */
const WORDS: Readonly<Record<string, (detail: Detail, splitCount: number) => string>> = {
  race: ({ p, alpha, incumbent }, splitCount) => {
    const verdicts = splitCount - 1;
    const limit =
      typeof alpha === "number"
        ? ` < ${roughly(alpha / verdicts)} (alpha ${alpha} over ${of(verdicts, "verdict")})`
        : "";
    return `P(better than trial ${number(incumbent)}) ${roughly(p)}${limit}`;
  },
  wilcoxon: ({ p, alpha, pairs, difference, incumbent }) => {
    const limit = typeof alpha === "number" ? ` < alpha ${alpha}` : "";
    return `p ${roughly(p)}${limit} on ${of(pairs, "split")}, ${number(difference)} from trial ${number(incumbent)}`;
  },
  median: (detail, splitCount) =>
    `${shownAt(detail, splitCount)} is behind ${number(detail.median)}, the median of ${of(detail.trials, "trial")}`,
  percentile: (detail, splitCount) =>
    `${shownAt(detail, splitCount)} is behind ${number(detail.percentile)}, the best ${number(detail.q)} % of ${of(detail.trials, "trial")}`,
  threshold: ({ step, value, lower, upper }, splitCount) => {
    const bound = lower !== undefined ? `below ${number(lower)}` : `above ${number(upper)}`;
    return `${number(value)} at ${placeText(step, splitCount)} is ${value === null ? "no finite number" : bound}`;
  },
  halving: rungText,
  hyperband: (detail, splitCount) => `bracket ${number(detail.bracket)}, ${rungText(detail, splitCount)}`,
  patient: (detail, splitCount) => {
    const { withoutImprovement, wrapped, step } = detail;
    const idle = `${of(withoutImprovement, "step")} without improvement`;
    return typeof wrapped === "string"
      ? `${idle}, and ${wrapped}: ${textOf(detail, wrapped, splitCount)}`
      : `${idle} at ${placeText(step, splitCount)}`;
  },
};

function rungText(detail: Detail, splitCount: number): string {
  const { rung, better, passing, trials } = detail;
  return `${shownAt(detail, splitCount)}, rung ${number(rung)}: ${number(better)} of ${of(trials, "trial")} better, ${number(passing)} may pass`;
}

/** Of splits a trial shows their mean, of reports the best. */
function shownAt({ value, step }: Detail, splitCount: number): string {
  return `${splitCount > 1 ? "mean" : "best"} ${number(value)} at ${placeText(step, splitCount)}`;
}

function placeText(step: Json | undefined, splitCount: number): string {
  return `${splitCount > 1 ? "split" : "step"} ${number(step)}`;
}

function number(value: Json | undefined): string {
  return typeof value === "number" ? formatValue(value) : value === null ? "NaN" : "?";
}

function of(count: Json | undefined, what: string): string {
  return `${number(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** Two digits: more of a probability is noise. */
function roughly(value: Json | undefined): string {
  if (typeof value !== "number") return "?";
  return value > 0 && value < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}

function factsOf(detail: Detail): string {
  return Object.entries(detail)
    .filter(([key]) => key !== "pruner" && key !== "partial")
    .map(([key, value]) => `${key} ${typeof value === "number" ? formatValue(value) : String(value)}`)
    .join(", ");
}
