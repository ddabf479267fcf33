import { close, existsSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import type { BelayError } from "../core/error.ts";
import { StoreError } from "../store/store-error.ts";

/** Brings what is committed to the disk while the program goes on. */
export interface LogSync {
  /**
   * Resolves once all that was committed before the call is on the disk. Those that ask while the disk is busy share
   * its next turn. Rejects with `store`, and from then on always: what a failed sync has left out nobody can know.
   */
  sync(): Promise<void>;
  /** What a sync has failed with; null: none has. Also for those that do not wait for one. */
  readonly failure: BelayError | null;
  /** To be called once the database is closed; brings to the disk what is still on its way. */
  close(): void;
}

/**
 * The log of an open database.
 *
 * With `synchronous = NORMAL` SQLite writes a commit to its log (the -wal file), which costs microseconds, and leaves it
 * to the operating system when that reaches the disk. A sync of the log, milliseconds, makes it durable: here in the
 * thread pool, where SQLite would do it within the commit and the whole program would wait. Before a log starts afresh
 * SQLite has synced it and the database that it was written back to (https://www.sqlite.org/wal.html).
 *
 * @param file - The database without symbolic links: SQLite keeps the log beside the file itself.
 */
export function logSync(file: string): LogSync {
  const name = `${file}-wal`;
  // Opened before anybody can have deleted it: what is written to it then still reaches the disk, to be rescued from there.
  let log: number | null = existsSync(name) ? openSync(name, "r+") : null;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  let isOpen = true;
  let isBehind = false;
  let failure: BelayError | null = null;

  const syncOnce = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!isOpen) return resolve(); // `close` has seen to it
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
      // The last program that closes a database writes the log back and removes it; else it stays as it is.
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
  // What was recorded before is there all the same: a resume goes on from it.
  return new StoreError("store", `${file}: the disk has not taken what was written: ${message}`, {
    cause,
    resumable: true,
  });
}
