import { type MemoryClaim, narrowed } from "../../scheduler/admission.ts";
import { type Forecast, quantileModel } from "../../scheduler/quantile.ts";
import type { Attempt } from "../running-attempts.ts";
import type { RunningStudy } from "../study.ts";

/** What is expected of the memory peaks of trials; it is learned from the trials of all machines. */
export interface Peaks {
  observe(row: Float64Array, peakBytes: number): void;
  /** The peak that is expected of these params, at most their memory limit; null before the first observation. */
  expected(row: Float64Array): Forecast | null;
  /** What a running trial is expected to hold, given what its host holds now. */
  claim(attempt: Attempt, rssBytes: number | null): MemoryClaim;
}

export function openPeaks(study: Pick<RunningStudy, "space" | "scheduling" | "limits">): Peaks {
  const peaks = quantileModel(study.space);
  for (const { row, peakBytes } of study.scheduling?.past ?? [])
    if (peakBytes !== null) peaks.observe(row, peakBytes);

  const kept = new WeakMap<Float64Array, { readonly at: number; readonly forecast: Forecast }>();

  /** Keeps each forecast until the model has learned more, because it is needed many times while a trial waits or runs. */
  function forecastOf(row: Float64Array): Forecast | null {
    const known = kept.get(row);
    if (known && peaks.size < Math.max(known.at + 1, known.at * 1.1)) return known.forecast;
    const forecast = peaks.forecast(row);
    if (forecast) kept.set(row, { at: peaks.size, forecast });
    return forecast;
  }

  function expected(row: Float64Array): Forecast | null {
    const forecast = forecastOf(row);
    const most = study.limits.memoryBytes ?? Number.POSITIVE_INFINITY;
    return forecast && { middle: Math.min(forecast.middle, most), high: Math.min(forecast.high, most) };
  }

  return {
    observe: peaks.observe,
    expected,
    claim({ row, peakBytes }, rssBytes) {
      const guess = expected(row) ?? { middle: rssBytes ?? 0, high: rssBytes ?? 0 };
      return { expected: peakBytes === null ? guess : narrowed(guess, peakBytes), rssBytes };
    },
  };
}
