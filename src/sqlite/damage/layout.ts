import type { Pages } from "./pages.ts";
import { type PageContent, readPage } from "./records.ts";

/** Which page belongs to which table or index, as far as a damaged file says. */
export interface Layout {
  /** The table or index that each page was reached from. */
  readonly owners: ReadonlyMap<number, string>;
  /** Pages on the freelist, which are not in use. */
  readonly free: ReadonlySet<number>;
  /** The names of the tables and indexes in the file's schema. */
  readonly named: ReadonlySet<string>;
  /** Whether a page or a table that should exist is missing. */
  readonly isBroken: boolean;
}

/** The root pages of the tables and indexes of a database, by name. */
export type Roots = ReadonlyMap<string, number>;

/**
 * Walks the b-trees from their roots and records which pages they reach. Pages below a damaged page are not reached;
 * they have no owner here.
 *
 * @param usual - The roots of a new database of the same schema, for tables that the file's schema has lost.
 */
export function readLayout(pages: Pages, usual: Roots): Layout {
  const named = readRoots(pages);
  const owners = new Map<number, string>();
  const found = [...named].map(([name, root]) => claimPages(pages, name, root, owners));
  for (const [name, root] of usual) if (!named.has(name)) found.push(claimPages(pages, name, root, owners));
  const free = new Set([...readFreelist(pages)].filter((page) => !owners.has(page)));
  const isBroken = found.includes(false) || [...usual.keys()].some((name) => !named.has(name));
  return { owners, free, named: new Set(named.keys()), isBroken };
}

/** The content of the current version of a page; null if it is missing or no b-tree page. */
export function contentOf(pages: Pages, page: number): PageContent | null {
  const bytes = pages.read(page);
  return bytes && readPage(bytes, page, pages.read);
}

/** Reads the root pages from the rows of the schema table, on whatever pages they lie. */
function readRoots(pages: Pages): Map<string, number> {
  const roots = new Map<string, number>();
  for (let page = 1; page <= pages.count; page++) {
    const bytes = pages.read(page);
    if (bytes?.[page === 1 ? 100 : 0] !== 0x0d) continue;
    for (const { values } of readPage(bytes, page, pages.read)?.rows ?? []) {
      const [type, name, table, root] = values;
      if (values.length !== 5 || (type !== "table" && type !== "index") || typeof table !== "string")
        continue;
      if (typeof name === "string" && typeof root === "number" && root > 1 && root <= pages.count)
        roots.set(name, root);
    }
  }
  return roots;
}

/** Records a name as the owner of all pages below its root. @returns whether each of them exists and had no owner. */
function claimPages(pages: Pages, name: string, root: number, owners: Map<number, string>): boolean {
  let isWhole = true;
  const waiting = [root];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    const isNew = !owners.has(page) && page > 1 && page <= pages.count;
    const content = isNew ? contentOf(pages, page) : null;
    if (!content) {
      isWhole = false;
      continue;
    }
    owners.set(page, name);
    waiting.push(...content.children);
  }
  return isWhole;
}

/** Reads the freelist: a chain of trunk pages, each with the numbers of further free pages. */
function readFreelist(pages: Pages): Set<number> {
  const free = new Set<number>();
  let trunk = pages.read(1)?.readUInt32BE(32) ?? 0;
  while (trunk > 1 && trunk <= pages.count && !free.has(trunk)) {
    free.add(trunk);
    const bytes = pages.read(trunk)!;
    const count = Math.min(bytes.readUInt32BE(4), pages.pageSize / 4 - 2);
    for (let i = 0; i < count; i++) free.add(bytes.readUInt32BE(8 + 4 * i));
    trunk = bytes.readUInt32BE(0);
  }
  return free;
}
