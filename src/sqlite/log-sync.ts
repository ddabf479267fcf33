import { close, existsSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import type { BelayError } from "../core/error.ts";
import { StoreError } from "../store/store-error.ts";

/** Brings committed data to the disk without blocking the program. */
export interface LogSync {
  /**
   * Resolves when everything committed before the call is on the disk. Calls during a sync share the next one. Rejects
   * with BelayError `store` if a sync fails, and from then on always, since nobody can know what did not reach the
   * disk.
   */
  sync(): Promise<void>;
  /** The error of the sync that failed; null if none has. Writes that wait for no sync must check it too. */
  readonly failure: BelayError | null;
  /** Syncs what no sync has covered yet. It must be called after the database is closed. */
  close(): void;
}

/**
 * Syncs the write-ahead log of an open database.
 *
 * With `synchronous = NORMAL` a commit of SQLite takes microseconds: it writes to the log (the -wal file) and leaves it
 * to the operating system when that reaches the disk. Syncing the log makes the commit durable, but takes milliseconds.
 * SQLite would do that within the commit, while the whole program waits; here it happens in the thread pool. Before
 * SQLite overwrites the log from its start, it syncs the log and the database (https://www.sqlite.org/wal.html).
 *
 * @param file - The database with symbolic links resolved, because SQLite keeps the log beside the real file.
 */
export function logSync(file: string): LogSync {
  const name = `${file}-wal`;
  // The log is opened early: should somebody delete it, later writes still reach the disk and can be rescued.
  let log: number | null = existsSync(name) ? openSync(name, "r+") : null;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  let isOpen = true;
  let isBehind = false;
  let failure: BelayError | null = null;

  const syncOnce = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!isOpen) return resolve(); // `close` has synced already
      try {
        log ??= openSync(name, "r+");
      } catch (error) {
        failure = syncError(file, error);
        return reject(failure);
      }
      fdatasync(log, (error) => {
        if (error) {
          failure = syncError(file, error);
          return reject(failure);
        }
        isBehind = next !== null;
        resolve();
      });
    });

  return {
    get failure() {
      return failure;
    },
    sync() {
      isBehind = true;
      next ??= running.then(() => {
        running = next!;
        next = null;
        return syncOnce();
      });
      return next;
    },
    close() {
      isOpen = false;
      // Without a log there is nothing to sync: the last connection to close writes it back and deletes it.
      if (isBehind && (log !== null || existsSync(name))) {
        try {
          log ??= openSync(name, "r+");
          fdatasyncSync(log);
        } catch (error) {
          throw syncError(file, error);
        }
        isBehind = false;
      }
      const fd = log;
      log = null;
      if (fd !== null) void running.catch(() => {}).then(() => close(fd));
    },
  };
}

function syncError(file: string, cause: unknown): BelayError {
  const { message } = cause as Error;
  // Earlier writes are intact, so a resume can continue from them.
  return new StoreError("store", `${file}: the disk has not taken what was written: ${message}`, {
    cause,
    resumable: true,
  });
}
