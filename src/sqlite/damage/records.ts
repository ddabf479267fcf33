/**
 * Reads pages of SQLite's b-trees without SQLite, each page separately, so that damage to one does not spoil the
 * others. The format: https://www.sqlite.org/fileformat2.html#b_tree_pages
 */

/** Stands for a text that is not valid UTF-8, and so is damaged. */
export const BAD_TEXT = Symbol("bad text");

export type Value = number | bigint | string | Buffer | null | typeof BAD_TEXT;

/** A row of a table page, or an entry of an index page. */
export interface PageRow {
  /** null in an index. */
  readonly rowid: number | bigint | null;
  readonly values: readonly Value[];
}

/** The contents of a page. */
export interface PageContent {
  readonly isTable: boolean;
  readonly rows: readonly PageRow[];
  /** How many rows could not be read. */
  readonly failed: number;
  /** The numbers of the child pages. */
  readonly children: readonly number[];
}

const TABLE_LEAF = 0x0d;
const TABLE_INNER = 0x05;
const INDEX_LEAF = 0x0a;
const INDEX_INNER = 0x02;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a page of a b-tree.
 *
 * @param bytes - The whole page.
 * @param page - Its number; page 1 begins with the header of the file.
 * @param read - Reads the overflow pages on which long rows continue.
 * @returns null if it is no page of a b-tree.
 */
export function readPage(
  bytes: Buffer,
  page: number,
  read: (page: number) => Buffer | null,
): PageContent | null {
  const start = page === 1 ? 100 : 0;
  const kind = bytes[start]!;
  if (![TABLE_LEAF, TABLE_INNER, INDEX_LEAF, INDEX_INNER].includes(kind)) return null;
  const isInner = kind === TABLE_INNER || kind === INDEX_INNER;
  const isTable = kind === TABLE_LEAF || kind === TABLE_INNER;
  const first = start + (isInner ? 12 : 8);
  const count = Math.min(bytes.readUInt16BE(start + 3), Math.floor((bytes.length - first) / 2));
  const content = { isTable, rows: [] as PageRow[], failed: 0, children: [] as number[] };
  for (let i = 0; i < count; i++) {
    try {
      let at = bytes.readUInt16BE(first + 2 * i);
      if (at < first + 2 * count) throw new RangeError("a row inside the head of its page");
      if (isInner) {
        content.children.push(bytes.readUInt32BE(at));
        at += 4;
      }
      if (kind !== TABLE_INNER) content.rows.push(readRow(bytes, at, isTable, read));
    } catch {
      content.failed++;
    }
  }
  if (isInner) content.children.push(bytes.readUInt32BE(start + 8));
  return content;
}

function readRow(
  bytes: Buffer,
  at: number,
  isTable: boolean,
  read: (page: number) => Buffer | null,
): PageRow {
  const [length, afterLength] = varint(bytes, at);
  const [rowid, begin] = isTable ? varint(bytes, afterLength) : [null, afterLength];
  const payload = readPayload(bytes, begin, Number(length), isTable, read);
  return { rowid, values: readRecord(payload) };
}

/** The bytes of a row, which for a long row continue on a chain of overflow pages. */
function readPayload(
  bytes: Buffer,
  begin: number,
  length: number,
  isTable: boolean,
  read: (page: number) => Buffer | null,
): Buffer {
  const usable = bytes.length;
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (length <= most) return exactly(bytes, begin, length);
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((length - least) % (usable - 4));
  const local = wanted <= most ? wanted : least;
  const parts = [exactly(bytes, begin, local)];
  let missing = length - local;
  let next = exactly(bytes, begin + local, 4).readUInt32BE(0);
  while (missing > 0) {
    const more = next === 0 ? null : read(next);
    if (!more) throw new RangeError("a row whose rest is gone");
    next = more.readUInt32BE(0);
    const size = Math.min(missing, usable - 4);
    parts.push(more.subarray(4, 4 + size));
    missing -= size;
  }
  if (next !== 0) throw new RangeError("a row whose rest does not end");
  return Buffer.concat(parts);
}

function exactly(bytes: Buffer, begin: number, length: number): Buffer {
  if (length <= 0 || begin + length > bytes.length) throw new RangeError("a row beyond its page");
  return bytes.subarray(begin, begin + length);
}

/** The values of a record. @throws RangeError unless they fill the record exactly. */
function readRecord(payload: Buffer): Value[] {
  const [headerLength, begin] = varint(payload, 0);
  const end = Number(headerLength);
  if (end < begin || end > payload.length) throw new RangeError("a record with a wrong head");
  const values: Value[] = [];
  let at = end;
  for (let next = begin; next < end; ) {
    const [type, after] = varint(payload, next);
    next = after;
    const size = sizeOf(Number(type));
    values.push(readValue(payload, at, Number(type), size));
    at += size;
  }
  if (at !== payload.length || values.length === 0) throw new RangeError("a record of another length");
  return values;
}

const INTEGER_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const;

function sizeOf(type: number): number {
  if (type < INTEGER_SIZES.length) return INTEGER_SIZES[type]!;
  if (type < 12) throw new RangeError("a value of no kind");
  return Math.floor((type - 12) / 2);
}

function readValue(payload: Buffer, at: number, type: number, size: number): Value {
  if (at + size > payload.length) throw new RangeError("a value beyond its record");
  if (type === 0) return null;
  if (type === 7) return payload.readDoubleBE(at);
  if (type === 6) return toNumber(payload.readBigInt64BE(at));
  if (type === 8 || type === 9) return type - 8;
  if (type < 6) return payload.readIntBE(at, size);
  const bytes = payload.subarray(at, at + size);
  if (type % 2 === 0) return bytes;
  try {
    return utf8.decode(bytes);
  } catch {
    return BAD_TEXT;
  }
}

/** Reads SQLite's variable-length integer of one to nine bytes. @returns it, and the offset behind it. */
function varint(bytes: Buffer, at: number): [value: number | bigint, next: number] {
  let value = 0;
  for (let i = 0; i < 7; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new RangeError("a number beyond its page");
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, at + i + 1];
  }
  let long = BigInt(value);
  for (let i = 7; i < 9; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new RangeError("a number beyond its page");
    if (i === 8) return [toNumber(BigInt.asIntN(64, (long << 8n) | BigInt(byte))), at + 9];
    long = (long << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return [toNumber(long), at + 8];
  }
  return [value, at];
}

function toNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
