import { EventEmitter } from "node:events";
import { BUILT_INS } from "./built-ins.ts";

/**
 * The built-in properties that a trial may have changed for all later trials. A thread with a changed one is not used
 * again. Added properties are ignored, since libraries add some, except on `Object.prototype`.
 */
export interface GlobalsMark {
  /** Functions, and objects such as `process.env`, which are compared by reading them. */
  readonly fixed: readonly Properties[];
  /** Getters of classes, which are compared without calling them. */
  readonly getters: readonly Properties[];
  /** The keys of `Object.prototype`. */
  readonly shared: readonly PropertyKey[];
}

/**
 * Properties of one object with their values, in arrays because fetching them from memory is most of the cost of a
 * check.
 */
interface Properties {
  /** The prefix of their names. */
  readonly path: string;
  readonly owner: object;
  readonly keys: PropertyKey[];
  /** The value of each key. */
  readonly values: unknown[];
}

// Kept from here on, because a trial may replace them.
const describe = Object.getOwnPropertyDescriptor;
const keysOf = Reflect.ownKeys;
const getterOf = (Object.prototype as unknown as { __lookupGetter__(key: PropertyKey): unknown })
  .__lookupGetter__;
const everyObject = Object.prototype;

/** Further properties to compare, which are not functions of the owner itself: inherited methods, and settings. */
const INHERITED: readonly (readonly [string, object, string])[] = [
  // A trial may hide a stream's inherited method by a property of the stream.
  ...["write", "end", "destroy", "_write", "_writev", "on", "emit"].flatMap((key) => [
    ["process.stdout.", process.stdout, key] as const,
    ["process.stderr.", process.stderr, key] as const,
  ]),
  ["Error.", Error, "prepareStackTrace"],
  ["Error.", Error, "stackTraceLimit"],
  ["events.", EventEmitter, "defaultMaxListeners"],
];

/** Records the current built-ins. */
export function markGlobals(): GlobalsMark {
  const fixed: Properties[] = [];
  const getters: Properties[] = [];
  for (const { path, owner, isClass } of BUILT_INS) {
    const own: Properties = { path, owner, keys: [], values: [] };
    const computed: Properties = { path, owner, keys: [], values: [] };
    for (const key of keysOf(owner)) {
      const descriptor = describe(owner, key);
      if (isClass && descriptor?.get) note(computed, key, descriptor.get);
      else if (isCompared(path, key, descriptor?.value)) note(own, key, descriptor?.value);
    }
    if (own.keys.length > 0) fixed.push(own);
    if (computed.keys.length > 0) getters.push(computed);
  }
  for (const [path, owner, key] of INHERITED)
    fixed.push({ path, owner, keys: [key], values: [valueAt(owner, key)] });
  return { fixed, getters, shared: keysOf(everyObject) };
}

function note({ keys, values }: Properties, key: PropertyKey, value: unknown): void {
  keys.push(key);
  values.push(value);
}

/** Whether a property is compared: functions everywhere, and public objects of `globalThis` and `process`. */
function isCompared(path: string, key: PropertyKey, value: unknown): boolean {
  if (typeof value === "function") return true;
  const isPublic = typeof key === "string" && !key.startsWith("_");
  return isPublic && (path === "" || path === "process.") && typeof value === "object" && value !== null;
}

/** The names of the built-ins that have changed since the mark. */
export function changedGlobals({ fixed, getters }: GlobalsMark): string[] {
  const changed: string[] = [];
  // An index is used because the iterator of arrays may be among what was changed.
  for (let i = 0; i < fixed.length; i++) if (!isSame(fixed[i]!)) addChanged(changed, fixed[i]!, valueAt);
  for (let i = 0; i < getters.length; i++) addChanged(changed, getters[i]!, getterAt);
  return changed;
}

/** Compares all properties of an object by reading them, which costs a tenth of getting their descriptors. */
function isSame({ owner, keys, values }: Properties): boolean {
  try {
    for (let i = 0; i < keys.length; i++)
      if ((owner as Record<PropertyKey, unknown>)[keys[i]!] !== values[i]) return false;
    return true;
  } catch {
    return false; // a property has become a getter that throws
  }
}

/** Adds the names of the changed properties of an object. */
function addChanged(
  changed: string[],
  { path, owner, keys, values }: Properties,
  read: (owner: object, key: PropertyKey) => unknown,
): void {
  for (let i = 0; i < keys.length; i++)
    if (read(owner, keys[i]!) !== values[i]) changed[changed.length] = `${path}${String(keys[i])}`;
}

/** The names of the properties that were added to `Object.prototype`. */
export function addedGlobals({ shared }: GlobalsMark): string[] {
  return keysOf(everyObject)
    .slice(shared.length)
    .map((key) => `Object.prototype.${String(key)}`);
}

function valueAt(owner: object, key: PropertyKey): unknown {
  try {
    return (owner as Record<PropertyKey, unknown>)[key];
  } catch {
    return null; // the property has become a getter that throws
  }
}

function getterAt(owner: object, key: PropertyKey): unknown {
  return getterOf.call(owner, key);
}
