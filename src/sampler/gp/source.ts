import { meanAt, type Posterior, type PriorMean } from "../../core/gaussian-process/posterior.ts";
import type { History } from "../../core/search/history.ts";
import { memo } from "../memo.ts";
import type { Columns } from "./observations.ts";

/** Another study, from which the model of this one learns. */
export interface Source {
  readonly posterior: Posterior;
  /** What it expects at each observation of this study, in its own units. */
  readonly means: number[];
}

/** So many observations that the source predicts perfectly are assumed before there are any. */
const ASSUMED = 3;
/** Where the source sees hardly any differences, these are not blown up to more than this many standard deviations of its own. */
const LEAST_SPREAD = 0.3;
/** How much likelier, as a logarithm, a model that learns from the source is before there are values. */
export const TRUST = 1;

const meansOf = memo((_: History) => new WeakMap<Posterior, number[]>());

/** The source, with its means at all observations of the columns. */
export function sourceOf(history: History, columns: Columns, posterior: Posterior): Source {
  const known = meansOf(history);
  const means = known.get(posterior) ?? [];
  known.set(posterior, means);
  const { dims } = columns.coordinates;
  while (means.length < columns.values.length)
    means.push(meanAt(posterior, columns.points, columns.valued[means.length]! * dims));
  return { posterior, means };
}

/**
 * What the source teaches about the values: its mean, less its average over the observations, times the slope of the values on it.
 *
 * @returns null if nothing: the source sees no differences, or the values contradict it.
 */
export function priorMean(
  { posterior, means }: Source,
  of: readonly number[],
  observed: (k: number) => number,
): PriorMean | null {
  const n = of.length;
  const average = (f: (k: number) => number): number => of.reduce((sum, k) => sum + f(k), 0) / n;
  const center = average((k) => means[k]!);
  const middle = average(observed);
  const spread = Math.sqrt(average((k) => (means[k]! - center) ** 2));
  const both = average((k) => (means[k]! - center) * (observed(k) - middle));
  const sd = Math.sqrt(average((k) => (observed(k) - middle) ** 2));
  const agreement = spread > 0 && sd > 0 ? both / (spread * sd) : 0;
  const trust = (ASSUMED + n * agreement) / (ASSUMED + n);
  if (!(trust > 0)) return null;
  return {
    posterior,
    center,
    weight: (trust * Math.min(1, Math.max(sd, 1e-9))) / Math.max(LEAST_SPREAD, spread),
  };
}

/** What the prior mean says of observation `k`. */
export function expected(prior: PriorMean | null, source: Source | null, k: number): number {
  return prior && source ? prior.weight * (source.means[k]! - prior.center) : 0;
}
