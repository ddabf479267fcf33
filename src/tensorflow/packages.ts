import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** An installed package, which may or may not work. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string | null;
  /** Absolute path of its main file, or of its folder if the main file that package.json names is missing. */
  readonly entry: string;
}

/** A folder from which Belay's own dependencies resolve, in `src` and in `dist`. */
export const OWN_DIRECTORY = dirname(fileURLToPath(import.meta.url));

/**
 * Finds a package as `require` in one of `directories` would, without loading it. The first directory that has it wins.
 */
export function findPackage(name: string, directories: readonly string[]): InstalledPackage | null {
  for (const directory of directories) {
    const { resolve } = createRequire(join(directory, "resolve-from-here.js"));
    const manifest = attempt(() => resolve(`${name}/package.json`));
    if (manifest === null) continue;
    const entry = attempt(() => resolve(name)) ?? dirname(manifest);
    return { name, version: attempt(() => readVersion(manifest)), entry };
  }
  return null;
}

/**
 * Resolves `name` as the package with main file `entry` would; this finds the package's own copy if there are several.
 */
export function findSibling(name: string, entry: string): string | null {
  return attempt(() => createRequire(entry).resolve(name));
}

function readVersion(manifest: string): string | null {
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version?: unknown };
  return typeof version === "string" ? version : null;
}

function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}
