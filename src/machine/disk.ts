import { statfsSync } from "node:fs";

/** How many bytes this user may still write in a folder. @throws the error of the system where it cannot tell. */
export function freeDiskBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** With less free space than this a disk counts as nearly full. */
export const TIGHT_DISK_BYTES = 1e9;
