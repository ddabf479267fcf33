import type { Database } from "better-sqlite3";
import { toWriteError } from "./errors.ts";
import { logSync } from "./log-sync.ts";

/**
 * `full`: what is recorded survives a power cut, as its `Sync` says. `normal`: it survives any crash of programs, but a
 * power cut may take the last moments.
 */
export type Durability = "full" | "normal";

/**
 * When a write reaches the disk, and with it survives a power cut. `first`: before its promise resolves. `soon`: its way
 * there begins at once, and nobody waits for it. `later`: with the next write that does, which implies it, or because
 * nothing depends on it (a heartbeat). Whichever it is, a write never gets there without those before it.
 */
export type Sync = "first" | "soon" | "later";

/** Runs writes in transactions: those that are waiting at the same moment share one, and one sync of the disk. */
export interface Writer {
  /** Runs `operation` in a transaction that holds the write lock; what it throws undoes it alone and rejects. */
  write<T>(sync: Sync, operation: () => T): Promise<T>;
  /** Writes at once what is waiting. */
  flush(): void;
  /** To be called once the database is closed. */
  close(): void;
}

interface Waiting {
  readonly sync: Sync;
  /** Runs the operation and keeps its result; throws what the operation throws. */
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The writer of one connection. */
export function batchWriter(db: Database, file: string, durability: Durability): Writer {
  let queue: Waiting[] = [];
  // A database without a log has a journal, which only SQLite itself can sync.
  const hasLog = db.pragma("journal_mode", { simple: true }) === "wal";
  const log = durability === "full" && hasLog ? logSync(file) : null;
  db.pragma(`synchronous = ${durability === "normal" || hasLog ? "NORMAL" : "FULL"}`);
  const statement = (sql: string) => db.prepare(sql);
  const [begin, commit, rollback] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map(statement);
  const [save, undo, keep] = ["SAVEPOINT one", "ROLLBACK TO one", "RELEASE one"].map(statement);

  /** What a write throws undoes the transaction, in which there is no other. */
  const runOne = (batch: readonly Waiting[]): readonly Waiting[] => {
    for (const waiting of batch) waiting.run();
    return batch;
  };

  /** @returns the writes that are committed when the transaction is; the others have been rejected. */
  const runAll = (batch: readonly Waiting[]): Waiting[] =>
    batch.filter((waiting) => {
      save!.run();
      try {
        waiting.run();
      } catch (error) {
        // A full disk or an I/O error ends the whole transaction by itself; then nothing of the batch remains.
        if (!db.inTransaction) throw error;
        undo!.run();
        keep!.run();
        waiting.reject(toWriteError(file, error));
        return false;
      }
      keep!.run();
      return true;
    });

  /** Answers those whose writes are committed: at once, or when they are on the disk. */
  const settle = (done: readonly Waiting[]): void => {
    const onDisk = log && done.some(({ sync }) => sync !== "later") ? log.sync() : null;
    onDisk?.catch(() => {}); // heard by those that wait for it, now or at the next write
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
      for (const { reject } of batch) reject(toWriteError(file, error)); // No effect on those that are settled.
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
