import type { TrialRecord } from "./records.ts";

/** The names of the fields of a trial that hold one value each. */
export type FieldName =
  | Exclude<keyof TrialRecord, "id" | "splits" | "memory" | "error">
  /** How many splits the trial has finished. */
  | "splitCount"
  /** Whether the violation is 0. */
  | "feasible"
  | `memory.${keyof NonNullable<TrialRecord["memory"]>}`
  | "error.message";

/** What a filter or a sort key reads from a trial: a field, or one entry of a field that holds several. */
export type Field =
  | { readonly name: FieldName }
  | { readonly name: "params" | "detail"; readonly key: string }
  | { readonly name: "values" | "constraints"; readonly index: number };

/** A value to compare a field with: times are milliseconds since 1970, booleans are 1 or 0. */
export type FilterValue = string | number | null;

/**
 * The value of a field, by itself: times are milliseconds since 1970, booleans are 1 or 0, a field that holds several
 * values is their JSON.
 */
export type FieldCell = string | number | null;

/** `<`, `<=`, `>` and `>=` are false when a side is null; for `=` and `!=` null equals null. */
export type Comparison = "<" | "<=" | ">" | ">=" | "=" | "!=";

/**
 * One side of a comparison. `only` is for a field that holds texts and numbers: those of the other type count as null.
 */
export type Side =
  | { readonly field: Field; readonly only?: "texts" | "numbers" }
  | { readonly value: FilterValue };

/**
 * A condition on trials as plain data, which each store compiles to its own language. Its names and types have been
 * checked. A comparison with null by `<`, `<=`, `>`, `>=` or `in` is false, so its negation is true.
 */
export type Filter =
  | { readonly kind: "and" | "or"; readonly parts: readonly Filter[] }
  | { readonly kind: "not"; readonly inner: Filter }
  | {
      readonly kind: "compare";
      readonly operator: Comparison;
      readonly left: Side;
      readonly right: Side;
    }
  | { readonly kind: "in"; readonly field: Field; readonly values: readonly (string | number)[] };

/** One sort key. Trials in which the field is null come last in both directions. */
export interface OrderKey {
  readonly field: Field;
  readonly descending: boolean;
}

/** Which trials of a study to read, and in which order. */
export interface Selection {
  readonly filter?: Filter;
  /** Trials that are equal by these keys, or all without keys, come by ascending number. */
  readonly order?: readonly OrderKey[];
  readonly limit?: number;
  /** How many trials to skip at the start. @default 0 */
  readonly offset?: number;
}

/** Whether two fields have the same name and the same key or index. */
export function isSameField(a: Field, b: Field): boolean {
  const entry = (field: Field) => ("key" in field ? field.key : "index" in field ? field.index : null);
  return a.name === b.name && entry(a) === entry(b);
}
