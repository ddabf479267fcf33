import type { History } from "./history.ts";

/** What `make` returns, kept for each history that grows, and for all of its beginnings; forgotten with it. */
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
