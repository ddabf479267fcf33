import { readSync } from "node:fs";

/** Bytes of a file; what is beyond its end is zero. */
export function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(fd, bytes, 0, length, at);
  return bytes;
}
