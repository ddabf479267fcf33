import { checkOptions } from "../options.ts";
import type { Choice, Distribution } from "./distribution.ts";
import type { ParamDeclaration } from "./space.ts";

declare const valueType: unique symbol;
declare const conditionsType: unique symbol;

/**
 * A param of a study's space: which values it can take, and when it exists. Immutable; `.when` makes a new one.
 *
 * `Value` is the type of its values; `Conditions` is an object type that maps the names of its parents to their values.
 *
 * @example
 * const momentum: Param<number, { readonly optimizer: "sgd" }> = float(0, 0.99).when("optimizer", "sgd");
 */
export interface Param<Value extends Choice = Choice, Conditions = unknown> extends ParamDeclaration {
  /** Exists in the type only. */
  readonly [valueType]: Value;
  /** Exists in the type only. */
  readonly [conditionsType]: Conditions;

  /**
   * The same param, but only in trials where `parent` has this value, or one of these. Several `.when` must all hold.
   *
   * @param parent - Another param of the same space.
   * @param values - A value that the parent can take, or an array of several.
   * @example
   * momentum: float(0, 0.99).when("optimizer", "sgd")
   */
  when<const Parent extends string, const ParentValue extends Choice>(
    parent: Parent,
    values: ParentValue | readonly ParentValue[],
  ): Param<Value, Conditions & { readonly [Name in Parent]: ParentValue }>;
}

/** Any param, whatever its values and conditions. */
export interface AnyParam extends ParamDeclaration {
  readonly [valueType]: Choice;
  readonly [conditionsType]: unknown;
}

/**
 * A space as a study file declares it: params by name.
 *
 * @example
 * const space = { rate: float(0, 1), depth: int(1, 8) } satisfies SpaceDeclaration;
 */
export type SpaceDeclaration = Readonly<Record<string, AnyParam>>;

/** The type of a param's values. */
export type ValueOf<P> = P extends { readonly [valueType]: infer Value } ? Exclude<Value, undefined> : never;

/** The parents of a param with their values; `unknown`, which has no keys, for a param that always exists. */
export type ConditionsOf<P> = P extends { readonly [conditionsType]: infer C }
  ? Exclude<C, undefined>
  : never;

/**
 * Options of `float`. Either `log` or `step`, not both.
 *
 * @example
 * dropout: float(0, 0.5, { step: 0.1 })
 */
export interface FloatOptions {
  /** Draws the logarithm uniformly, for values that span orders of magnitude; needs low > 0. @default false */
  readonly log?: boolean;
  /** Allows only low, low + step, ... high; must divide high - low. @default none: every number */
  readonly step?: number;
}

/**
 * Options of `int`. Either `log` or a `step` above 1, not both.
 *
 * @example
 * units: int(8, 512, { log: true })
 */
export interface IntOptions {
  /** Draws the logarithm uniformly, for values that span orders of magnitude; needs low > 0. @default false */
  readonly log?: boolean;
  /** Allows only low, low + step, ... high; must divide high - low. @default 1 */
  readonly step?: number;
}

/**
 * A param whose values are real numbers.
 *
 * @param low - The least value; above 0 with `log`.
 * @param high - The largest value; not less than `low`.
 * @throws BelayError `study`: an unknown option. A bad range is reported later, with the name of the param.
 * @example
 * learningRate: float(1e-4, 1e-1, { log: true })
 */
export function float(low: number, high: number, options: FloatOptions = {}): Param<number> {
  checkOptions("float", options, ["log", "step"]);
  const { log = false, step = null } = options;
  return declare({ kind: "float", low, high, log, step }, []);
}

/**
 * A param whose values are whole numbers.
 *
 * @param low - The least value; above 0 with `log`.
 * @param high - The largest value; not less than `low`.
 * @throws BelayError `study`: an unknown option. A bad range is reported later, with the name of the param.
 * @example
 * filters: int(4, 32, { step: 4 })
 */
export function int(low: number, high: number, options: IntOptions = {}): Param<number> {
  checkOptions("int", options, ["log", "step"]);
  const { log = false, step = 1 } = options;
  return declare({ kind: "int", low, high, log, step }, []);
}

/**
 * A param whose value is one of `choices`, which have no order. For ordered numbers prefer `int` or `float`, from which
 * samplers learn more. The type of the param is the union of its choices.
 *
 * @param choices - Different strings, finite numbers, booleans or null. Anything else is reported later, with the name
 * of the param.
 * @example
 * optimizer: categorical(["adam", "sgd"])
 */
export function categorical<const Choices extends readonly [Choice, ...Choice[]] | readonly Choice[]>(
  choices: Choices,
): Param<Choices[number]> {
  // What is no array is kept as it is, because `compileSpace` reports it with the param's name.
  const copy: readonly Choice[] = Array.isArray(choices) ? Object.freeze([...choices]) : choices;
  return declare({ kind: "categorical", choices: copy }, []);
}

function declare<Value extends Choice, Conditions>(
  distribution: Distribution,
  conditions: ParamDeclaration["conditions"],
): Param<Value, Conditions> {
  const param: ParamDeclaration & { when: (parent: string, values: Choice | readonly Choice[]) => Param } = {
    distribution: Object.freeze(distribution),
    conditions: Object.freeze(conditions),
    when(parent, values) {
      const list: readonly Choice[] = isList(values) ? [...values] : [values];
      return declare(distribution, [...conditions, Object.freeze({ parent, values: Object.freeze(list) })]);
    },
  };
  return Object.freeze(param) as Param<Value, Conditions>;
}

/** `Array.isArray`, typed such that it narrows a union to a readonly array. */
function isList(value: Choice | readonly Choice[]): value is readonly Choice[] {
  return Array.isArray(value);
}
