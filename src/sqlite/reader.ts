import type { Database } from "better-sqlite3";
import type { Reader } from "../store/reader.ts";
import { explain } from "./explain.ts";
import { openForReading, type ReadOptions } from "./open.ts";
import { readRunning, readSpans } from "./reading/activity.ts";
import { readAttempts, readFinals, readMemory, readReports } from "./reading/attempts.ts";
import { readAudit } from "./reading/audit.ts";
import { readCells } from "./reading/cells.ts";
import { readHistory } from "./reading/history.ts";
import { newestMetrics, readMetricsSince } from "./reading/metrics.ts";
import { readObservations } from "./reading/observations.ts";
import { readSlotMemory, readSlots } from "./reading/slots.ts";
import { prepareSql, readRows } from "./reading/sql.ts";
import {
  commonestLoss,
  countReasons,
  countTrials,
  findStudy,
  readPeaks,
  readStudies,
} from "./reading/studies.ts";
import { readTraces } from "./reading/traces.ts";
import { findTrial, readResults, selectTrials } from "./reading/trials.ts";
import { readInvalid } from "./tables/invalid.ts";
import { readLearned } from "./tables/learned.ts";
import { lastOwner } from "./tables/owners.ts";

/** Gives each call a connection with an open transaction, within which reads see one state of the database. */
interface Access {
  /** Runs `read` in a transaction. */
  once<T>(read: (db: Database) => T): Promise<T>;
  /** Iterates in one transaction, which sees the state at the first page. */
  pages<T>(read: (db: Database) => Iterable<T> | AsyncIterable<T>): AsyncIterable<T>;
  version(): Promise<number>;
  snapshot<T>(read: (reader: Reader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens a database for reports.
 *
 * @param file - The path as the user gave it, for errors.
 * @throws BelayError as `openForReading` does.
 */
export async function openSqliteReader(file: string, options: ReadOptions = {}): Promise<Reader> {
  return readerOn(
    pooledAccess(file, () => openForReading(file, options)),
    file,
  );
}

function readerOn(access: Access, location: string): Reader {
  const { once, pages, version, snapshot, close } = access;
  return {
    location,
    studies: () => once(readStudies),
    study: (name) => once((db) => findStudy(db, name)),
    owner: (studyId) => once((db) => lastOwner(db, studyId)),
    counts: (studyId) => once((db) => countTrials(db, studyId)),
    reasons: (studyId) => once((db) => countReasons(db, studyId)),
    commonestLoss: (studyId) => once((db) => commonestLoss(db, studyId)),
    peaks: (studyId) => once((db) => readPeaks(db, studyId)),
    trials: (study, selection = {}) => pages((db) => selectTrials(db, study.id, selection)),
    cells: (study, fields, selection = {}) => pages((db) => readCells(db, study.id, fields, selection)),
    trial: (studyId, number) => once((db) => findTrial(db, studyId, number)),
    attempts: (trialId) => once((db) => readAttempts(db, trialId)),
    memory: (trialId) => once((db) => readMemory(db, trialId)),
    reports: (trialId) => once((db) => readReports(db, trialId)),
    traces: (trialIds) => once((db) => readTraces(db, trialIds)),
    finals: (studyId, newest) => once((db) => readFinals(db, studyId, newest)),
    metrics: (studyId) => once((db) => newestMetrics(db, studyId)),
    metricsSince: (studyId, sinceMs) => pages((db) => readMetricsSince(db, studyId, sinceMs)),
    audit: (studyId, selection) => once((db) => readAudit(db, studyId, selection)),
    running: (studyId) => once((db) => readRunning(db, studyId)),
    attemptSpans: (studyId, fromNumber = 0) => pages((db) => readSpans(db, studyId, fromNumber)),
    slots: (studyId) => once((db) => readSlots(db, studyId)),
    slotMemory: (studyId, sinceMs) => pages((db) => readSlotMemory(db, studyId, sinceMs)),
    learned: (studyId) => once((db) => readLearned(db, studyId)),
    observations: (study) => once((db) => readObservations(db, study)),
    invalid: (studyId) => once((db) => readInvalid(db, studyId)),
    results: (studyId) => pages((db) => readResults(db, studyId)),
    history: (study, newest, options) => pages((db) => readHistory(db, study, newest, options)),
    sql: async (text) => ({
      columns: await once((db) =>
        prepareSql(db, text)
          .columns()
          .map(({ name }) => name),
      ),
      pages: pages((db) => readRows(db, text)),
    }),
    version,
    snapshot,
    close,
  };
}

/**
 * Gives each call a connection of its own while it lasts, so that calls that overlap (pages, snapshots) do not share a
 * transaction. Calls in sequence use the same connection again.
 */
function pooledAccess(location: string, open: () => Database): Access {
  const first = open();
  const all = [first];
  const idle = [first];
  let watch: Database | null = null;
  const opened = (): Database => {
    const db = open();
    all.push(db);
    return db;
  };
  const begin = (): Database => {
    const db = idle.pop() ?? opened();
    db.exec("BEGIN");
    return db;
  };
  const end = (db: Database): void => {
    if (db.inTransaction) db.exec("COMMIT");
    idle.push(db);
  };
  const inTransaction = async <T>(read: (db: Database) => T): Promise<Awaited<T>> => {
    const db = begin();
    try {
      return await read(db);
    } catch (error) {
      throw explain(location, error);
    } finally {
      end(db);
    }
  };
  const version = async (): Promise<number> => {
    // `data_version` changes when another connection has written, but not within a transaction of its own connection.
    watch ??= opened();
    return watch.pragma("data_version", { simple: true }) as number;
  };
  return {
    once: inTransaction as Access["once"],
    async *pages(read) {
      const db = begin();
      try {
        yield* read(db);
      } catch (error) {
        throw explain(location, error);
      } finally {
        end(db);
      }
    },
    version,
    snapshot: (read) =>
      inTransaction((db) => {
        db.prepare("SELECT 1 FROM studies LIMIT 1").get(); // the first read fixes the state; BEGIN alone does not
        return read(readerOn(snapshotAccess(location, db, version), location));
      }),
    async close() {
      for (const db of all) db.close();
    },
  };
}

/** Gives every call the connection and transaction of a snapshot. */
function snapshotAccess(location: string, db: Database, version: Access["version"]): Access {
  const access: Access = {
    async once(read) {
      try {
        return read(db);
      } catch (error) {
        throw explain(location, error);
      }
    },
    async *pages(read) {
      try {
        yield* read(db);
      } catch (error) {
        throw explain(location, error);
      }
    },
    version,
    snapshot: (read) => read(readerOn(access, location)),
    async close() {}, // the connection belongs to the snapshot
  };
  return access;
}
