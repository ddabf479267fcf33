import { EventEmitter } from "node:events";
import { SCENES } from "./scenes.ts";

/**
 * What a trial may have changed in the thread for all trials after it. Additions do not count (libraries make them),
 * but for those to what every object has; a built-in that has become another one does, and then the thread is not used
 * again.
 */
export interface GlobalsMark {
  /** Functions, and objects such as `process.env`, that are read as they are. */
  readonly fixed: readonly Fixed[];
  /** Getters of classes, without calling them. */
  readonly getters: readonly Fixed[];
  /** What every object has. */
  readonly shared: readonly PropertyKey[];
}

/** Properties of one object: side by side, since to fetch them from memory is most of the cost of a look. */
interface Fixed {
  /** What their names begin with. */
  readonly path: string;
  readonly owner: object;
  readonly keys: PropertyKey[];
  /** What each of them is. */
  readonly values: unknown[];
}

// Taken now: a trial may put its own in their places.
const describe = Object.getOwnPropertyDescriptor;
const keysOf = Reflect.ownKeys;
const getterOf = (Object.prototype as unknown as { __lookupGetter__(key: PropertyKey): unknown })
  .__lookupGetter__;
const everyObject = Object.prototype;

/** What is read from its owner without being its own function: inherited methods, and settings. */
const VALUES: readonly (readonly [string, object, string])[] = [
  // What a stream has from its classes a property of its own can hide.
  ...["write", "end", "destroy", "_write", "_writev", "on", "emit"].flatMap((key) => [
    ["process.stdout.", process.stdout, key] as const,
    ["process.stderr.", process.stderr, key] as const,
  ]),
  ["Error.", Error, "prepareStackTrace"],
  ["Error.", Error, "stackTraceLimit"],
  ["events.", EventEmitter, "defaultMaxListeners"],
];

/** Remembers the built-ins as they are now. */
export function markGlobals(): GlobalsMark {
  const fixed: Fixed[] = [];
  const getters: Fixed[] = [];
  for (const { path, owner, isClass } of SCENES) {
    const own: Fixed = { path, owner, keys: [], values: [] };
    const computed: Fixed = { path, owner, keys: [], values: [] };
    for (const key of keysOf(owner)) {
      const descriptor = describe(owner, key);
      if (isClass && descriptor?.get) note(computed, key, descriptor.get);
      else if (isFixed(path, key, descriptor?.value)) note(own, key, descriptor?.value);
    }
    if (own.keys.length > 0) fixed.push(own);
    if (computed.keys.length > 0) getters.push(computed);
  }
  for (const [path, owner, key] of VALUES)
    fixed.push({ path, owner, keys: [key], values: [valueAt(owner, key)] });
  return { fixed, getters, shared: keysOf(everyObject) };
}

function note({ keys, values }: Fixed, key: PropertyKey, is: unknown): void {
  keys.push(key);
  values.push(is);
}

/** Objects count where they are one of their kind; their own fields are nobody's business. */
function isFixed(path: string, key: PropertyKey, value: unknown): boolean {
  if (typeof value === "function") return true;
  const isPublic = typeof key === "string" && !key.startsWith("_");
  return isPublic && (path === "" || path === "process.") && typeof value === "object" && value !== null;
}

/** The names of the built-ins that are not what they were. */
export function changedGlobals({ fixed, getters }: GlobalsMark): string[] {
  const changed: string[] = [];
  // An index, not an iterator: that may be among what was changed.
  for (let i = 0; i < fixed.length; i++) if (!isSame(fixed[i]!)) addChanged(changed, fixed[i]!, valueAt);
  for (let i = 0; i < getters.length; i++) addChanged(changed, getters[i]!, getterAt);
  return changed;
}

/** The quick look: what was no getter when it was marked is read as it is, a tenth of the cost of a descriptor. */
function isSame({ owner, keys, values }: Fixed): boolean {
  try {
    for (let i = 0; i < keys.length; i++)
      if ((owner as Record<PropertyKey, unknown>)[keys[i]!] !== values[i]) return false;
    return true;
  } catch {
    return false; // one has become a getter that throws
  }
}

/** The look that tells which. */
function addChanged(
  changed: string[],
  { path, owner, keys, values }: Fixed,
  read: (owner: object, key: PropertyKey) => unknown,
): void {
  for (let i = 0; i < keys.length; i++)
    if (read(owner, keys[i]!) !== values[i]) changed[changed.length] = `${path}${String(keys[i])}`;
}

/** What every object has now and had not. */
export function addedGlobals({ shared }: GlobalsMark): string[] {
  return keysOf(everyObject)
    .slice(shared.length)
    .map((key) => `Object.prototype.${String(key)}`);
}

function valueAt(owner: object, key: PropertyKey): unknown {
  try {
    return (owner as Record<PropertyKey, unknown>)[key];
  } catch {
    return null; // it has become a getter that throws
  }
}

function getterAt(owner: object, key: PropertyKey): unknown {
  return getterOf.call(owner, key);
}
