import { createRequire } from "node:module";

/**
 * Where a trial could change something for all trials after it: the language's own objects, Node's globals, and Node's
 * modules. Gathered when this file is loaded, before any code of a study: what a study defines is its own.
 */
export interface Scene {
  /** What the names in it begin with. */
  readonly path: string;
  readonly owner: object;
  /** A class of `globalThis`, or its prototype: its getters stay what they are as well. */
  readonly isClass: boolean;
}

const describe = Object.getOwnPropertyDescriptor;
const require = createRequire(import.meta.url);

/** Those that others are known to patch, and that are cheap to load or loaded anyway. */
const MODULES = [
  "crypto",
  "dns",
  "dns/promises",
  "fs/promises",
  "https",
  "module",
  "os",
  "path",
  "perf_hooks",
  "stream/promises",
  "timers",
  "timers/promises",
  "url",
  "util",
];

/** Those whose classes are looked at as well. */
const MODULES_OF_CLASSES = [
  "buffer",
  "child_process",
  "events",
  "fs",
  "http",
  "net",
  "stream",
  "worker_threads",
];

/** Classes without a name of their own in `globalThis`, by what their instances are. */
const NAMELESS: readonly (readonly [string, object])[] = [
  ["TypedArray.prototype.", Object.getPrototypeOf(Float32Array.prototype)],
  ["TypedArray.", Object.getPrototypeOf(Float32Array)],
  ["ArrayIterator.", Object.getPrototypeOf([].values())],
  ["MapIterator.", Object.getPrototypeOf(new Map().values())],
  ["SetIterator.", Object.getPrototypeOf(new Set().values())],
  ["StringIterator.", Object.getPrototypeOf(""[Symbol.iterator]())],
  ["Iterator.", Object.getPrototypeOf(Object.getPrototypeOf([].values()))],
  ["Generator.", Object.getPrototypeOf(function* () {}).prototype],
  ["AsyncGenerator.", Object.getPrototypeOf(async function* () {}).prototype],
  ["AsyncFunction.", Object.getPrototypeOf(async () => {})],
];

function gather(): readonly Scene[] {
  const scenes: Scene[] = [];
  const known = new Set<unknown>();
  const add = (path: string, owner: unknown, isClass: boolean): void => {
    const isObject = (typeof owner === "object" && owner !== null) || typeof owner === "function";
    if (!isObject || known.has(owner)) return;
    known.add(owner);
    scenes.push({ path, owner, isClass });
    if (typeof owner === "function") add(`${path}prototype.`, owner.prototype, isClass);
  };
  add("", globalThis, false);
  add("process.", process, false);
  add("process.stdout.", process.stdout, false);
  add("process.stderr.", process.stderr, false);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value: unknown = describe(globalThis, name)?.value;
    const isClass = typeof value === "function" && /^[A-Z]/.test(name);
    const isNamespace = typeof value === "object" && value !== null;
    if (isClass || isNamespace) add(`${name}.`, value, isClass);
  }
  for (const [path, owner] of NAMELESS) add(path, owner, true);
  for (const name of MODULES) add(`${name}.`, require(`node:${name}`), false);
  for (const name of MODULES_OF_CLASSES) {
    const module = require(`node:${name}`) as Record<string, unknown>;
    add(`${name}.`, module, false);
    for (const key of Object.keys(module)) {
      const value: unknown = describe(module, key)?.value;
      if (typeof value === "function" && /^[A-Z]/.test(key)) add(`${name}.${key}.`, value, false);
    }
  }
  return scenes;
}

export const SCENES = gather();
