import { fstatSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { readAt } from "./read-at.ts";

/**
 * Reads a write-ahead log without SQLite, which would stop at the first damaged frame. The checksum of a frame starts
 * from the checksum that the frame before it stores, so each frame can be checked separately, and damage to one does
 * not spoil the others. The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */

/** A version of a page in a log. */
export interface Frame {
  readonly page: number;
  /** The byte offset of the page in the log. */
  readonly at: number;
}

/** The contents of a log. */
export interface Log {
  readonly pageSize: number;
  /** The committed frames that are intact or cannot be checked, oldest first. */
  readonly frames: readonly Frame[];
  /** The committed frames whose checksum is wrong. */
  readonly broken: readonly Frame[];
  /** What is wrong with the log, a line of text each; empty if nothing is or there is no log. */
  readonly faults: readonly string[];
  /** Whether SQLite, which stops at the first damaged frame, would miss committed frames. */
  readonly isCut: boolean;
}

export const NO_LOG: Log = { pageSize: 0, frames: [], broken: [], faults: [], isCut: false };

const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
/** How many frames are read from the disk at a time. */
const FRAMES_AT_ONCE = 256;
const LARGEST_PAGE_NUMBER = 2 ** 31;

/** Reads a log. @param pageSize - The page size to assume if the log's header is damaged. */
export function readLog(fd: number, pageSize: number): Log {
  const { size } = fstatSync(fd);
  if (size <= HEADER) return NO_LOG; // the log has no frame yet
  const header = readHeader(readAt(fd, 0, HEADER), pageSize);
  const all = readFrames(fd, size, header);
  const salt = header.isWhole ? header.salt : all.find(({ isWhole }) => isWhole)?.salt;
  if (salt === undefined) {
    const isBlank = all.every((frame) => frame.page === 0 && frame.salt === "");
    return isBlank ? NO_LOG : { ...NO_LOG, faults: ["the log beside it (-wal) cannot be read"], isCut: true };
  }
  // Frames of an earlier log, which have another salt, may follow those of this log. A frame whose checksum continues
  // that of the frame before belongs to this log even if its salt is damaged.
  let isLastOwn = true;
  const own = all.filter((frame, i) => {
    const isOwn = frame.salt === salt || (isLastOwn && frame.isWhole && i > 0);
    isLastOwn = isOwn;
    return isOwn;
  });
  const log = assess(own, header, salt);
  const isTorn = own.length === all.length && endsInside(fd, size, header.pageSize, salt);
  return isTorn ? { ...log, faults: [...log.faults, "the log beside it (-wal) ends inside a page"] } : log;
}

/** Whether the file ends inside a frame of this log. */
function endsInside(fd: number, size: number, pageSize: number, salt: string): boolean {
  const rest = (size - HEADER) % (FRAME_HEADER + pageSize);
  return rest >= 16 && readAt(fd, size - rest, 16).toString("latin1", 8) === salt;
}

interface Header {
  readonly isWhole: boolean;
  readonly pageSize: number;
  readonly isSwapped: boolean;
  readonly salt: string;
  /** The sums from which the first frame's checksum may start: the stored one and the computed one. */
  readonly seeds: readonly Sum[];
}

type Sum = readonly [number, number];

interface CheckedFrame extends Frame {
  readonly salt: string;
  /** The size of the database in pages if this frame ends a transaction, else 0. */
  readonly commit: number;
  /** Whether its checksum is right. */
  readonly isWhole: boolean;
  /** Whether its checksum cannot be checked, because the frame before it is damaged too. */
  readonly isUnsure: boolean;
}

function readHeader(bytes: Buffer, pageSize: number): Header {
  const magic = bytes.readUInt32BE(0);
  const isBigEndian = magic === MAGIC + 1;
  const stored = sumAt(bytes, 24);
  const isSwapped = isBigEndian !== (endianness() === "BE");
  const computed = checksum(bytes, 0, 24, [0, 0], isSwapped);
  const isWhole = (magic === MAGIC || isBigEndian) && same(stored, computed);
  return {
    isWhole,
    pageSize: isWhole ? bytes.readUInt32BE(8) : pageSize,
    isSwapped,
    salt: bytes.toString("latin1", 16, 24),
    seeds: [stored, computed],
  };
}

function readFrames(fd: number, size: number, header: Header): CheckedFrame[] {
  const { pageSize, isSwapped } = header;
  const length = FRAME_HEADER + pageSize;
  const count = Math.max(0, Math.floor((size - HEADER) / length));
  const bytes = Buffer.allocUnsafeSlow(Math.min(count, FRAMES_AT_ONCE) * length);
  const frames: CheckedFrame[] = [];
  let seeds = header.seeds;
  let isLastWhole = header.isWhole;
  for (let i = 0; i < count; i++) {
    const at = (i % FRAMES_AT_ONCE) * length;
    if (at === 0) readSync(fd, bytes, 0, Math.min(bytes.length, (count - i) * length), HEADER + i * length);
    const stored = sumAt(bytes, at + 16);
    let computed: Sum = [0, 0];
    let isWhole = false;
    for (const seed of seeds) {
      const start = checksum(bytes, at, 8, seed, isSwapped);
      computed = checksum(bytes, at + FRAME_HEADER, pageSize, start, isSwapped);
      isWhole = same(stored, computed);
      if (isWhole) break;
    }
    frames.push({
      page: bytes.readUInt32BE(at),
      commit: bytes.readUInt32BE(at + 4),
      salt: bytes.readBigUInt64BE(at + 8) === 0n ? "" : bytes.toString("latin1", at + 8, at + 16),
      at: HEADER + i * length + FRAME_HEADER,
      isWhole,
      isUnsure: !isWhole && !isLastWhole,
    });
    seeds = [stored, computed];
    isLastWhole = isWhole;
  }
  return frames;
}

/** Keeps the committed frames, and reports which are damaged. */
function assess(own: readonly CheckedFrame[], header: Header, salt: string): Log {
  const isLikely = ({ page }: Frame): boolean => page > 0 && page < LARGEST_PAGE_NUMBER;
  const committed = own.slice(0, own.findLastIndex(({ commit }) => commit !== 0) + 1);
  const usable = committed.filter(isLikely);
  const isSeen = (frame: CheckedFrame): boolean => frame.isWhole && frame.salt === salt;
  const lastSeen = own.findLastIndex((frame) => frame.commit !== 0 && isSeen(frame));
  const lost = own.filter((frame) => !isSeen(frame)).length;
  const faults: string[] = [];
  if (!header.isWhole) faults.push("the header of the log beside it (-wal) is damaged");
  if (lost > 0) faults.push(`${lost} of the ${own.length} pages in the log beside it (-wal) are damaged`);
  return {
    pageSize: header.pageSize,
    frames: usable.filter(({ isWhole, isUnsure }) => isWhole || isUnsure),
    broken: usable.filter(({ isWhole, isUnsure }) => !isWhole && !isUnsure),
    faults,
    isCut: !header.isWhole || !own.slice(0, lastSeen).every(isSeen),
  };
}

function sumAt(bytes: Buffer, at: number): Sum {
  return [bytes.readUInt32BE(at) | 0, bytes.readUInt32BE(at + 4) | 0];
}

function same(a: Sum, b: Sum): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/**
 * The checksum of a range of bytes, continued from `[a, b]`.
 *
 * @param isSwapped - Whether the log's byte order differs from this machine's.
 */
function checksum(bytes: Buffer, at: number, length: number, [a, b]: Sum, isSwapped: boolean): Sum {
  const part = isSwapped ? Buffer.from(bytes.subarray(at, at + length)).swap32() : bytes;
  const begin = part.byteOffset + (isSwapped ? 0 : at);
  const words = new Int32Array(part.buffer, begin, length / 4);
  for (let i = 0; i < words.length; i += 2) {
    a = (a + words[i]! + b) | 0;
    b = (b + words[i + 1]! + a) | 0;
  }
  return [a, b];
}
