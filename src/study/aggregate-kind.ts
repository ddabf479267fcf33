import { type AggregateKind, mean, median, std } from "../core/aggregate.ts";
import { type Direction, sign } from "../core/search/direction.ts";

/** Values for which functions of different kinds hardly give the same results. */
const PROBES = [
  [0.2, 0.9, 0.4],
  [-3, 1, 7.5, 0.25],
  [6, 2.5, 4, -1, 3.75],
];

/**
 * The kind of a study's aggregate, of the first objective. It is found by calls with some values, because a study may
 * have its own function for the mean.
 *
 * @param aggregate - What the study file has: a function, an array of one for each direction, or nothing for the mean.
 */
export function aggregateKind(aggregate: unknown, direction: Direction): AggregateKind {
  const first: unknown = Array.isArray(aggregate) ? aggregate[0] : aggregate;
  if (typeof first !== "function") return "mean";
  const valueAt = (values: readonly number[]): number =>
    Number(first([...values], { direction, objective: 0 }));
  try {
    const probed = PROBES.map((values) => ({ values, value: valueAt(values) }));
    if (probed.every(({ values, value }) => isClose(value, mean(values)))) return "mean";
    if (probed.some(({ values, value }) => !isClose(value, valueAt(values.toReversed())))) return "other";
    if (
      probed.every(({ values, value }) => placesOf(values, direction).some((place) => isClose(value, place)))
    )
      return "place";
    const [weight, ...others] = probed.map(
      ({ values, value }) => ((value - mean(values)) / std(values)) * sign(direction),
    );
    return weight! > 0 && others.every((other) => isClose(other, weight!)) ? "spread" : "other";
  } catch {
    return "other";
  }
}

/** The median of the values, and the values that are worse. */
function placesOf(values: readonly number[], direction: Direction): number[] {
  const sorted = values.toSorted((a, b) => (a - b) * sign(direction));
  return [median(values), ...sorted.slice(Math.ceil(values.length / 2))];
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9;
}
