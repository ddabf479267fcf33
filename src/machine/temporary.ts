import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BelayError, show } from "../core/error.ts";

/**
 * Creates a new folder for temporary files.
 *
 * @throws BelayError `store` if the disk is full or the quota used up, `usage` if the folder cannot be created
 * otherwise; the message says what to do.
 */
export function temporaryFolder(prefix: string): string {
  try {
    return mkdtempSync(join(tmpdir(), prefix));
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const isFull = code === "ENOSPC" || code === "EDQUOT";
    const causes: Readonly<Record<string, string>> = {
      ENOENT: "which does not exist",
      ENOTDIR: "which is no folder",
      EACCES: "which cannot be written",
      EROFS: "which is on a read-only file system",
      ENOSPC: "where the disk is full",
      EDQUOT: "where the quota is used up",
    };
    throw new BelayError(
      isFull ? "store" : "usage",
      `TMPDIR: expected a folder for temporary files, got ${show(tmpdir())}, ${causes[code] ?? `where none can be made (${message})`}; name another in the environment, as in TMPDIR=/var/tmp`,
      { cause: error },
    );
  }
}
