import type { TrialLimits } from "../core/engine.ts";
import type { Space } from "../core/space/space.ts";
import { type QuantileOptions, quantileModel } from "./quantile.ts";

export interface SplitTimeoutOptions extends QuantileOptions {
  /** The limit until there are enough splits; null = none. */
  readonly fixedMs: number | null;
  /** How many times the forecast a split may take. @default 3 */
  readonly factor?: number;
  /** Never less than this. @default 5_000 */
  readonly floorMs?: number;
  /** Never more than this; null = no ceiling. */
  readonly ceilingMs: number | null;
  /** So many splits must have been seen. @default 20 */
  readonly enough?: number;
}

/** A limit, and where it comes from. */
export interface SplitLimit {
  readonly limitMs: number | null;
  readonly from: string;
}

/** The limits of a trial, and where that of its splits comes from; null: it is fixed. */
export type ScheduledLimits = TrialLimits & { readonly from: SplitLimit["from"] | null };

/**
 * The time limit of a split out of the study's own splits: a high quantile for its params, times a factor. A split that
 * was ended for its time counts with the time that it had, so that a limit which is too tight loosens by itself.
 */
export function splitTimeout(space: Space, options: SplitTimeoutOptions) {
  const { fixedMs, ceilingMs, factor = 3, floorMs = 5_000, enough = 20 } = options;
  const model = quantileModel(space, options);
  return {
    get size() {
      return model.size;
    },
    observe: (row: Float64Array, durationMs: number): void => model.observe(row, Math.max(1, durationMs)),
    limit(row: Float64Array): SplitLimit {
      const forecast = model.size >= enough ? model.forecast(row) : null;
      if (!forecast) return { limitMs: fixedMs, from: `fixed: ${model.size} of ${enough} splits seen` };
      const wanted = Math.max(floorMs, forecast.high * factor);
      const limitMs = Math.round(Math.min(wanted, ceilingMs ?? Number.POSITIVE_INFINITY));
      return {
        limitMs,
        from: `auto: ${factor} x the 95 % quantile (${model.model}) of ${model.size} splits`,
      };
    },
  };
}
