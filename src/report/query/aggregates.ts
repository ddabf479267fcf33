import { mean, std } from "../../core/aggregate.ts";
import { BelayError, didYouMean, show } from "../../core/error.ts";
import { quantileOfSorted } from "../../core/numeric/quantile.ts";
import type { StudyRow } from "../../store/records.ts";
import type { Heading } from "../format.ts";
import { type Column, resolveColumn } from "./columns.ts";

/** A figure of a group, such as `mean(durationMs)`. */
export interface Aggregate extends Heading {
  /** `count`, `mean`, `std`, `min`, `median`, `max`, `sum`, or `q90` for the quantile 0.9. */
  readonly name: string;
  /** The column whose values it sums up; null for `count`, which counts trials. */
  readonly column: Column | null;
  /**
   * The figure of a group.
   *
   * @param sorted - The values of the column that are known, in ascending order; at least one.
   */
  readonly of: (sorted: Float64Array) => number;
}

export const DEFAULT_AGGREGATES = ["count", "mean", "std", "min", "median", "max"];

const FIGURES: Readonly<Record<string, Aggregate["of"]>> = {
  mean: (sorted) => mean([...sorted]),
  std: (sorted) => std([...sorted]),
  min: (sorted) => sorted[0]!,
  median: (sorted) => quantileOfSorted(sorted, 0.5),
  max: (sorted) => sorted.at(-1)!,
  sum: (sorted) => sorted.reduce((sum, value) => sum + value, 0),
};

/** The names of all figures but the quantiles. */
export const AGGREGATES: readonly string[] = ["count", ...Object.keys(FIGURES)];

/**
 * Reads `--agg`: names alone are figures of the value, others name a column, such as `max(memory.peak)`.
 *
 * @throws BelayError `usage`: an unknown figure, or a column that holds no numbers.
 */
export function readAggregates(study: StudyRow, names: readonly string[]): Aggregate[] {
  return [...new Set(names)].map((key) => readAggregate(study, key));
}

function readAggregate(study: StudyRow, key: string): Aggregate {
  const [, name, , of] = /^([^()]*)(\((.*)\))?$/.exec(key) ?? [];
  if (name === "count" && of === undefined)
    return { key, kind: "number", name, column: null, of: (sorted) => sorted.length };
  const figure = name === undefined ? undefined : figureOf(name);
  if (!figure) {
    throw new BelayError(
      "usage",
      `--agg: expected ${AGGREGATES.join(", ")} or a quantile such as q90, alone or of a column such as mean(duration), got ${show(key)}${didYouMean(name ?? "", AGGREGATES)}`,
    );
  }
  const column = resolveColumn(study, of ?? "value", "--agg");
  if (!["number", "duration", "bytes", "truth"].includes(column.kind))
    throw new BelayError("usage", `--agg: expected a column of numbers, got ${show(of)}`);
  return { key, kind: column.kind === "truth" ? "number" : column.kind, name: name!, column, of: figure };
}

function figureOf(name: string): Aggregate["of"] | undefined {
  if (Object.hasOwn(FIGURES, name)) return FIGURES[name];
  const percent = /^q(\d{1,2}(?:\.\d+)?)$/.exec(name)?.[1];
  return percent === undefined ? undefined : (sorted) => quantileOfSorted(sorted, Number(percent) / 100);
}
