import type { Database, Statement } from "better-sqlite3";
import { type ChecksumMismatch, type MismatchScope, mismatchScope } from "./checksum-mismatches.ts";
import { contentOf, type Layout } from "./layout.ts";
import type { Pages } from "./pages.ts";
import { type PageContent, readPage, type Value } from "./records.ts";
import { type RowFault, rowFault } from "./row-fault.ts";
import type { Row, Shape } from "./shapes.ts";

/** The counts of a table's rows. */
export interface Gathered {
  saved: number;
  /** Rows that were seen but are incomplete or invalid. */
  lost: number;
  /** Saved rows of which a damaged but dispensable column was cleared. */
  cleared: number;
}

/** Placeholders for the columns that a damaged row of `studies` may have lost, and for what a trial must not lose. */
export const PLACEHOLDERS: Readonly<Record<string, string>> = {
  invalid: '{"atMs":0,"who":null,"reason":"its reason was lost in a damaged file"}',
  directions: "[]",
  space: '{"params":[]}',
  settings: "{}",
  limits:
    '{"setupTimeoutMs":600000,"splitTimeoutMs":null,"trialTimeoutMs":null,"memoryBytes":null,"reserveBytes":0,"graceMs":1000}',
};

/** A trial takes at least this many bytes in a file, so that the file's size bounds the ids and numbers in it. */
const BYTES_OF_TRIAL = 32;
/** Ids and numbers up to this are always believed, because the size of a truncated file says nothing. */
const ALWAYS_POSSIBLE = 100_000;

/** The result of `gather`. */
export interface Gathering {
  readonly tables: ReadonlyMap<string, Gathered>;
  readonly mismatches: readonly ChecksumMismatch[];
}

/**
 * Copies every row that can be read on any page into an empty database of the same schema, whether or not inner pages
 * lead to that page. Of several versions of a row the newest is taken, and one whose checksum says that any column may
 * be wrong only if there is no other.
 *
 * @param onPlaceholder - Called with the columns of a study's row that were lost and hold placeholders now.
 */
export function gather(
  pages: Pages,
  layout: Layout,
  fresh: Database,
  shapes: readonly Shape[],
  onPlaceholder: (studyId: number, columns: readonly string[]) => void,
): Gathering {
  const most = Math.max(ALWAYS_POSSIBLE, (pages.count * pages.pageSize) / BYTES_OF_TRIAL);
  const inserters = new Map(shapes.map((shape) => [shape, inserter(fresh, shape, most)]));
  const gathered = new Map(shapes.map(({ table }) => [table, { saved: 0, lost: 0, cleared: 0 }]));

  const mismatches: ChecksumMismatch[] = [];
  const deferred: (() => void)[] = [];
  let hasDamage = layout.isBroken || pages.logFaults.length > 0;
  const put = (shape: Shape, found: Row, counts: boolean): void => {
    const row = { ...found };
    const fault = rowFault(shape.table, row);
    const scope = fault && shape.table === "studies" ? null : mismatchScope(shape.table, found);
    if (scope !== null) hasDamage = true;
    const keepRow = (): void => keep(shape, row, { fault, scope, counts });
    if (scope === "all") deferred.push(keepRow);
    else keepRow();
  };
  const keep = (shape: Shape, row: Row, { fault, scope, counts }: RowState): void => {
    const tally = gathered.get(shape.table)!;
    if (fault?.clearable) {
      for (const column of fault.clearable) row[column] = PLACEHOLDERS[column] ?? null;
    }
    const isUsable = fault === null || fault.clearable !== null;
    const result = isUsable ? inserters.get(shape)!(row) : "refused";
    if (fault || result === "refused") hasDamage = true;
    if (result === "refused" && counts) tally.lost++;
    if (scope !== null && result !== "refused" && (counts || result === "new"))
      mismatches.push({ shape, row, scope, isReplaced: result === "duplicate" });
    if (result !== "new") return;
    tally.saved++;
    if (fault && shape.table === "studies") onPlaceholder(Number(row.id), fault.clearable!);
    else if (fault) tally.cleared++;
  };

  const take = (content: PageContent | null, owner: string | undefined, counts: boolean): void => {
    if (!content) return;
    if (content.failed > 0) hasDamage = true;
    const expected = shapes.find(({ table }) => table === owner);
    if (expected && counts) gathered.get(expected.table)!.lost += content.failed;
    for (const [shape, rows] of sort(content, shapes, expected)) {
      const kept = inOrder(rows, shape.key);
      if (kept.length < rows.length || (expected && shape !== expected)) hasDamage = true;
      if (counts) gathered.get(shape.table)!.lost += rows.length - kept.length;
      for (const row of kept) put(shape, row, counts);
    }
  };

  const all = Array.from({ length: pages.count }, (_, i) => i + 1);
  for (const page of all)
    if (layout.owners.has(page)) take(contentOf(pages, page), layout.owners.get(page), true);
  for (const page of all)
    if (!layout.owners.has(page) && !layout.free.has(page)) take(contentOf(pages, page), undefined, false);
  // Older versions of pages are needed only if current rows are missing.
  if (hasDamage)
    for (const { page, bytes } of pages.older()) take(readPage(bytes, page, pages.read), undefined, false);
  for (const keepRow of deferred) keepRow();
  return { tables: gathered, mismatches };
}

/** What is known about a row before it is inserted into the new database. */
interface RowState {
  readonly fault: RowFault | null;
  readonly scope: MismatchScope | null;
  /** Whether it lies on a current page that a root leads to, so that its loss is counted. */
  readonly counts: boolean;
}

/** Sorts the rows of a page by table; index entries and rows of no Belay table are left out. */
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

/**
 * Drops the fewest rows so that the others ascend by their keys, as a page stores them; the dropped keys are damaged.
 */
function inOrder(rows: readonly Row[], key: readonly string[]): Row[] {
  if (rows.every((row, i) => i === 0 || compare(rows[i - 1]!, row, key) < 0)) return [...rows];
  // The rest is the longest increasing subsequence.
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
    if (typeof x === "symbol" || typeof y === "symbol") return 0; // a damaged text has no order
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

type Put = (row: Row) => "new" | "duplicate" | "refused";

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
    if (!isPossible(row)) return "refused";
    const name = keys.map(String).join(" ");
    if (known.has(name)) return "duplicate";
    try {
      insert.run(...names.map((name) => row[name]));
      known.add(name);
      return "new";
    } catch {
      return "refused";
    }
  };
}
