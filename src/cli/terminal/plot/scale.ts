/** Places numbers between two ends. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly isLog: boolean;
  /** From 0 at the low end to 1 at the high one. */
  place(value: number): number;
  /** The number at a place. */
  at(place: number): number;
}

/** Positive numbers over more than this range are placed by their logarithms. */
const WIDE = 100;

/**
 * A scale on which all finite numbers have a place. Where they are all the same there is room on both sides.
 *
 * @param log - `wide`: logarithmic where the numbers are positive and the largest is more than 100 times the smallest;
 *   `positive`: wherever they are positive.
 */
export function scaleOf(values: Iterable<number>, log: "wide" | "positive" | "never"): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  const isLog = log !== "never" && low > 0 && (log === "positive" || high / low > WIDE);
  if (low === high) {
    const room = isLog ? 0 : Math.abs(low) * 0.1 || 1;
    [low, high] = isLog ? [low / 2, high * 2] : [low - room, high + room];
  }
  const [from, to] = isLog ? [Math.log(low), Math.log(high)] : [low, high];
  // Halves, because the difference of the largest numbers is infinite.
  const range = to / 2 - from / 2;
  return {
    ...{ low, high, isLog },
    place: (value) => ((isLog ? Math.log(value) : value) / 2 - from / 2) / range,
    at(place) {
      if (place <= 0) return low;
      if (place >= 1) return high;
      const value = from * (1 - place) + to * place;
      return isLog ? Math.exp(value) : value;
    },
  };
}
