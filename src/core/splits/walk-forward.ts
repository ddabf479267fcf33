import { BelayError, show } from "../error.ts";
import { checkOptions, wholeNumber } from "../options.ts";
import { countRows, type Rows } from "./rows.ts";
import type { Split } from "./split.ts";

/**
 * Options of `walkForward`. All sizes are numbers of rows.
 *
 * @example
 * walkForward(days, { window: "sliding", train: 365, validation: 30, gap: 7 })
 */
export interface WalkForwardOptions {
  /**
   * Number of windows; the last one ends with the data.
   *
   * @default as many as fit after `train` rows, or 5 without `train`
   */
  readonly folds?: number;
  /** Rows in each validation window. @default rows / (folds + 1), rounded down */
  readonly validation?: number;
  /**
   * Rows to train on: in every window if they slide, at least in the first if they expand.
   *
   * @default all rows before the first window and its gap
   */
  readonly train?: number;
  /** "expanding" trains on all rows before; "sliding" trains only on the last `train` of them. @default "expanding" */
  readonly window?: "expanding" | "sliding";
  /** Rows left out between training and validation: as many as a label looks ahead. @default 0 */
  readonly gap?: number;
  /** Rows from the start of one validation window to the start of the next. @default `validation`: windows touch */
  readonly step?: number;
}

const KNOWN = ["folds", "validation", "train", "window", "gap", "step"];

/**
 * Walk-forward validation, for rows in the order of time: each split trains on the past, leaves out a gap and validates
 * on the rows that follow. The windows are laid out from the end, so that the latest rows are always validated on.
 *
 * @throws BelayError `study`: windows that do not fit into the rows; the message says how many rows they need.
 * @example
 * splits: (data) => walkForward(data.days, { folds: 6, validation: 90, gap: 7 })
 */
export function walkForward(rows: Rows, options: WalkForwardOptions = {}): Split[] {
  const what = "walkForward";
  checkOptions(what, options, KNOWN);
  const count = countRows(what, rows, 2);
  const { window = "expanding" } = options;
  if (window !== "expanding" && window !== "sliding") {
    throw new BelayError("study", `${what}: window: expected "expanding" or "sliding", got ${show(window)}`);
  }
  const { folds, validation, step, gap } = windowSizes(what, count, options);
  const least =
    options.train === undefined ? 1 : wholeNumber(`${what}: train`, options.train, 1, count, "the rows");
  const first = count - validation - (folds - 1) * step;
  const available = first - gap;
  if (available < least) {
    const needed = count - available + least;
    throw new BelayError(
      "study",
      `${what}: expected at least ${needed} rows for ${folds} windows of ${validation} (step ${step}) after a gap of ${gap} and ${least} to train on, got ${count}`,
    );
  }
  const width = window === "sliding" ? (options.train ?? available) : Number.POSITIVE_INFINITY;
  return Array.from({ length: folds }, (_, k) => {
    const start = first + k * step;
    return {
      train: range(Math.max(0, start - gap - width), start - gap),
      validation: range(start, start + validation),
    };
  });
}

function windowSizes(
  what: string,
  count: number,
  options: WalkForwardOptions,
): { folds: number; validation: number; step: number; gap: number } {
  const gap = wholeNumber(`${what}: gap`, options.gap ?? 0, 0, count - 1, "the rows without one");
  const fixed = options.folds ?? (options.train === undefined ? 5 : undefined);
  if (fixed === undefined && options.validation === undefined) {
    throw new BelayError("study", `${what}: expected folds or validation beside train, got neither`);
  }
  if (fixed !== undefined) wholeNumber(`${what}: folds`, fixed, 1, count - 1, "the rows without one");
  const size = options.validation ?? Math.floor(count / (fixed! + 1));
  const validation = wholeNumber(`${what}: validation`, size, 1, count - 1, "the rows without one");
  const step = wholeNumber(`${what}: step`, options.step ?? validation, 1, count, "the rows");
  const fits = Math.floor((count - (options.train ?? 1) - gap - validation) / step) + 1;
  return { folds: fixed ?? Math.max(1, fits), validation, step, gap };
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
