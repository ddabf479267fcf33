import { readSync } from "node:fs";

/** Reads bytes of a file; bytes beyond its end are zero. */
export function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(fd, bytes, 0, length, at);
  return bytes;
}
