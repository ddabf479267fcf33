import type { TrialRecord } from "./records.ts";

/** The fields of a trial record that hold one value each, by name. */
export type FieldName =
  | Exclude<keyof TrialRecord, "id" | "splits" | "memory" | "error">
  /** How many splits the trial has finished. */
  | "splitCount"
  /** Whether the violation is 0. */
  | "feasible"
  | `memory.${keyof NonNullable<TrialRecord["memory"]>}`
  | "error.message";

/** What a filter or an order reads of a trial: a field, or one entry of a field that holds several. */
export type Field =
  | { readonly name: FieldName }
  | { readonly name: "params" | "detail"; readonly key: string }
  | { readonly name: "values" | "constraints"; readonly index: number };

/** A value beside a field: times are milliseconds, and truth is 1 or 0. */
export type FilterValue = string | number | null;

/** An order, which holds between known values only, or an equality, for which null equals null. */
export type Comparison = "<" | "<=" | ">" | ">=" | "=" | "!=";

/** One side of a comparison. `only`: the field holds texts and numbers, and those of the other type count as unknown. */
export type Side =
  | { readonly field: Field; readonly only?: "texts" | "numbers" }
  | { readonly value: FilterValue };

/**
 * A condition on trials as plain data: names and kinds are checked, and each database compiles it to its own language. A
 * comparison with something unknown does not hold, and its negation does.
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

/** One key of an order. Trials in which the field is unknown come last, in either direction. */
export interface OrderKey {
  readonly field: Field;
  readonly descending: boolean;
}

/** Which trials of a study are read, and in which order. */
export interface Selection {
  readonly filter?: Filter;
  /** After these keys trials are in the order of their numbers. */
  readonly order?: readonly OrderKey[];
  readonly limit?: number;
  /** How many trials are left out first. @default 0 */
  readonly offset?: number;
}

/** Whether two fields are the same one. */
export function isSameField(a: Field, b: Field): boolean {
  const entry = (field: Field) => ("key" in field ? field.key : "index" in field ? field.index : null);
  return a.name === b.name && entry(a) === entry(b);
}
