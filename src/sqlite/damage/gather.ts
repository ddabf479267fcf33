import type { Database, Statement } from "better-sqlite3";
import { contentOf, type Layout } from "./layout.ts";
import type { Pages } from "./pages.ts";
import { type PageContent, readPage, type Value } from "./records.ts";
import { type RowFault, rowFault } from "./row-fault.ts";
import type { Row, Shape } from "./shapes.ts";
import { type Misfit, misfitOf, type Unfit } from "./unfit.ts";

/** What was found of a table. */
export interface Gathered {
  saved: number;
  /** Rows that were seen and are not whole, or do not fit. */
  lost: number;
  /** Rows of which a text that can be done without was emptied. */
  emptied: number;
}

/** What a damaged study row could not tell any more: these columns of it hold stand-ins. */
export const STAND_INS: Readonly<Record<string, string>> = {
  directions: "[]",
  space: '{"params":[]}',
  settings: "{}",
  limits:
    '{"setupTimeoutMs":600000,"splitTimeoutMs":null,"trialTimeoutMs":null,"memoryBytes":null,"reserveBytes":0,"graceMs":1000}',
};

/** A trial takes at least so many bytes with all that belongs to it: no file has room for greater numbers. */
const BYTES_OF_TRIAL = 32;
/** Of a file of which little is left nothing can be concluded. */
const ALWAYS_POSSIBLE = 100_000;

/** All that was gathered. */
export interface Gathering {
  readonly tables: ReadonlyMap<string, Gathered>;
  /** Rows that do not fit their checksums. */
  readonly unfit: readonly Unfit[];
}

/**
 * Copies every row that can be read on any page into an empty database of the same schema, whatever the pages above
 * say. The newest version of a row comes first and wins; one that does not fit its checksum comes last.
 *
 * @param onStandIn - Hears which columns of a study's row were lost.
 */
export function gather(
  pages: Pages,
  layout: Layout,
  fresh: Database,
  shapes: readonly Shape[],
  onStandIn: (studyId: number, columns: readonly string[]) => void,
): Gathering {
  const most = Math.max(ALWAYS_POSSIBLE, (pages.count * pages.pageSize) / BYTES_OF_TRIAL);
  const inserters = new Map(shapes.map((shape) => [shape, inserter(fresh, shape, most)]));
  const gathered = new Map(shapes.map(({ table }) => [table, { saved: 0, lost: 0, emptied: 0 }]));

  const unfit: Unfit[] = [];
  const late: (() => void)[] = [];
  let isHurt = layout.isBroken || pages.logFaults.length > 0;
  const put = (shape: Shape, found: Row, counts: boolean): void => {
    const row = { ...found };
    const fault = rowFault(shape.table, row);
    const misfit = fault && shape.table === "studies" ? null : misfitOf(shape.table, found);
    if (misfit !== null) isHurt = true;
    const keepIt = (): void => keep(shape, row, { fault, misfit, counts });
    if (misfit === "all") late.push(keepIt);
    else keepIt();
  };
  const keep = (shape: Shape, row: Row, { fault, misfit, counts }: Judged): void => {
    const tally = gathered.get(shape.table)!;
    if (fault?.spare) {
      for (const column of fault.spare) row[column] = shape.table === "studies" ? STAND_INS[column]! : null;
    }
    const isUsable = fault === null || fault.spare !== null;
    const result = isUsable ? inserters.get(shape)!(row) : "misfit";
    if (fault || result === "misfit") isHurt = true;
    if (result === "misfit" && counts) tally.lost++;
    if (misfit !== null && result !== "misfit" && (counts || result === "new"))
      unfit.push({ shape, row, misfit, isReplaced: result === "known" });
    if (result !== "new") return;
    tally.saved++;
    if (fault && shape.table === "studies") onStandIn(Number(row.id), fault.spare!);
    else if (fault) tally.emptied++;
  };

  const take = (content: PageContent | null, owner: string | undefined, counts: boolean): void => {
    if (!content) return;
    if (content.failed > 0) isHurt = true;
    const expected = shapes.find(({ table }) => table === owner);
    if (expected && counts) gathered.get(expected.table)!.lost += content.failed;
    for (const [shape, rows] of sort(content, shapes, expected)) {
      const kept = inOrder(rows, shape.key);
      if (kept.length < rows.length || (expected && shape !== expected)) isHurt = true;
      if (counts) gathered.get(shape.table)!.lost += rows.length - kept.length;
      for (const row of kept) put(shape, row, counts);
    }
  };

  const all = Array.from({ length: pages.count }, (_, i) => i + 1);
  for (const page of all)
    if (layout.owners.has(page)) take(contentOf(pages, page), layout.owners.get(page), true);
  for (const page of all)
    if (!layout.owners.has(page) && !layout.free.has(page)) take(contentOf(pages, page), undefined, false);
  // What was before is of use only where something of today is missing.
  if (isHurt)
    for (const { page, bytes } of pages.older()) take(readPage(bytes, page, pages.read), undefined, false);
  for (const put of late) put();
  return { tables: gathered, unfit };
}

/** What is known of a row before it is put into the new database. */
interface Judged {
  readonly fault: RowFault | null;
  readonly misfit: Misfit | null;
  /** Whether it lies where the rows of today are. */
  readonly counts: boolean;
}

/** The rows of a page by table; an index of its own, or what is no row of Belay, is left out. */
function sort(
  content: PageContent,
  shapes: readonly Shape[],
  expected: Shape | undefined,
): Map<Shape, Row[]> {
  const sorted = new Map<Shape, Row[]>();
  const candidates = expected ? [expected, ...shapes] : shapes;
  for (const raw of content.rows) {
    for (const shape of candidates) {
      const row = shape.read(raw, content.isTable);
      if (!row) continue;
      const rows = sorted.get(shape) ?? [];
      rows.push(row);
      sorted.set(shape, rows);
      break;
    }
  }
  return sorted;
}

/** A page holds its rows in the order of their keys: the fewest that break it have damaged keys. */
function inOrder(rows: readonly Row[], key: readonly string[]): Row[] {
  if (rows.every((row, i) => i === 0 || compare(rows[i - 1]!, row, key) < 0)) return [...rows];
  // The longest series that ascends.
  const length = rows.map(() => 1);
  const before = rows.map(() => -1);
  let last = 0;
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) {
      if (length[j]! < length[i]! || compare(rows[j]!, rows[i]!, key) >= 0) continue;
      length[i] = length[j]! + 1;
      before[i] = j;
    }
    if (length[i]! > length[last]!) last = i;
  }
  const kept: Row[] = [];
  for (let i = last; i >= 0; i = before[i]!) kept.unshift(rows[i]!);
  return kept;
}

function compare(a: Row, b: Row, key: readonly string[]): number {
  for (const column of key) {
    const [x, y] = [a[column], b[column]] as [number | string | symbol, number | string | symbol];
    if (typeof x === "symbol" || typeof y === "symbol") return 0; // A damaged text is in no order.
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

type Put = (row: Row) => "new" | "known" | "misfit";

function inserter(db: Database, { table, columns, key }: Shape, most: number): Put {
  const isPossible = (row: Row): boolean =>
    ["trial_id", "study_id", "number", ...(table === "trials" || table === "studies" ? ["id"] : [])].every(
      (column) => row[column] === undefined || row[column] === null || Number(row[column]) <= most,
    );
  const names = columns.map(({ name }) => name);
  const insert: Statement = db.prepare(
    `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
  );
  const known = new Set<string>();
  return (row) => {
    const keys = key.map((column) => row[column] as Value);
    if (!isPossible(row)) return "misfit";
    const name = keys.map(String).join(" ");
    if (known.has(name)) return "known";
    try {
      insert.run(...names.map((name) => row[name]));
      known.add(name);
      return "new";
    } catch {
      return "misfit";
    }
  };
}
