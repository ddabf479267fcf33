/**
 * Checksums of rows. SQLite notices only damage to its own structures, but not a changed digit inside a value. So each
 * row of the tables below carries a checksum of its values. It does not depend on how SQLite stores them: 1 and 1.0 are
 * the same, as are 0 and -0, and NaN is NULL, as in SQLite.
 *
 * A checksum has two halves: one over the columns that the history of a study consists of, one over the others. A
 * resume reads only the former from each row of a large study, and can check them without reading the rest.
 *
 * A column that a later schema added enters its half only where it is not NULL, so that rows written before the column
 * existed still fit their checksums.
 */

/** A value from SQLite, or from a page of a damaged file. */
type Cell = unknown;

/** A row by the names of its columns. */
export type CheckedRow = Readonly<Record<string, Cell>>;

interface Columns {
  /** The columns that the history of a study consists of, in the order in which they are hashed. */
  readonly history: readonly string[];
  /** Columns of the history that later schemas added. */
  readonly historyAdded: readonly string[];
  readonly rest: readonly string[];
  /** Other columns that later schemas added. */
  readonly added: readonly string[];
}

/**
 * The tables that have checksums, with the columns that enter them. Rowids do not enter: they are unknown before the
 * row is written, and SQLite's indexes repeat them.
 */
export const CHECKED = {
  studies: {
    history: ["name", "directions", "space", "split_count", "seed", "trials"],
    historyAdded: [],
    rest: [
      ...["state", "split_hash", "code_hash", "study_file", "sampler", "pruner", "backend", "noise"],
      ...["max_attempts", "settings", "limits", "active_ms", "created_at", "ended_at"],
    ],
    added: ["end_detail"],
  },
  trials: {
    history: [
      ...["study_id", "number", "told", "state", "reason", "detail", "params"],
      ...["value", "all_values", "constraints", "violation"],
    ],
    historyAdded: ["proposer", "invalid"],
    rest: ["enqueued", "error", "attempts", "created_at", "started_at", "finished_at", "duration_ms"],
    added: ["why"],
  },
  attempts: {
    history: ["trial_id", "attempt", "state"],
    historyAdded: [],
    rest: [
      ...["epoch", "reason", "cause", "detail", "code_hash", "slot", "host_pid", "started_at", "ended_at"],
      "duration_ms",
    ],
    added: [],
  },
  splits: {
    history: ["trial_id", "split", "value"],
    historyAdded: [],
    rest: ["attempt", "all_values", "constraints", "duration_ms", "rss_bytes", "recorded_at"],
    added: [],
  },
  reports: {
    history: ["trial_id", "attempt", "step", "value"],
    historyAdded: [],
    rest: ["split", "reported_at"],
    added: [],
  },
  memory_log: {
    history: ["trial_id", "attempt", "phase", "split"],
    historyAdded: [],
    rest: [
      ...["source", "rss_bytes", "baseline_bytes", "peak_bytes", "heap_bytes", "external_bytes"],
      ...["array_buffer_bytes", "tensors", "tensor_bytes", "gpu_bytes", "logged_at"],
    ],
    added: [],
  },
  learned: { history: ["study_id", "source", "file", "trials"], historyAdded: [], rest: [], added: [] },
} as const satisfies Readonly<Record<string, Columns>>;

/** A table whose rows have checksums. */
export type CheckedTable = keyof typeof CHECKED;

export function isChecked(table: string): table is CheckedTable {
  return Object.hasOwn(CHECKED, table);
}

/** How many bits each half has. SQLite stores the 47 bits together in six bytes. */
const HISTORY_BITS = 24;
const REST_BITS = 23;
const REST = 2 ** REST_BITS;

/** All columns that enter the checksum of a table, in the order in which they are hashed. */
export function countedColumns(table: CheckedTable): readonly string[] {
  const { rest, added } = CHECKED[table];
  return [...ofHistory(table), ...rest, ...added];
}

/** The columns that enter the first half of a checksum, in the order in which they are hashed. */
export function ofHistory(table: CheckedTable): readonly string[] {
  const { history, historyAdded } = CHECKED[table];
  return [...history, ...historyAdded];
}

/** The checksum of a row: a whole number below 2^47. */
export function checksumOf(table: CheckedTable, row: CheckedRow): number {
  const { rest, added } = CHECKED[table];
  return historyOf(table, row) * REST + half(row, rest, added, REST_BITS);
}

/** Whether a row fits its checksum. A row of an older version of Belay has none and counts as fitting. */
export function fits(table: CheckedTable, row: CheckedRow): boolean {
  return isUnknown(row.checksum) || row.checksum === checksumOf(table, row);
}

/** Whether the history columns of a row fit their half of the checksum. */
export function fitsHistory(table: CheckedTable, row: CheckedRow): boolean {
  const { checksum } = row;
  return isUnknown(checksum) || historyHalf(checksum) === historyOf(table, row);
}

function historyOf(table: CheckedTable, row: CheckedRow): number {
  const { history, historyAdded } = CHECKED[table];
  return half(row, history, historyAdded, HISTORY_BITS);
}

/** The columns of a SELECT whose rows `fitsAt` can check: the hashed columns in their order, then the checksum. */
export function checkedColumns(table: CheckedTable, alias: string): string {
  return [...countedColumns(table), "checksum"].map((column) => `${alias}.${column}`).join(", ");
}

/** The columns of a SELECT whose rows `fitsHistoryAt` can check: the history columns, then the checksum. */
export function historyColumns(table: CheckedTable, alias: string): string {
  return [...ofHistory(table), "checksum"].map((column) => `${alias}.${column}`).join(", ");
}

/** The checksum of a row given as an array, in which the hashed columns begin at index `at`. */
export function checksumAt(table: CheckedTable, row: readonly Cell[], at: number): number {
  const { history, historyAdded, rest, added } = CHECKED[table];
  const middle = at + history.length + historyAdded.length;
  const second = foldAddedAt(
    foldAt(SEED, row, middle, middle + rest.length),
    row,
    middle + rest.length,
    added,
  );
  return historyAt(table, row, at) * REST + finish(second, REST_BITS);
}

/**
 * Does what `fits` does for a row given as an array, which is much faster to read.
 *
 * @param at - The index at which the `checkedColumns` begin.
 */
export function fitsAt(table: CheckedTable, row: readonly Cell[], at: number): boolean {
  const { history, historyAdded, rest, added } = CHECKED[table];
  const checksum = row[at + history.length + historyAdded.length + rest.length + added.length];
  return isUnknown(checksum) || checksum === checksumAt(table, row, at);
}

/** Does what `fitsHistory` does for a row given as an array, in which the `historyColumns` begin at index `at`. */
export function fitsHistoryAt(table: CheckedTable, row: readonly Cell[], at: number): boolean {
  const { history, historyAdded } = CHECKED[table];
  const checksum = row[at + history.length + historyAdded.length];
  return isUnknown(checksum) || historyHalf(checksum) === historyAt(table, row, at);
}

function historyAt(table: CheckedTable, row: readonly Cell[], at: number): number {
  const { history, historyAdded } = CHECKED[table];
  const end = at + history.length;
  return finish(foldAddedAt(foldAt(SEED, row, at, end), row, end, historyAdded), HISTORY_BITS);
}

function foldAt(seed: number, row: readonly Cell[], from: number, to: number): number {
  let hash = seed;
  for (let i = from; i < to; i++) hash = fold(hash, row[i]);
  return hash;
}

/** Hashes the added columns, which begin at index `at`. */
function foldAddedAt(hash: number, row: readonly Cell[], at: number, added: readonly string[]): number {
  let next = hash;
  for (let i = 0; i < added.length; i++) next = foldAdded(next, i, row[at + i]);
  return next;
}

/** Hashes an added column with its index among them, unless it is NULL. */
function foldAdded(hash: number, place: number, cell: Cell): number {
  return cell === null || cell === undefined || Number.isNaN(cell) ? hash : fold(mix(hash, place), cell);
}

function isUnknown(checksum: Cell): boolean {
  return checksum === null || checksum === undefined;
}

function historyHalf(checksum: Cell): number {
  return Math.floor(Number(checksum) / REST);
}

function half(row: CheckedRow, columns: readonly string[], added: readonly string[], bits: number): number {
  let hash = SEED;
  for (const column of columns) hash = fold(hash, row[column]);
  added.forEach((column, place) => {
    hash = foldAdded(hash, place, row[column]);
  });
  return finish(hash, bits);
}

const SEED = 0x9e3779b9;
const NULL_WORD = 0x6e756c6c;
/** Hashed in place of a value that Belay never writes. */
const FOREIGN_WORD = 0x62616421;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Which word of a double is the lower one: this keeps checksums the same on big-endian machines. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

function fold(hash: number, cell: Cell): number {
  if (typeof cell === "number") return foldNumber(hash, cell);
  if (typeof cell === "string") return foldText(hash, cell);
  if (cell === null || cell === undefined) return mix(hash, NULL_WORD);
  return typeof cell === "bigint" ? foldNumber(hash, Number(cell)) : mix(hash, FOREIGN_WORD);
}

function foldNumber(hash: number, value: number): number {
  if (Number.isNaN(value)) return mix(hash, NULL_WORD);
  double[0] = value === 0 ? 0 : value;
  return mix(mix(hash, words[LOW]!), words[HIGH]!);
}

const REPLACEMENT = 0xfffd;

function foldText(hash: number, text: string): number {
  let next = mix(hash, text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code & 0xf800) === 0xd800 || code === REPLACEMENT) return foldRare(hash, text);
    next = Math.imul(next ^ code, 0x01000193);
  }
  return next;
}

/**
 * Hashes a text with surrogates or replacement characters. SQLite stores UTF-8, which cannot hold half a surrogate
 * pair, and returns one or several replacement characters for it; so each run of them is hashed as one.
 */
function foldRare(hash: number, text: string): number {
  const stored = text.replace(/[\p{Surrogate}\ufffd]+/gu, "\ufffd");
  let next = mix(hash, stored.length);
  for (let i = 0; i < stored.length; i++) next = Math.imul(next ^ stored.charCodeAt(i), 0x01000193);
  return next;
}

/** Mixes 32 bits into a hash. It is a bijection of each argument, so a change of one always changes the result. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** Reduces a hash to `bits` bits, each of which depends on all bits of the hash. */
function finish(hash: number, bits: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) >>> (32 - bits);
}
