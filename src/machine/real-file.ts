import { existsSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** So many links to links are followed, as Linux does. */
const MOST_LINKS = 40;

/**
 * The absolute path of a database without symbolic links, whether the file is there or not. SQLite keeps its log beside
 * the file itself and not beside a link to it: whoever looks for the log, or puts anything beside a database, goes by this.
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
    return null; // no link, or nothing there
  }
}
