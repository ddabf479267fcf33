import { createRequire } from "node:module";

/**
 * An object in which a trial could change something for all later trials: one of the language, a global of Node, or a
 * module of Node. They are collected when this file is loaded, before any code of a study, whose own definitions are
 * not built-ins.
 */
export interface BuiltIn {
  /** The prefix of the names of its properties. */
  readonly path: string;
  readonly owner: object;
  /** Whether it is a class of `globalThis`, or its prototype, whose getters are compared as well. */
  readonly isClass: boolean;
}

const describe = Object.getOwnPropertyDescriptor;
const require = createRequire(import.meta.url);

/** Modules that libraries are known to patch, and that are cheap to load or loaded anyway. */
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

/** Modules whose classes are compared as well. */
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

/** Classes and prototypes that `globalThis` does not name, with the prefix of their properties. */
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

function collect(): readonly BuiltIn[] {
  const builtIns: BuiltIn[] = [];
  const known = new Set<unknown>();
  const add = (path: string, owner: unknown, isClass: boolean): void => {
    const isObject = (typeof owner === "object" && owner !== null) || typeof owner === "function";
    if (!isObject || known.has(owner)) return;
    known.add(owner);
    builtIns.push({ path, owner, isClass });
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
  return builtIns;
}

export const BUILT_INS = collect();
