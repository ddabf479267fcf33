import { closeSync, existsSync, fstatSync, openSync } from "node:fs";
import { NO_LOG, readLog } from "./log.ts";
import { readAt } from "./read-at.ts";

/** The pages of a possibly damaged database, read without SQLite: versions in the log replace those in the file. */
export interface Pages {
  readonly pageSize: number;
  /** The highest page number in the file and the log. */
  readonly count: number;
  /** The current version of a page, with zeros for a missing end; null if it does not exist. */
  read(page: number): Buffer | null;
  /** Versions of pages that were replaced, newest first; after them the pages of damaged frames. */
  older(): Generator<{ readonly page: number; readonly bytes: Buffer }>;
  /** What is wrong with the log, a line of text each. */
  readonly logFaults: readonly string[];
  /** Whether the log has committed pages. */
  readonly hasLog: boolean;
  close(): void;
}

/** SQLite's default page size, which every database of Belay has. */
const USUAL_PAGE_SIZE = 4096;

/**
 * Opens the pages of a database file and its log; either may be missing.
 *
 * @param options - `withLog`: whether to read the log.
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

/** The page size from the file's header if the header is plausible, else the default. */
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
