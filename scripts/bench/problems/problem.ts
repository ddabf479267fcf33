// What a problem of the quality benchmark is, and the parts from which problems are put together.

import type {
  CategoricalDistribution,
  Choice,
  Distribution,
  FloatDistribution,
  IntDistribution,
} from "../../../src/core/space/distribution.ts";
import type { ParamDeclaration, Params } from "../../../src/core/space/space.ts";

type DeclaredSpace = Readonly<Record<string, ParamDeclaration>>;

/** A function to minimise. */
export interface ScalarProblem {
  readonly space: DeclaredSpace;
  /** The objective without noise. */
  readonly evaluate: (params: Params) => number;
  /** The least value of a feasible trial that lives. */
  readonly optimum: number;
  /** Params that have this value. */
  readonly best?: Params;
  /** Standard deviation of the noise that is added to the values that the sampler sees. Default 0. */
  readonly noise?: number;
  /** A trial is feasible when all are <= 0. */
  readonly constraints?: (params: Params) => readonly number[];
  /** How a trial ends before it has a value; null if it lives. */
  readonly death?: (params: Params) => Death | null;
}

/** The end of a trial that reached its memory limit, or that failed. It is told in place of a value. */
export type Death =
  | { readonly state: "pruned"; readonly reason: "memory-limit"; readonly overrun: number }
  | { readonly state: "fail" };

/** Several functions to minimise at once. */
export interface FrontProblem {
  readonly space: DeclaredSpace;
  readonly objectives: (params: Params) => readonly number[];
  /** The point that bounds the hypervolume: points that are worse in an objective count for nothing. */
  readonly reference: readonly number[];
  /** The hypervolume of the whole front. */
  readonly hypervolume: number;
  /** Many params that are on the front. */
  readonly front: () => readonly Params[];
}

export type Problem = ScalarProblem | FrontProblem;

export const isFront = (problem: Problem): problem is FrontProblem => "objectives" in problem;

export type Vector = readonly number[];
export type Objective = (x: Vector) => number;

export const float = (
  low: number,
  high: number,
  more: Partial<FloatDistribution> = {},
): FloatDistribution => ({
  ...{ kind: "float", low, high, log: false, step: null },
  ...more,
});
export const int = (low: number, high: number, more: Partial<IntDistribution> = {}): IntDistribution => ({
  ...{ kind: "int", low, high, log: false, step: 1 },
  ...more,
});
export const categorical = (choices: readonly Choice[]): CategoricalDistribution => ({
  kind: "categorical",
  choices,
});
export const LOG = { log: true };

/** A space in the form that `askTell` takes, from distributions and `[parent, values]` conditions. */
export function declare(
  entries: Readonly<
    Record<string, readonly [Distribution, ...(readonly [parent: string, values: readonly Choice[]])[]]>
  >,
): DeclaredSpace {
  return Object.fromEntries(
    Object.entries(entries).map(([name, [distribution, ...when]]) => [
      name,
      { distribution, conditions: when.map(([parent, values]) => ({ parent, values })) },
    ]),
  );
}

/** The values of the named params, as numbers. */
export const numbers = (params: Params, ...names: readonly string[]): number[] =>
  names.map((name) => Number(params[name]));

const namesOf = (n: number): string[] => Array.from({ length: n }, (_, i) => `x${i}`);

/** The space of n floats `x0`, `x1` ... in [low, high]. */
export const floats = (n: number, low: number, high: number): DeclaredSpace =>
  declare(Object.fromEntries(namesOf(n).map((name) => [name, [float(low, high)]])));

/** The values of the n floats of `floats`. */
export const vectorOf = (params: Params, n: number): number[] => numbers(params, ...namesOf(n));

/** Params of `floats`, from their values. */
export const paramsOf = (x: Vector): Params => Object.fromEntries(x.map((value, i) => [`x${i}`, value]));

/** A problem over n floats in [low, high]. */
export function box(n: number, low: number, high: number, f: Objective, optimum: number): ScalarProblem {
  return { space: floats(n, low, high), evaluate: (params) => f(vectorOf(params, n)), optimum };
}

export const sum = (values: Vector): number => values.reduce((total, value) => total + value, 0);
