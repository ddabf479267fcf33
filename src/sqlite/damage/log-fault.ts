import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { type Log, readLog } from "./log.ts";
import { readAt } from "./read-at.ts";

/** Up to its first write-back a database is one page without a table: all else is in its log. */
const FIRST_PAGE = 4096;

/** What SQLite takes for a file without a page; it removes the log beside such a one. */
const SMALLEST_PAGE = 512;

/** A longer log, which only a reader that never ends can bring about, is not looked through at every opening. */
const MOST_BYTES = 2 ** 26;

/** Whether a file has no more than the page with which every database begins. */
export function isBlank(file: string): boolean {
  return sizeOf(file) <= FIRST_PAGE;
}

/** Whether a log lies beside a file, and something in it. */
export function hasLog(file: string): boolean {
  return sizeOf(`${file}-wal`) > 0;
}

/** Whether only the log is left of a database. */
export function isHeadless(file: string): boolean {
  return hasLog(file) && sizeOf(file) < SMALLEST_PAGE;
}

/** 0: there is none. Another program may remove a log at any moment. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * What makes SQLite overlook a part of the log beside a file: it would show what was before, and write over the rest.
 * null: nothing does. Torn at its end, as a power cut leaves it, a log has lost nothing that was promised.
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
    // A log that another program begins anew meanwhile is read again half old, half new: its header tells.
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
