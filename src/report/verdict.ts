import type { PrunerName } from "../core/search/pruner.ts";
import type { Detail, Json } from "../core/trial.ts";
import { formatValue } from "../core/units.ts";
import type { TrialRecord } from "../store/records.ts";

/** The verdict by which a pruner stopped a trial. */
export interface VerdictJson {
  readonly pruner: string;
  /** What the pruner found, as a text with the numbers of the trial's detail. */
  readonly text: string;
}

/** The verdict by which a trial was stopped; null for a trial that no pruner has stopped. */
export function verdictOf(
  { state, reason, detail }: Pick<TrialRecord, "state" | "reason" | "detail">,
  splitCount: number,
): VerdictJson | null {
  if (state !== "pruned" || reason !== "pruner" || typeof detail?.pruner !== "string") return null;
  return { pruner: detail.pruner, text: textOf(detail, detail.pruner, splitCount) };
}

function textOf(detail: Detail, pruner: string, splitCount: number): string {
  return isKnown(pruner) ? WORDS[pruner](detail, splitCount) : factsOf(detail);
}

/** The pruner may be one of a newer version of Belay. */
function isKnown(pruner: string): pruner is StoppingPruner {
  return Object.hasOwn(WORDS, pruner);
}

type StoppingPruner = Exclude<PrunerName, "none">;

/** For each pruner a function that turns a trial's detail into a text. */
const WORDS: Readonly<Record<StoppingPruner, (detail: Detail, splitCount: number) => string>> = {
  race: ({ p, alpha, incumbent }, splitCount) => {
    const verdicts = splitCount - 1;
    const limit =
      typeof alpha === "number"
        ? ` < ${twoDigits(alpha / verdicts)} (alpha ${alpha} over ${countOf(verdicts, "verdict")})`
        : "";
    return `P(better than trial ${numberText(incumbent)}) ${twoDigits(p)}${limit}`;
  },
  wilcoxon: ({ p, alpha, pairs, difference, incumbent }) => {
    const limit = typeof alpha === "number" ? ` < alpha ${alpha}` : "";
    return `p ${twoDigits(p)}${limit} on ${countOf(pairs, "split")}, ${numberText(difference)} from trial ${numberText(incumbent)}`;
  },
  median: (detail, splitCount) =>
    `${shownAt(detail, splitCount)} is behind ${numberText(detail.median)}, the median of ${countOf(detail.trials, "trial")}`,
  percentile: (detail, splitCount) =>
    `${shownAt(detail, splitCount)} is behind ${numberText(detail.percentile)}, the best ${numberText(detail.q)} % of ${countOf(detail.trials, "trial")}`,
  threshold: ({ step, value, lower, upper }, splitCount) => {
    const bound = lower !== undefined ? `below ${numberText(lower)}` : `above ${numberText(upper)}`;
    return `${numberText(value)} at ${placeText(step, splitCount)} is ${value === null ? "no finite number" : bound}`;
  },
  halving: rungText,
  hyperband: (detail, splitCount) => `bracket ${numberText(detail.bracket)}, ${rungText(detail, splitCount)}`,
  patient: (detail, splitCount) => {
    const { withoutImprovement, wrapped, step } = detail;
    const idle = `${countOf(withoutImprovement, "step")} without improvement`;
    return typeof wrapped === "string"
      ? `${idle}, and ${wrapped}: ${textOf(detail, wrapped, splitCount)}`
      : `${idle} at ${placeText(step, splitCount)}`;
  },
};

function rungText(detail: Detail, splitCount: number): string {
  const { rung, better, passing, trials } = detail;
  return `${shownAt(detail, splitCount)}, rung ${numberText(rung)}: ${numberText(better)} of ${countOf(trials, "trial")} better, ${numberText(passing)} may pass`;
}

/** The value that a pruner judged, and where: the mean of the splits so far, or the best report so far. */
function shownAt({ value, step }: Detail, splitCount: number): string {
  return `${splitCount > 1 ? "mean" : "best"} ${numberText(value)} at ${placeText(step, splitCount)}`;
}

function placeText(step: Json | undefined, splitCount: number): string {
  return `${splitCount > 1 ? "split" : "step"} ${numberText(step)}`;
}

function numberText(value: Json | undefined): string {
  return typeof value === "number" ? formatValue(value) : value === null ? "NaN" : "?";
}

function countOf(count: Json | undefined, what: string): string {
  return `${numberText(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** A probability with two digits, because further ones are noise. */
function twoDigits(value: Json | undefined): string {
  if (typeof value !== "number") return "?";
  return value > 0 && value < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}

function factsOf(detail: Detail): string {
  return Object.entries(detail)
    .filter(([key]) => key !== "pruner" && key !== "partial")
    .map(([key, value]) => `${key} ${typeof value === "number" ? formatValue(value) : String(value)}`)
    .join(", ");
}
