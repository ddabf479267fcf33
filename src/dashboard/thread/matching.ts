import type { StudyColumns } from "../../report/page/columns.ts";
import { predicateOf } from "../../report/page/matches.ts";
import { sortRows } from "../../report/page/order.ts";
import { filterOf, selectionOf } from "../../report/query/selection.ts";
import type { Filter } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";

/** Which rows a filter selects: a bit for each, the lowest bit of the first byte for the first row. */
export interface Matching {
  readonly bits: Uint8Array;
  readonly count: number;
}

/** Finds trials in the columns of studies, and remembers what it has found until the trials change. */
export interface Matcher {
  /**
   * Finds the trials that a filter selects.
   *
   * @param where - As the command line takes it; an empty text selects all.
   * @throws BelayError `usage`: it cannot be read.
   */
  matching(reader: Reader, columns: StudyColumns, where: string): Promise<Matching>;
  /**
   * The numbers of the selected trials in an order.
   *
   * @param sort - Keys as `--sort` takes them. An empty list: by number.
   * @throws BelayError `usage`: a key or the filter cannot be read.
   */
  sorted(
    reader: Reader,
    columns: StudyColumns,
    query: { readonly where: string; readonly sort: readonly string[] },
  ): Promise<ArrayLike<number>>;
}

/** So many answers are remembered of each study. */
const MOST_KEPT = 12;

/** What is remembered of the trials of one version. */
interface Memory {
  version: number;
  readonly matchings: Map<string, Promise<Matching>>;
  readonly orders: Map<string, Promise<ArrayLike<number>>>;
}

/** A matcher that has found nothing yet. */
export function matcher(): Matcher {
  const memories = new WeakMap<StudyColumns, Memory>();

  function memoryOf(columns: StudyColumns): Memory {
    const known = memories.get(columns);
    if (known?.version === columns.version) return known;
    const fresh: Memory = { version: columns.version, matchings: new Map(), orders: new Map() };
    memories.set(columns, fresh);
    return fresh;
  }

  function matching(reader: Reader, columns: StudyColumns, where: string): Promise<Matching> {
    return remembered(memoryOf(columns).matchings, where, () => findMatching(reader, columns, where));
  }

  return {
    matching,
    sorted(reader, columns, { where, sort }) {
      const key = JSON.stringify([where, sort]);
      return remembered(memoryOf(columns).orders, key, async () => {
        const { order = [] } = selectionOf(columns.study, sort.length > 0 ? { sort: sort.join(",") } : {});
        const { bits, count } = await matching(reader, columns, where);
        const numbers = columns.columns.get("number")!.cells;
        const sorted = sortRows(columns, rowsIn(bits, count), order);
        if (sorted) return Int32Array.from(sorted, (row) => numbers[row]!);
        const filter = filterOf(columns.study, where === "" ? {} : { where });
        const found: number[] = [];
        for await (const page of reader.cells(columns.study, [{ name: "number" }], { ...filter, order }))
          for (const [number] of page) found.push(Number(number));
        return found;
      });
    },
  };
}

/** What is remembered under a key, or else what `find` finds. */
function remembered<T>(memory: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known) return known;
  const found = find();
  memory.set(key, found);
  found.catch(() => memory.delete(key));
  if (memory.size > MOST_KEPT) memory.delete(memory.keys().next().value!);
  return found;
}

async function findMatching(reader: Reader, columns: StudyColumns, where: string): Promise<Matching> {
  const { study, rows } = columns;
  const { filter } = filterOf(study, where === "" ? {} : { where });
  const bits = new Uint8Array(Math.ceil(rows / 8));
  let count = 0;
  const add = (row: number): void => {
    bits[row >> 3]! |= 1 << (row & 7);
    count++;
  };
  const holds = filter ? predicateOf(columns, filter) : () => true;
  if (holds) {
    for (let row = 0; row < rows; row++) if (holds(row)) add(row);
  } else for await (const row of rowsOf(reader, columns, filter!)) add(row);
  return { bits, count };
}

/** Asks the database, for what the columns do not have. */
async function* rowsOf(reader: Reader, columns: StudyColumns, filter: Filter): AsyncGenerator<number> {
  for await (const page of reader.cells(columns.study, [{ name: "number" }], { filter })) {
    for (const [number] of page) {
      const row = columns.rowOf(Number(number));
      if (row >= 0) yield row; // else it has begun since
    }
  }
}

function rowsIn(bits: Uint8Array, count: number): Uint32Array {
  const rows = new Uint32Array(count);
  let at = 0;
  for (let row = 0; at < count; row++) if ((bits[row >> 3]! & (1 << (row & 7))) !== 0) rows[at++] = row;
  return rows;
}
