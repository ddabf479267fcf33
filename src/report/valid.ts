import type { Filter, Selection } from "../store/filter.ts";

/** Selects trials that a person has not made invalid. */
export const VALID: Filter = {
  kind: "compare",
  operator: "=",
  left: { field: { name: "invalid" } },
  right: { value: 0 },
};

/** A selection without the trials that a person has made invalid. */
export function validOnly<S extends Selection>(selection: S): S {
  const { filter } = selection;
  return { ...selection, filter: filter ? { kind: "and", parts: [filter, VALID] } : VALID };
}
