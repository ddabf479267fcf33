import type { Space } from "../core/space.ts";
import { featuresOf, ridge } from "./ridge.ts";

/** A guess for params: what half of such trials stay below, and what nearly all do. */
export interface Forecast {
  readonly middle: number;
  readonly high: number;
}

/** Which model a forecast comes from. */
export type ForecastModel = "constant" | "linear" | "neighbours";

export interface QuantileOptions {
  /** The share of trials that are to stay below `high`. @default 0.95 */
  readonly quantile?: number;
  /** Observations that are kept; older ones give way, so memory is bounded. @default 512 */
  readonly keep?: number;
}

const MIN_OBSERVATIONS = 8;
/** Weight of the past in the running mean of each model's loss. */
const LOSS_MEMORY = 0.98;
/** A model with params must beat the constant one by this much before it is believed. */
const ADVANTAGE = 0.95;

/** How wrong a quantile is: (y - q) * tau above it, (q - y) * (1 - tau) below. The quantile itself minimises its mean. */
export function pinball(actual: number, forecast: number, quantile: number): number {
  return actual >= forecast ? (actual - forecast) * quantile : (forecast - actual) * (1 - quantile);
}

/**
 * Learns quantiles of a positive quantity (a peak, a duration) from the params of a study, one observation at a time.
 * Three models work side by side in log space: one constant, a ridge regression with the quantile of its leave-one-out
 * residuals, and the quantile among the nearest trials. Each is scored on every new trial before it learns from it
 * (prequential pinball loss), and the best one forecasts; so params are used only where they predict better.
 */
export function quantileModel(space: Space, { quantile = 0.95, keep = 512 }: QuantileOptions = {}) {
  const rows: number[][] = [];
  const logs: number[] = [];
  const losses: Record<ForecastModel, number> = { constant: 0, linear: 0, neighbours: 0 };
  let weight = 0;
  let seen = 0;
  let largest = 0;
  let fit: ReturnType<typeof ridge> | null = null;
  let fitAt = 0;

  function refit(): ReturnType<typeof ridge> {
    // Fitting costs O(n d^2): after the first trials every eighth new one is enough.
    if (!fit || seen - fitAt >= Math.max(1, Math.min(8, seen / 16))) {
      fit = ridge(rows, logs);
      fitAt = seen;
    }
    return fit;
  }

  function forecastBy(model: ForecastModel, features: number[]): { middle: number; high: number } {
    if (model === "linear") {
      const { predict, residuals } = refit();
      const center = predict(features);
      return { middle: center + quantileOf(residuals, 0.5), high: center + quantileOf(residuals, quantile) };
    }
    const values = model === "constant" ? logs : nearest(rows, logs, features);
    return { middle: quantileOf(values, 0.5), high: quantileOf(values, quantile) };
  }

  function best(): ForecastModel {
    let chosen: ForecastModel = "constant";
    for (const model of ["linear", "neighbours"] as const)
      if (losses[model] < losses[chosen] * (chosen === "constant" ? ADVANTAGE : 1)) chosen = model;
    return chosen;
  }

  return {
    get size() {
      return seen;
    },
    get model(): ForecastModel {
      return best();
    },
    /** Mean pinball loss of each model in log space, recent trials weighing most; null before there is any. */
    get losses(): Readonly<Record<ForecastModel, number>> | null {
      if (weight === 0) return null;
      const mean = (model: ForecastModel): number => losses[model] / weight;
      return { constant: mean("constant"), linear: mean("linear"), neighbours: mean("neighbours") };
    },
    /** Learns from a trial that is over; values that are not positive numbers are passed over. */
    observe(row: Float64Array, value: number): void {
      if (!(value > 0) || !Number.isFinite(value)) return;
      const features = featuresOf(space, row);
      const log = Math.log(value);
      if (seen >= MIN_OBSERVATIONS) {
        for (const model of ["constant", "linear", "neighbours"] as const) {
          const loss = pinball(log, forecastBy(model, features).high, quantile);
          losses[model] = losses[model] * LOSS_MEMORY + loss;
        }
        weight = weight * LOSS_MEMORY + 1;
      }
      if (rows.length < keep) {
        rows.push(features);
        logs.push(log);
      } else {
        rows[seen % keep] = features;
        logs[seen % keep] = log;
      }
      seen++;
      largest = Math.max(largest, value);
    },
    /** What to expect of these params; null before the first observation. With few of them the largest seen, and more. */
    forecast(row: Float64Array): Forecast | null {
      if (seen === 0) return null;
      if (seen < MIN_OBSERVATIONS) return { middle: largest, high: largest * (1 + 1 / seen) };
      const { middle, high } = forecastBy(best(), featuresOf(space, row));
      return { middle: Math.exp(Math.min(middle, high)), high: Math.exp(high) };
    },
  };
}

export type QuantileModel = ReturnType<typeof quantileModel>;

/** The value that a share of a sample stays below: of n values the ceil(q (n + 1))-th, as conformal prediction takes it. */
export function quantileOf(values: readonly number[], quantile: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.ceil(quantile * (sorted.length + 1)) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? 0;
}

/** The values of the nearest rows: the square root of their number, and at least eight. */
function nearest(rows: readonly number[][], values: readonly number[], at: readonly number[]): number[] {
  const count = Math.max(MIN_OBSERVATIONS, Math.ceil(Math.sqrt(rows.length)));
  const distances = rows.map((row, i) => {
    let sum = 0;
    for (let k = 0; k < at.length; k++) sum += (row[k]! - at[k]!) ** 2;
    return { sum, i };
  });
  distances.sort((a, b) => a.sum - b.sum);
  return distances.slice(0, count).map(({ i }) => values[i]!);
}
