import type { Database } from "better-sqlite3";
import { toStoreError } from "./fault.ts";

/**
 * `full`: what is marked durable survives a power cut once its promise resolves. `normal`: it survives any crash of
 * programs, but a power cut may take the last moments.
 */
export type Durability = "full" | "normal";

/** Runs writes in transactions: those that are waiting at the same moment share one, and one sync of the disk. */
export interface Writer {
  /**
   * Runs `operation` in a transaction that holds the write lock; what it throws undoes it alone and rejects.
   *
   * @param durable - False for what may be lost in a power cut because a later durable write implies it, or because
   *   nothing depends on it (a heartbeat).
   */
  write<T>(durable: boolean, operation: () => T): Promise<T>;
  /** Writes at once what is waiting. */
  flush(): void;
}

interface Waiting {
  readonly durable: boolean;
  /** Runs the operation and keeps its result; throws what the operation throws. */
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The writer of one connection. */
export function batchWriter(db: Database, file: string, durability: Durability): Writer {
  let queue: Waiting[] = [];
  let synced: boolean | null = null;
  const statement = (sql: string) => db.prepare(sql);
  const [begin, commit, rollback] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map(statement);
  const [save, undo, keep] = ["SAVEPOINT one", "ROLLBACK TO one", "RELEASE one"].map(statement);

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
        waiting.reject(toStoreError(file, error));
        return false;
      }
      keep!.run();
      return true;
    });

  const flush = (): void => {
    const batch = queue;
    if (batch.length === 0) return;
    queue = [];
    try {
      const sync = durability === "full" && batch.some(({ durable }) => durable);
      if (sync !== synced) db.pragma(`synchronous = ${sync ? "FULL" : "NORMAL"}`);
      synced = sync;
      begin!.run();
      const done = runAll(batch);
      commit!.run();
      for (const { resolve } of done) resolve();
    } catch (error) {
      if (db.open && db.inTransaction) rollback!.run();
      for (const { reject } of batch) reject(toStoreError(file, error)); // No effect on those that are settled.
    }
  };

  return {
    flush,
    write: <T>(durable: boolean, operation: () => T) =>
      new Promise<T>((resolve, reject) => {
        let result: T;
        const run = (): void => {
          result = operation();
        };
        if (queue.length === 0) setImmediate(flush);
        queue.push({ durable, run, resolve: () => resolve(result), reject });
      }),
  };
}
