import { existsSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** How many links in a chain are followed; the same limit as in Linux. */
const MOST_LINKS = 40;

/**
 * Resolves all symbolic links in the path of a database, also if the file does not exist yet. SQLite keeps its log
 * beside the file itself, not beside a link to it, so all files that belong to a database are placed and found by this
 * path.
 */
export function realFile(file: string): string {
  let path = resolve(file);
  for (let links = 0; links < MOST_LINKS; links++) {
    const folder = dirname(path);
    path = join(existsSync(folder) ? realpathSync(folder) : folder, basename(path));
    const target = linkTarget(path);
    if (target === null) return path;
    path = resolve(dirname(path), target);
  }
  return path;
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // it is no link, or does not exist
  }
}
