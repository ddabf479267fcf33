import { BelayError, show } from "../core/error.ts";
import { checkOptions } from "../core/options.ts";
import { type Direction, isDirection } from "../core/search/direction.ts";
import type { History } from "../core/search/history.ts";
import { idleReason, type JudgedStudy, type Pruner, type PrunerName } from "../core/search/pruner.ts";
import type { Sampler, SamplerName } from "../core/search/sampler.ts";
import { isSpec, type Spec } from "../core/search/spec.ts";
import type { ParamDeclaration, Space } from "../core/space/space.ts";
import { pruners } from "../pruner/registry.ts";
import { DEFAULT_SAMPLER, samplers } from "../sampler/registry.ts";
import { readSpace } from "../study/read-space.ts";
import { type LearnFromTrial, readLearned } from "./learned.ts";

/**
 * Options of `askTell`: what it searches, and how.
 *
 * @example
 * const options: AskTellOptions = { space: { x: float(-5, 5) }, direction: "minimize", sampler: "tpe", seed: 1 };
 */
export interface AskTellOptions {
  /** The search space, as in a study file. */
  readonly space: Readonly<Record<string, ParamDeclaration>>;
  /** Whether a smaller or a larger value is better. @default "minimize", unless `directions` are given */
  readonly direction?: Direction;
  /** One direction for each of several objectives, in place of `direction`. */
  readonly directions?: readonly Direction[];
  /**
   * The sampler, as its name, what its factory returns, or a spec: `{ name: "tpe", options: { startupTrials: 20 } }`.
   *
   * @default "auto", which takes turns among those that suit the space
   */
  readonly sampler?: SamplerName | Sampler | Spec;
  /**
   * The pruner that `shouldPrune` asks, as its name, what its factory returns, or a spec.
   *
   * @default "none"
   */
  readonly pruner?: PrunerName | Pruner | Spec;
  /**
   * How many splits each trial has, whose values are reported; 1 if a trial reports its steps, such as epochs.
   *
   * @default 1
   */
  readonly splits?: number;
  /**
   * A whole number: equal seeds and equal outcomes give equal trials.
   *
   * @default 0
   */
  readonly seed?: number;
  /**
   * Whether the same params may give different values; then duplicates are allowed.
   *
   * @default false
   */
  readonly noise?: boolean;
  /**
   * How many trials you plan, for samplers that spend a budget.
   *
   * @default not known
   */
  readonly trials?: number;
  /**
   * Trials of an earlier search, in the form that `add` takes, from which `tpe`, `gp` and `auto` learn where to look. The
   * less they agree with this search's own trials, the less they count. Params go by their names and may be others than
   * in this space; the values are of this search's direction. They are no trials of this search.
   *
   * @default none
   */
  readonly learnFrom?: readonly LearnFromTrial[];
}

/** The options of a search, checked and with the defaults filled in. */
export interface Settings extends Pick<Required<AskTellOptions>, "seed" | "noise"> {
  readonly space: Space;
  readonly directions: readonly Direction[];
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly splitCount: number;
  readonly trials: number | null;
  readonly learned: History | null;
}

const OPTIONS: readonly (keyof AskTellOptions)[] = [
  "space",
  "direction",
  "directions",
  "sampler",
  "pruner",
  "splits",
  "seed",
  "noise",
  "trials",
  "learnFrom",
];

/** Checks the options, which in plain JavaScript may be anything. @throws BelayError `study` or `usage`, one line. */
export function readOptions(options: AskTellOptions): Settings {
  checkOptions("askTell", options, OPTIONS, "usage");
  const space = readSpace(options.space);
  const directions = readDirections(options);
  const { seed = 0, noise = false, splits = 1, trials = null } = options;
  if (!Number.isSafeInteger(seed)) {
    throw new BelayError("usage", `seed: expected a whole number, got ${show(seed)}`);
  }
  if (typeof noise !== "boolean") {
    throw new BelayError("usage", `noise: expected true or false, got ${show(noise)}`);
  }
  for (const [name, value] of Object.entries({ splits, trials })) {
    if (value === null || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new BelayError("usage", `${name}: expected a whole number, 1 or more, got ${show(value)}`);
  }
  const sampler = readSampler(options.sampler ?? DEFAULT_SAMPLER);
  const pruner = readPruner(options.pruner ?? "none", { directions, splitCount: splits });
  const learned =
    options.learnFrom === undefined ? null : readLearned(options.learnFrom, { space, directions, sampler });
  return { space, directions, seed, noise, trials, splitCount: splits, sampler, pruner, learned };
}

function readSampler(sampler: unknown): Sampler {
  if (hasMethod<Sampler>(sampler, "ask")) return sampler;
  if (typeof sampler === "string" || isSpec(sampler)) return samplers.make("sampler", sampler);
  const expected = "a sampler's name, or what its factory returns, such as tpe()";
  throw new BelayError("usage", `sampler: expected ${expected}, got ${show(sampler)}`);
}

function readPruner(given: unknown, study: JudgedStudy): Pruner {
  const isPruner = hasMethod<Pruner>(given, "judge");
  if (!isPruner && typeof given !== "string" && !isSpec(given)) {
    const expected = "a pruner's name, or what its factory returns, such as percentile()";
    throw new BelayError("usage", `pruner: expected ${expected}, got ${show(given)}`);
  }
  const pruner = isPruner ? given : pruners.make("pruner", given);
  const idle = idleReason(pruner, study);
  if (idle === null) return pruner;
  throw new BelayError("usage", `pruner: expected one that can stop a trial, got ${pruner.name}: ${idle}`);
}

/** Whether a value is a sampler or a pruner: it has a name and the method that makes it one. */
function hasMethod<Made>(value: unknown, method: "ask" | "judge"): value is Made {
  if (value === null || typeof value !== "object") return false;
  const { name, [method]: found } = value as Record<string, unknown>;
  return typeof name === "string" && typeof found === "function";
}

function readDirections({ direction, directions }: AskTellOptions): readonly Direction[] {
  if (direction !== undefined && directions !== undefined) {
    throw new BelayError("usage", "direction: expected either direction or directions, got both");
  }
  if (directions !== undefined && (!Array.isArray(directions) || directions.length === 0)) {
    const expected = 'an array such as ["minimize", "maximize"]';
    throw new BelayError("usage", `directions: expected ${expected}, got ${show(directions)}`);
  }
  // A copy, since the caller may change the array. The holes of a sparse array become undefined.
  const all: readonly Direction[] = Array.from(directions ?? [direction ?? "minimize"]);
  const bad = all.findIndex((one) => !isDirection(one));
  if (bad < 0) return all;
  throw new BelayError("usage", `direction: expected "minimize" or "maximize", got ${show(all[bad])}`);
}
