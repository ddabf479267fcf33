import type { History } from "./history.ts";

/**
 * Caches a value for each history: a growing history shares one with all its beginnings. The value is forgotten when
 * the history is garbage.
 *
 * @param make - Makes the value for a new history.
 */
export function perHistory<Value extends object>(make: () => Value): (history: History) => Value {
  const kept = new WeakMap<object, Value>();
  return ({ whole }) => {
    const known = kept.get(whole);
    if (known) return known;
    const made = make();
    kept.set(whole, made);
    return made;
  };
}
