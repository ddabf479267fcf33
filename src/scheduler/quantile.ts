import type { Space } from "../core/space/space.ts";
import { featuresOf, ridge } from "./ridge.ts";

/** A forecast for params: the median, and a value that nearly all such trials stay below. */
export interface Forecast {
  readonly middle: number;
  readonly high: number;
}

/** The models from which a forecast can come. */
export type ForecastModel = "constant" | "linear" | "neighbours";

export interface QuantileOptions {
  /** The share of trials that stay below the forecast's `high`. @default 0.95 */
  readonly quantile?: number;
  /** How many observations are kept; the oldest are dropped to bound memory. @default 512 */
  readonly keep?: number;
}

const MIN_OBSERVATIONS = 8;
/** The weight of the past in the running sum of each model's losses. */
const LOSS_MEMORY = 0.98;
/** A model that uses params is chosen only if its loss is below this share of the constant model's. */
const ADVANTAGE = 0.95;

/** The pinball loss of a quantile's forecast q: (y - q) * tau for y above q, (q - y) * (1 - tau) below. */
export function pinball(actual: number, forecast: number, quantile: number): number {
  return actual >= forecast ? (actual - forecast) * quantile : (forecast - actual) * (1 - quantile);
}

/**
 * Learns quantiles of a positive quantity (a memory peak, a duration) from the params of trials, one observation at a
 * time. Three models work in log space: a constant, a ridge regression with the quantile of its leave-one-out
 * residuals, and the quantile among the nearest trials. Each is scored on every new trial before it learns from it
 * (prequential pinball loss), and the best one forecasts. So params are used only if they predict better than a
 * constant.
 */
export function quantileModel(space: Space, { quantile = 0.95, keep = 512 }: QuantileOptions = {}) {
  const rows: number[][] = [];
  const logs: number[] = [];
  const sortedLogs = sortedSample();
  const losses: Record<ForecastModel, number> = { constant: 0, linear: 0, neighbours: 0 };
  let seen = 0;
  let largest = 0;
  let fit: Fit | null = null;
  let fitAt = 0;

  function refit(): Fit {
    // A fit costs O(n d^2), so after the first trials only every eighth one causes a new fit.
    if (!fit || seen - fitAt >= Math.max(1, Math.min(8, seen / 16))) {
      const { predict, residuals } = ridge(rows, logs);
      fit = { predict, residuals: residuals.sort() };
      fitAt = seen;
    }
    return fit;
  }

  function forecastBy(model: ForecastModel, features: number[]): { middle: number; high: number } {
    const center = model === "linear" ? refit().predict(features) : 0;
    const values =
      model === "linear"
        ? refit().residuals
        : model === "constant"
          ? sortedLogs.values
          : nearest(rows, logs, features).sort();
    return { middle: center + rankOf(values, 0.5), high: center + rankOf(values, quantile) };
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
    /** Learns from a finished trial; a value that is not finite and positive is ignored. */
    observe(row: Float64Array, value: number): void {
      if (!(value > 0) || !Number.isFinite(value)) return;
      const features = featuresOf(space, row);
      const log = Math.log(value);
      if (seen >= MIN_OBSERVATIONS) {
        for (const model of ["constant", "linear", "neighbours"] as const) {
          const loss = pinball(log, forecastBy(model, features).high, quantile);
          losses[model] = losses[model] * LOSS_MEMORY + loss;
        }
      }
      if (rows.length < keep) {
        rows.push(features);
        logs.push(log);
      } else {
        sortedLogs.remove(logs[seen % keep]!);
        rows[seen % keep] = features;
        logs[seen % keep] = log;
      }
      sortedLogs.add(log);
      seen++;
      largest = Math.max(largest, value);
    },
    /**
     * The forecast for params; null before the first observation. With few, it is the largest so far, with a margin.
     */
    forecast(row: Float64Array): Forecast | null {
      if (seen === 0) return null;
      if (seen < MIN_OBSERVATIONS) return { middle: largest, high: largest * (1 + 1 / seen) };
      const { middle, high } = forecastBy(best(), featuresOf(space, row));
      return { middle: Math.exp(Math.min(middle, high)), high: Math.exp(high) };
    },
  };
}

/** A ridge regression, with its residuals in ascending order. */
interface Fit {
  readonly predict: (features: readonly number[]) => number;
  readonly residuals: Float64Array;
}

/** The quantile q of n values as in conformal prediction: the ceil(q (n + 1))-th smallest. */
export function quantileOf(values: readonly number[], quantile: number): number {
  return rankOf(Float64Array.from(values).sort(), quantile);
}

/** Does what `quantileOf` does, for values in ascending order. */
function rankOf(sorted: Float64Array, quantile: number): number {
  const rank = Math.ceil(quantile * (sorted.length + 1)) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? 0;
}

/** A sample that stays sorted while values are added and removed, so that an observation need not sort all values. */
function sortedSample() {
  let held = new Float64Array(16);
  let size = 0;

  /** The first index whose value is not smaller. */
  function placeOf(value: number): number {
    let [low, high] = [0, size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (held[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get values(): Float64Array {
      return held.subarray(0, size);
    },
    add(value: number): void {
      if (size === held.length) {
        const wider = new Float64Array(2 * size);
        wider.set(held);
        held = wider;
      }
      const place = placeOf(value);
      held.copyWithin(place + 1, place, size++);
      held[place] = value;
    },
    /** Removes a value, which must be in the sample. */
    remove(value: number): void {
      held.copyWithin(placeOf(value), placeOf(value) + 1, size--);
    },
  };
}

/**
 * The values of the nearest rows, as many as the square root of all and at least eight; of equally near rows the older.
 */
function nearest(rows: readonly number[][], values: readonly number[], at: readonly number[]): Float64Array {
  const count = Math.min(rows.length, Math.max(MIN_OBSERVATIONS, Math.ceil(Math.sqrt(rows.length))));
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY); // ascending
  const found = new Float64Array(count);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    let distance = 0;
    for (let k = 0; k < at.length; k++) distance += (row[k]! - at[k]!) ** 2;
    if (distance >= distances[count - 1]!) continue;
    let place = count - 1;
    for (; place > 0 && distances[place - 1]! > distance; place--) {
      distances[place] = distances[place - 1]!;
      found[place] = found[place - 1]!;
    }
    distances[place] = distance;
    found[place] = values[i]!;
  }
  return found;
}
