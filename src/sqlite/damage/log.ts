import { fstatSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { readAt } from "./read-at.ts";

/**
 * Reads SQLite's write-ahead log without SQLite, which stops at the first frame that is not whole. Each frame's checksum
 * begins with that of the frame before it, so that every frame can be judged by itself: one that is damaged takes no
 * other along. The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */

/** A page as a log holds it. */
export interface Frame {
  readonly page: number;
  /** Where the page begins in the log. */
  readonly at: number;
}

/** The contents of a log. */
export interface Log {
  readonly pageSize: number;
  /** The whole frames of all that was committed, oldest first. */
  readonly frames: readonly Frame[];
  /** Frames of this log whose checksum is wrong. */
  readonly broken: readonly Frame[];
  /** What is wrong with it, in words; empty: nothing, or there is no log. */
  readonly faults: readonly string[];
  /** Whether SQLite, which stops at the first page that is not whole, would not see all that was committed. */
  readonly isCut: boolean;
}

export const NO_LOG: Log = { pageSize: 0, frames: [], broken: [], faults: [], isCut: false };

const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
/** How many pages are read from the disk together. */
const SLOTS_AT_ONCE = 256;
const LARGEST_PAGE_NUMBER = 2 ** 31;

/** @param pageSize - The database's, for a log whose header is damaged. */
export function readLog(fd: number, pageSize: number): Log {
  const { size } = fstatSync(fd);
  if (size <= HEADER) return NO_LOG; // Nothing was written since the log was begun.
  const header = readHeader(readAt(fd, 0, HEADER), pageSize);
  const slots = readSlots(fd, size, header);
  const salt = header.isWhole ? header.salt : slots.find(({ isWhole }) => isWhole)?.salt;
  if (salt === undefined) {
    const isBlank = slots.every((slot) => slot.page === 0 && slot.salt === "");
    return isBlank ? NO_LOG : { ...NO_LOG, faults: ["the log beside it (-wal) cannot be read"], isCut: true };
  }
  // After the newest frames lie those of the log before, which has another salt.
  let isBefore = true;
  const own = slots.filter((slot, i) => {
    const isOwn = slot.salt === salt || (isBefore && slot.isWhole && i > 0);
    isBefore = isOwn;
    return isOwn;
  });
  const log = judge(own, header, salt);
  const isTorn = own.length === slots.length && endsInside(fd, size, header.pageSize, salt);
  return isTorn ? { ...log, faults: [...log.faults, "the log beside it (-wal) ends inside a page"] } : log;
}

/** Whether a frame of this log has begun where the file ends. */
function endsInside(fd: number, size: number, pageSize: number, salt: string): boolean {
  const rest = (size - HEADER) % (FRAME_HEADER + pageSize);
  return rest >= 16 && readAt(fd, size - rest, 16).toString("latin1", 8) === salt;
}

interface Header {
  readonly isWhole: boolean;
  readonly pageSize: number;
  readonly isSwapped: boolean;
  readonly salt: string;
  /** What the first frame's checksum may begin with: as stored, and as it should be. */
  readonly seeds: readonly Sum[];
}

type Sum = readonly [number, number];

interface Slot extends Frame {
  readonly salt: string;
  /** The size of the database in pages when this frame ends a transaction, else 0. */
  readonly commit: number;
  readonly isWhole: boolean;
  /** The frame before it is broken, so that nothing tells whether this one is. */
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

function readSlots(fd: number, size: number, header: Header): Slot[] {
  const { pageSize, isSwapped } = header;
  const length = FRAME_HEADER + pageSize;
  const count = Math.max(0, Math.floor((size - HEADER) / length));
  const bytes = Buffer.allocUnsafeSlow(Math.min(count, SLOTS_AT_ONCE) * length);
  const slots: Slot[] = [];
  let seeds = header.seeds;
  let isLastWhole = header.isWhole;
  for (let i = 0; i < count; i++) {
    const at = (i % SLOTS_AT_ONCE) * length;
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
    slots.push({
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
  return slots;
}

/** Takes what was committed, and says what is missing of it. */
function judge(own: readonly Slot[], header: Header, salt: string): Log {
  const isLikely = ({ page }: Frame): boolean => page > 0 && page < LARGEST_PAGE_NUMBER;
  const committed = own.slice(0, own.findLastIndex(({ commit }) => commit !== 0) + 1);
  const usable = committed.filter(isLikely);
  const isSeen = (slot: Slot): boolean => slot.isWhole && slot.salt === salt;
  const lastSeen = own.findLastIndex((slot) => slot.commit !== 0 && isSeen(slot));
  const lost = own.filter((slot) => !isSeen(slot)).length;
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

/** @param isSwapped - Whether the log's numbers have their bytes in the other order than this machine's. */
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
