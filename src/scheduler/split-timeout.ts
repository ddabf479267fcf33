import type { TrialLimits } from "../core/engine.ts";
import type { Space } from "../core/space/space.ts";
import { type QuantileOptions, quantileModel } from "./quantile.ts";

export interface SplitTimeoutOptions extends QuantileOptions {
  /** The limit until enough splits have been observed; null for none. */
  readonly fixedMs: number | null;
  /** A split may take this many times its forecast. @default 3 */
  readonly factor?: number;
  /** The lowest limit. @default 5_000 */
  readonly floorMs?: number;
  /** The highest limit; null for none. */
  readonly ceilingMs: number | null;
  /** How many splits must have been observed before limits are derived from them. @default 20 */
  readonly enough?: number;
}

/** A limit, and a text that says where it comes from. */
export interface SplitLimit {
  readonly limitMs: number | null;
  readonly from: string;
}

/** The limits of a trial, and where its split limit comes from; null for a fixed one. */
export type ScheduledLimits = TrialLimits & { readonly from: SplitLimit["from"] | null };

/**
 * Derives the time limit of a split from the study's own splits: a high quantile for its params, times a factor. A
 * split that was ended by its limit is observed with the time that it had, so that a limit which is too tight grows.
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
