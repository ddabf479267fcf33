import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** An installed package: where it is, not whether it works. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string | null;
  /** Absolute path of its main file; its folder when package.json names a main file that is not there. */
  readonly entry: string;
}

/** Where Belay's own dependencies are found, from `src` and from `dist` alike. */
export const OWN_DIRECTORY = dirname(fileURLToPath(import.meta.url));

/** Finds a package as `require` in one of `directories` would, first wins, and loads nothing. */
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

/** Finds what `name` means inside the package whose main file is `entry`: its own copy, where there are several. */
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
