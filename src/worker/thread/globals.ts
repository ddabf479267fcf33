/**
 * What a trial may have changed in the thread for all trials after it. Additions do not count (libraries make them);
 * a built-in that has become another one does, and then the thread is not used again.
 */

const SCENES: readonly (readonly [string, object])[] = [
  ["", globalThis],
  ["JSON.", JSON],
  ["Math.", Math],
  ["Reflect.", Reflect],
  ["Atomics.", Atomics],
  ["process.", process],
  ["performance.", performance],
  ["console.", console],
  ["Object.", Object],
  ["Array.", Array],
  ["Number.", Number],
  ["Promise.", Promise],
  ["Object.prototype.", Object.prototype],
  ["Function.prototype.", Function.prototype],
  ["Array.prototype.", Array.prototype],
  ["String.prototype.", String.prototype],
  ["Number.prototype.", Number.prototype],
  ["Promise.prototype.", Promise.prototype],
  ["Map.prototype.", Map.prototype],
  ["Set.prototype.", Set.prototype],
  ["Float32Array.prototype.", Float32Array.prototype],
  ["TypedArray.prototype.", Object.getPrototypeOf(Float32Array.prototype)],
];

interface Fixed {
  readonly name: string;
  readonly owner: object;
  readonly key: PropertyKey;
  readonly is: unknown;
}

const describe = Object.getOwnPropertyDescriptor;
const keysOf = Reflect.ownKeys;

/** Remembers the built-ins as they are now. */
export function markGlobals(): readonly Fixed[] {
  const fixed: Fixed[] = [];
  for (const [path, owner] of SCENES) {
    for (const key of keysOf(owner)) {
      const is = functionAt(owner, key);
      if (is !== null) fixed.push({ name: `${path}${String(key)}`, owner, key, is });
    }
  }
  return fixed;
}

/** The names of the built-ins that are not what they were. */
export function changedGlobals(mark: readonly Fixed[]): string[] {
  const changed: string[] = [];
  // An index, not an iterator: that may be among what was changed.
  for (let i = 0; i < mark.length; i++) {
    const { name, owner, key, is } = mark[i]!;
    if (valueAt(owner, key) !== is) changed[changed.length] = name;
  }
  return changed;
}

/** What was no getter when it was marked is read as it is: a tenth of the cost of a descriptor. */
function valueAt(owner: object, key: PropertyKey): unknown {
  try {
    return (owner as Record<PropertyKey, unknown>)[key];
  } catch {
    return null; // it has become a getter that throws
  }
}

/** A function, or the getter of a lazy one, without calling it. */
function functionAt(owner: object, key: PropertyKey): unknown {
  const descriptor = describe(owner, key);
  if (!descriptor) return null;
  if (typeof descriptor.value === "function") return descriptor.value;
  return null;
}
