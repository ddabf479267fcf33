import { existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

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

/** The name of the network or user-space file system that holds a database; null if it is local or unknown. */
export function networkFileSystem(file: string): string | null {
  try {
    return fileSystemName(Number(statfsSync(dirname(resolve(file))).type));
  } catch {
    return null;
  }
}

/**
 * The name of a network or user-space file system; null for others.
 *
 * @param type - The `type` of statfs, which some systems return as a signed number.
 */
export function fileSystemName(type: number): string | null {
  return NETWORK_TYPES[type >>> 0] ?? null;
}

/** Identifies the file at a path by device and inode, so that a replaced file is noticed; null if there is none. */
export function fileNumber(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : null;
}

/** The first of `name`, `name-2`, `name-3`, ... that no file has. */
export function freeName(name: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!existsSync(candidate)) return candidate;
  }
}
