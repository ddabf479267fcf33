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

/** A name of which there is no file yet: `name` itself, or with a number. */
export function freeName(name: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!existsSync(candidate)) return candidate;
  }
}
