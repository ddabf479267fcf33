import type { SplitShape } from "../study.ts";

/** The numbers of rows of one split. */
export interface SplitSummary {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Rows that are in two parts of the split, or twice in one. */
  readonly shared: readonly SharedRows[];
}

/** Rows that two parts of a split have in common. Both parts are the same if it has rows twice. */
export interface SharedRows {
  readonly parts: readonly [string, string];
  readonly count: number;
  /** The number of one of these rows. */
  readonly example: number;
}

/** How the classes are spread over the splits. */
export interface ClassBalance {
  /** Where the labels were found, such as `data.labels`. */
  readonly from: string;
  /** The classes and the share of the rows that each has, the largest first. */
  readonly shares: readonly (readonly [string, number])[];
  /** The largest difference between a class's share of all rows and its share of one validation set. */
  readonly largestDeviation: number;
  /** Splits that validate on a class of which they have no training row. */
  readonly untrained: readonly { readonly split: number; readonly label: string }[];
}

/** What can be said about splits without training. */
export interface SplitsReport {
  readonly splits: readonly SplitSummary[];
  /** Number of rows of the data; null when what `data` returned does not show it. */
  readonly rows: number | null;
  /** The largest row number in a split. */
  readonly largestRow: number;
  /** Number of rows that no split uses, of the data or up to the largest row number. */
  readonly unused: number;
  /** null when no labels were found. */
  readonly classes: ClassBalance | null;
}

const PARTS = ["train", "validation", "test"] as const;
/** The keys of the data, or of its rows, under which labels are looked for. */
const LABEL_KEYS = ["labels", "label", "classes", "class", "targets", "target", "species", "y"];
/** Values of which there are more than this are not taken for classes. */
const MOST_CLASSES = 50;

/**
 * Summarises what `splits` returned, with the data that they divide.
 *
 * @param what - `faults` looks only for rows in two parts and rows that the data does not have, which is quick enough
 *   for a launch.
 */
export function reportSplits(
  splits: readonly SplitShape[],
  data: unknown,
  what: "all" | "faults" = "all",
): SplitsReport {
  let largestRow = 0;
  for (const split of splits)
    for (const part of PARTS)
      forEachRow(split[part], (row) => {
        if (row > largestRow) largestRow = row;
      });
  const labels = what === "all" ? findLabels(data, largestRow) : null;
  const marks = rowMarks(largestRow);
  const rows = isRows(data, largestRow) ? data.length : (labels?.list.length ?? null);
  return {
    splits: splits.map((split) => summarise(split, marks)),
    rows,
    largestRow,
    unused:
      what === "all" ? Math.max(0, Math.max(rows ?? 0, largestRow + 1) - countRows(splits, largestRow)) : 0,
    classes: labels && balance(splits, labels),
  };
}

function countRows(splits: readonly SplitShape[], largestRow: number): number {
  const marks = rowMarks(largestRow);
  let count = 0;
  for (const split of splits)
    for (const part of PARTS)
      forEachRow(split[part], (row) => {
        if (marks.get(row) === 0) count++;
        marks.set(row, 1);
      });
  return count;
}

/** A small number for each row, initially 0. */
interface RowMarks {
  get(row: number): number;
  set(row: number, mark: number): void;
  clear(): void;
}

/**
 * Up to this row number an array with a byte for each row is quicker, and smaller, than a map of the rows that occur.
 */
const LARGEST_DENSE_ROW = 2 ** 26;
/** At most this many rows are looked at in a map, which could hold no more than 2^24. */
const MOST_SPARSE_ROWS = 2 ** 22;

function rowMarks(largestRow: number): RowMarks {
  if (largestRow < LARGEST_DENSE_ROW) {
    const bytes = new Uint8Array(largestRow + 1);
    return {
      get: (row) => bytes[row]!,
      set(row, mark) {
        bytes[row] = mark;
      },
      clear: () => void bytes.fill(0),
    };
  }
  const map = new Map<number, number>();
  return {
    get: (row) => map.get(row) ?? 0,
    set(row, mark) {
      if (map.size < MOST_SPARSE_ROWS || map.has(row)) map.set(row, mark); // further rows are not looked at
    },
    clear: () => map.clear(),
  };
}

function summarise(split: SplitShape, marks: RowMarks): SplitSummary {
  const shared: SharedRows[] = [];
  marks.clear();
  PARTS.forEach((part, p) => {
    const counts = PARTS.map(() => 0);
    const examples = PARTS.map(() => 0);
    forEachRow(split[part], (row) => {
      const before = marks.get(row);
      for (let other = 0; other <= p; other++) {
        if ((before & (1 << other)) === 0) continue;
        if (counts[other] === 0) examples[other] = row;
        counts[other]!++;
      }
      marks.set(row, before | (1 << p));
    });
    for (let other = 0; other <= p; other++)
      if (counts[other]! > 0)
        shared.push({ parts: [PARTS[other]!, part], count: counts[other]!, example: examples[other]! });
  });
  const { train, validation, test } = split;
  return { train: train.length, validation: validation.length, test: test?.length ?? 0, shared };
}

type Labels = { readonly from: string; readonly list: ArrayLike<unknown> };

/** Finds the labels: an array of few different values under one of the usual keys, or such a field of each row. */
function findLabels(data: unknown, largestRow: number): Labels | null {
  if (data === null || typeof data !== "object") return null;
  for (const key of LABEL_KEYS) {
    const first: unknown = Array.isArray(data) ? data[0] : null;
    const isField = first !== null && typeof first === "object" && key in first;
    const list: unknown = isField
      ? (data as Record<string, unknown>[]).map((row) => row?.[key])
      : (data as Record<string, unknown>)[key];
    if (!isList(list) || list.length <= largestRow) continue;
    const distinct = new Set<unknown>();
    for (let i = 0; i < list.length && distinct.size <= MOST_CLASSES; i++) distinct.add(list[i]);
    const isClass = [...distinct].every(
      (label) => typeof label === "string" || typeof label === "boolean" || Number.isInteger(label),
    );
    if (isClass && distinct.size > 1 && distinct.size <= Math.min(MOST_CLASSES, list.length / 2))
      return { from: isField ? `data[row].${key}` : `data.${key}`, list };
  }
  return null;
}

function balance(splits: readonly SplitShape[], { from, list }: Labels): ClassBalance {
  const all = countLabels(
    list,
    Array.from(list, (_, row) => row),
  );
  const untrained: { split: number; label: string }[] = [];
  let largestDeviation = 0;
  splits.forEach(({ train, validation }, split) => {
    const trained = countLabels(list, train);
    const validated = countLabels(list, validation);
    for (const [label, count] of all) {
      const share = (validated.get(label) ?? 0) / validation.length;
      largestDeviation = Math.max(largestDeviation, Math.abs(share - count / list.length));
      if (validated.has(label) && !trained.has(label)) untrained.push({ split, label });
    }
  });
  const shares = [...all].map(([label, count]) => [label, count / list.length] as const);
  return { from, shares: shares.sort(([, a], [, b]) => b - a), largestDeviation, untrained };
}

function countLabels(list: ArrayLike<unknown>, rows: ArrayLike<number>): Map<string, number> {
  const counts = new Map<string, number>();
  forEachRow(rows, (row) => {
    const label = String(list[row]);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  });
  return counts;
}

function forEachRow(rows: ArrayLike<number> | undefined, visit: (row: number) => void): void {
  for (let i = 0; i < (rows?.length ?? 0); i++) visit(rows![i]!);
}

/** Whether the data is an array with one entry per row. `[images, labels]` is not, which only its length shows. */
function isRows(data: unknown, largestRow: number): data is ArrayLike<unknown> {
  return isList(data) && (data.length > largestRow || !Array.from(data).some(isList));
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}
