import type { Database } from "better-sqlite3";
import { toWriteError } from "./errors.ts";
import { logSync } from "./log-sync.ts";

/**
 * `full`: writes survive a power cut, from the moment that their `Sync` names. `normal`: writes survive a crash of any
 * program, but a power cut may lose the last ones.
 */
export type Durability = "full" | "normal";

/**
 * When a write is synced to the disk, after which it survives a power cut. `first`: before its promise resolves.
 * `soon`: the sync starts at once, but the promise does not wait for it. `later`: with the next write that syncs,
 * because nothing depends on this one before (a heartbeat). A write is never on the disk without the writes before it.
 */
export type Sync = "first" | "soon" | "later";

/** Runs writes in transactions. Writes that wait at the same time share one transaction and one sync. */
export interface Writer {
  /** Runs `operation` in a transaction that holds the write lock. If it throws, only its own changes are undone. */
  write<T>(sync: Sync, operation: () => T): Promise<T>;
  /** Runs the waiting writes at once. */
  flush(): void;
  /** Ends the syncs. It must be called after the database is closed. */
  close(): void;
}

interface Waiting {
  readonly sync: Sync;
  /** Runs the operation and keeps its result; throws what the operation throws. */
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Makes the writer of a connection. */
export function batchWriter(db: Database, file: string, durability: Durability): Writer {
  let queue: Waiting[] = [];
  // Without a log SQLite uses a journal, which only SQLite itself can sync.
  const hasLog = db.pragma("journal_mode", { simple: true }) === "wal";
  const log = durability === "full" && hasLog ? logSync(file) : null;
  db.pragma(`synchronous = ${durability === "normal" || hasLog ? "NORMAL" : "FULL"}`);
  const statement = (sql: string) => db.prepare(sql);
  const [begin, commit, rollback] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map(statement);
  const [save, undo, keep] = ["SAVEPOINT one", "ROLLBACK TO one", "RELEASE one"].map(statement);

  /** Runs the only write of a transaction: an error of it undoes the whole transaction, so it needs no savepoint. */
  const runOne = (batch: readonly Waiting[]): readonly Waiting[] => {
    for (const waiting of batch) waiting.run();
    return batch;
  };

  /** Runs each write in a savepoint and rejects those that throw. @returns the others, which the commit will keep. */
  const runAll = (batch: readonly Waiting[]): Waiting[] =>
    batch.filter((waiting) => {
      save!.run();
      try {
        waiting.run();
      } catch (error) {
        // After a full disk or an I/O error SQLite itself undoes the transaction, so that the whole batch fails.
        if (!db.inTransaction) throw error;
        undo!.run();
        keep!.run();
        waiting.reject(toWriteError(file, error));
        return false;
      }
      keep!.run();
      return true;
    });

  /** Resolves the promises of committed writes: at once, or when they are on the disk. */
  const settle = (done: readonly Waiting[]): void => {
    const onDisk = log && done.some(({ sync }) => sync !== "later") ? log.sync() : null;
    onDisk?.catch(() => {}); // the error reaches the writes that wait for the sync, or the next write
    for (const { sync, resolve, reject } of done) {
      if (log?.failure) reject(log.failure);
      else if (onDisk && sync === "first") onDisk.then(resolve, reject);
      else resolve();
    }
  };

  const flush = (): void => {
    const batch = queue;
    if (batch.length === 0) return;
    queue = [];
    try {
      begin!.run();
      const done = batch.length === 1 ? runOne(batch) : runAll(batch);
      commit!.run();
      settle(done);
    } catch (error) {
      if (db.open && db.inTransaction) rollback!.run();
      for (const { reject } of batch) reject(toWriteError(file, error)); // no effect on promises that are settled
    }
  };

  return {
    flush,
    close: () => log?.close(),
    write: <T>(sync: Sync, operation: () => T) =>
      new Promise<T>((resolve, reject) => {
        let result: T;
        const run = (): void => {
          result = operation();
        };
        if (queue.length === 0) setImmediate(flush);
        queue.push({ sync, run, resolve: () => resolve(result), reject });
      }),
  };
}
