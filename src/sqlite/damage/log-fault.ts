import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { type Log, readLog } from "./log.ts";
import { readAt } from "./read-at.ts";

/** The size of a database before its log is first written back: one page without tables. */
const FIRST_PAGE = 4096;

/** SQLite takes a smaller file for empty and deletes the log beside it. */
const SMALLEST_PAGE = 512;

/** A longer log, which only arises beside a reader that never ends, is not checked whenever a database is opened. */
const MOST_BYTES = 2 ** 26;

/** Whether a file has at most the one page that a database has before its log is first written back. */
export function isBlank(file: string): boolean {
  return sizeOf(file) <= FIRST_PAGE;
}

/** Whether there is a log beside a file that is not empty. */
export function hasLog(file: string): boolean {
  return sizeOf(`${file}-wal`) > 0;
}

/** Whether a database has lost its file and kept its log. */
export function isHeadless(file: string): boolean {
  return hasLog(file) && sizeOf(file) < SMALLEST_PAGE;
}

/** The size of a file; 0 if it does not exist, because another program may delete a log at any moment. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Why SQLite would ignore a part of the log beside a file: it would show an older state and overwrite the rest of the
 * log. null if it would not. A log that a power cut has torn at its end is no fault, since it has lost nothing that was
 * durable.
 */
export function logFault(file: string): string | null {
  if (existsSync(file) && isHeadless(file))
    return "it is cut short, and what counts is in the log beside it, -wal";
  const size = sizeOf(`${file}-wal`);
  if (size === 0 || size > MOST_BYTES) return null;
  const fd = openLog(`${file}-wal`);
  if (fd === null) return null;
  try {
    const head = readAt(fd, 0, 32);
    if (!readLog(fd, FIRST_PAGE).isCut) return null;
    // Another program may restart the log while it is read; then a second reading or the header differs.
    const again: Log = readLog(fd, FIRST_PAGE);
    return again.isCut && head.equals(readAt(fd, 0, 32)) ? (again.faults[0] ?? null) : null;
  } finally {
    closeSync(fd);
  }
}

function openLog(log: string): number | null {
  try {
    return openSync(log, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
