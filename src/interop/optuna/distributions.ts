import { BelayError, show } from "../../core/error.ts";
import { type Choice, type Distribution, encode } from "../../core/space/distribution.ts";
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
      const given = params[name];
      // A number stays as it was recorded: encoded it would be rounded to its step.
      const value =
        typeof given === "number" && distribution.kind !== "categorical"
          ? given
          : encode(distribution, given);
      return Number.isNaN(value) ? [] : [{ name, value, distribution: json }];
    });
}

/** What Optuna stores of a distribution; older versions had other names, and `q` for the step. */
interface StoredDistribution {
  readonly name: string;
  readonly attributes: {
    readonly low?: number;
    readonly high?: number;
    readonly log?: boolean;
    readonly step?: number | null;
    readonly q?: number;
    readonly choices?: readonly Choice[];
  };
}

/**
 * Reads a distribution as Optuna stores it.
 *
 * @throws BelayError `usage`, one line that names the param: it is none, or one that Belay has no counterpart for.
 */
export function distributionOf(param: string, json: string): Distribution {
  const { name, attributes } = parsed(param, json);
  const { low, high, log = false, step = null, q = null, choices } = attributes;
  if (name === "CategoricalDistribution" && choices) return { kind: "categorical", choices };
  const isInt = name.startsWith("Int");
  if (
    /^(Int|Float|(Int)?(Log)?Uniform|IntLogUniform|DiscreteUniform)Distribution$/.test(name) &&
    low !== undefined &&
    high !== undefined
  ) {
    const isLog = log || name.includes("LogUniform");
    return isInt
      ? { kind: "int", low, high, log: isLog, step: isLog ? 1 : (step ?? 1) }
      : { kind: "float", low, high, log: isLog, step: step ?? q };
  }
  throw new BelayError("usage", `param ${show(param)}: expected a distribution of Optuna, got ${show(name)}`);
}

/** A distribution that Optuna has stored, and how Belay would store it. */
interface ReadDistribution {
  readonly distribution: Distribution;
  readonly canonical: string;
}

/** Reads distributions as `distributionOf` does, each text once: a hundred thousand trials have the same few. */
export function distributionReader(): (param: string, json: string) => ReadDistribution {
  const known = new Map<string, ReadDistribution>();
  return (param, json) => {
    const before = known.get(json);
    if (before) return before;
    const distribution = distributionOf(param, json);
    const read = { distribution, canonical: distributionJson(distribution) };
    known.set(json, read);
    return read;
  };
}

function parsed(param: string, json: string): StoredDistribution {
  try {
    const read = JSON.parse(json) as StoredDistribution;
    if (typeof read.name === "string" && typeof read.attributes === "object") return read;
  } catch {
    // Python writes NaN and Infinity, which are no JSON, and which no param of Belay can be.
  }
  throw new BelayError("usage", `param ${show(param)}: expected a distribution of Optuna, got ${show(json)}`);
}
