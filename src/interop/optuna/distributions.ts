import { type Distribution, encode } from "../../core/space/distribution.ts";
import type { Params, Space } from "../../core/space/space.ts";

/** A param of a trial as Optuna stores it. */
interface StoredParam {
  readonly name: string;
  /** The number itself, or the index of the choice. */
  readonly value: number;
  readonly distribution: string;
}

/** A distribution as the JSON in which Optuna stores it. */
export function distributionJson(distribution: Distribution): string {
  if (distribution.kind === "categorical")
    return JSON.stringify({
      name: "CategoricalDistribution",
      attributes: { choices: distribution.choices },
    });
  const { kind, low, high, log, step } = distribution;
  const name = kind === "int" ? "IntDistribution" : "FloatDistribution";
  return JSON.stringify({ name, attributes: { step, low, high, log } });
}

/** Makes a function that turns the params of a trial into what Optuna stores; a param that the trial lacks is absent. */
export function paramStorer(space: Space): (params: Params) => StoredParam[] {
  const stored = space.params.map(({ name, distribution }) => ({
    name,
    distribution,
    json: distributionJson(distribution),
  }));
  return (params) =>
    stored.flatMap(({ name, distribution, json }) => {
      if (!Object.hasOwn(params, name)) return [];
      const value = encode(distribution, params[name]);
      return Number.isNaN(value) ? [] : [{ name, value, distribution: json }];
    });
}
