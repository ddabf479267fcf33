import { closeSync, existsSync, fstatSync, openSync } from "node:fs";
import { NO_LOG, readLog } from "./log.ts";
import { readAt } from "./read-at.ts";

/** The pages of a database that SQLite may refuse: those of its file, replaced by those of its log. Nothing is written. */
export interface Pages {
  readonly pageSize: number;
  /** How many there are, in the file and in the log. */
  readonly count: number;
  /** A page as it is now, its missing end filled up with zeros; null where there is none. */
  read(page: number): Buffer | null;
  /** What later writes replaced, the newest first; at the end what the log holds of damaged pages. */
  older(): Generator<{ readonly page: number; readonly bytes: Buffer }>;
  /** What is wrong with the log, in words. */
  readonly logFaults: readonly string[];
  /** Whether the log has pages that count. */
  readonly hasLog: boolean;
  close(): void;
}

/** The page size of SQLite, and so of every database that Belay has made. */
const USUAL_PAGE_SIZE = 4096;

/**
 * Opens the pages of a database file and its log; either may be missing.
 *
 * @param options - `withLog`: whether the log beside it counts.
 */
export function openPages(file: string, { withLog = true } = {}): Pages {
  const main = existsSync(file) ? openSync(file, "r") : null;
  const wal = withLog && existsSync(`${file}-wal`) ? openSync(`${file}-wal`, "r") : null;
  const own = main === null ? USUAL_PAGE_SIZE : ownPageSize(main);
  const log = wal === null ? NO_LOG : readLog(wal, own);
  const pageSize = log.pageSize || own;
  const mainCount = main === null ? 0 : Math.ceil(fstatSync(main).size / pageSize);
  const latest = new Map(log.frames.map(({ page, at }) => [page, at]));
  const fromMain = (page: number): Buffer | null =>
    main === null || page > mainCount ? null : readAt(main, (page - 1) * pageSize, pageSize);

  return {
    pageSize,
    count: largest(mainCount, latest.keys()),
    read(page) {
      if (!Number.isInteger(page) || page < 1) return null;
      const at = latest.get(page);
      return at === undefined ? fromMain(page) : readAt(wal!, at, pageSize);
    },
    *older() {
      for (const { page, at } of log.frames.toReversed())
        if (latest.get(page) !== at) yield { page, bytes: readAt(wal!, at, pageSize) };
      for (const page of latest.keys()) {
        const bytes = fromMain(page);
        if (bytes) yield { page, bytes };
      }
      for (const { page, at } of log.broken.toReversed()) yield { page, bytes: readAt(wal!, at, pageSize) };
    },
    logFaults: log.faults,
    hasLog: log.frames.length > 0,
    close() {
      for (const fd of [main, wal]) if (fd !== null) closeSync(fd);
    },
  };
}

/** What the header says, when it can be believed. */
function ownPageSize(fd: number): number {
  const header = readAt(fd, 0, 100);
  const size = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const isPossible = size >= 512 && (size & (size - 1)) === 0;
  const isWhole = header.toString("latin1", 0, 16) === "SQLite format 3\0" && header[21] === 64;
  const fits = fstatSync(fd).size === size * header.readUInt32BE(28);
  return isPossible && isWhole && fits ? size : USUAL_PAGE_SIZE;
}

function largest(first: number, others: Iterable<number>): number {
  let most = first;
  for (const other of others) most = Math.max(most, other);
  return most;
}
