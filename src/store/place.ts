import { existsSync, readlinkSync, realpathSync, statfsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Types of file systems whose locks and shared memory other machines may not see (Linux: statfs(2), magic.h). */
const NETWORK_TYPES: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB2",
  1702057286: "FUSE",
  16914839: "9P",
  1397114950: "AFS",
  12805120: "Ceph",
  198183888: "Lustre",
  18225520: "GFS2",
  1952539503: "OCFS2",
  1937076805: "Coda",
  2020557398: "VirtualBox shared folder",
};

/** The name of the network (or user-space) file system that a database lies on; null: a local one, or not known. */
export function networkFileSystem(file: string): string | null {
  try {
    return fileSystemName(Number(statfsSync(dirname(resolve(file))).type));
  } catch {
    return null;
  }
}

/** @param type - The `type` of statfs, which some systems give as a signed number. */
export function fileSystemName(type: number): string | null {
  return NETWORK_TYPES[type >>> 0] ?? null;
}

/** Which file a path names: another number when it was deleted and made anew, or another was moved there. */
export function fileNumber(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : null;
}

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

/** A name of which there is no file yet: `name` itself, or with a number. */
export function freeName(name: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!existsSync(candidate)) return candidate;
  }
}
