import { BelayError, show } from "../core/error.ts";
import { type Direction, sign } from "../core/search/direction.ts";
import type { History } from "../core/search/history.ts";
import {
  costOf,
  learnedHistory,
  mapTrials,
  refuseToLearn,
  type SourceTrial,
} from "../core/search/learned.ts";
import type { Sampler } from "../core/search/sampler.ts";
import { readTold, type Told } from "../core/search/told.ts";
import type { Space } from "../core/space/space.ts";

/** What a search learns from is checked against this much of its options. */
interface Learner {
  readonly space: Space;
  readonly directions: readonly Direction[];
  readonly sampler: Sampler;
}

/**
 * A trial of an earlier search, as `learnFrom` takes it: other fields that `add` takes are ignored.
 *
 * @example
 * const search = askTell({ space, learnFrom: earlier.save().trials });
 */
export interface LearnFromTrial {
  /** Values by the names of the params. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The value, or how the trial ended. */
  readonly told: number | readonly number[] | Told;
}

/**
 * Reads the trials of another search that the option `learnFrom` was given.
 *
 * @throws BelayError `usage`, one line: no such trials, several directions, a sampler that does not learn, or no trial of
 *   which the space can learn.
 */
export function readLearned(given: unknown, { space, directions, sampler }: Learner): History {
  refuseToLearn("learnFrom", sampler, directions);
  if (!Array.isArray(given)) {
    const expected = "an array such as [{ params: { ... }, told: 0.5 }]";
    throw new BelayError("usage", `learnFrom: expected ${expected}, got ${show(given)}`);
  }
  const flip = sign(directions[0]!);
  const source = given.flatMap((trial: unknown, i): SourceTrial[] => {
    const what = `learnFrom: [${i}]`;
    const { params, told } = (trial ?? {}) as Partial<LearnFromTrial>;
    if (Object.prototype.toString.call(params) !== "[object Object]")
      throw new BelayError("usage", `${what}: params: expected params by name, got ${show(params)}`);
    const cost = costOf(readTold(told, 1, `${what}: told`), flip);
    return cost === null ? [] : [{ number: i, params: params!, cost }];
  });
  const { trials, outside } = mapTrials(space, source);
  const learned = learnedHistory(space, trials);
  if (learned) return learned;
  const why =
    source.length === 0
      ? `${given.length} trials, none of which has a value`
      : outside > 0
        ? `${source.length} trials with values, ${outside} of them outside of this space`
        : `${source.length} trials with values, none of which has a param of this space`;
  throw new BelayError("usage", `learnFrom: expected trials that this space can learn from, got ${why}`);
}
