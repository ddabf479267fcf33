import type { Pages } from "./pages.ts";
import { type PageContent, readPage } from "./records.ts";

/** Which page belongs to what, as far as a damaged file tells. */
export interface Layout {
  /** The table or index that each page was reached from. */
  readonly owners: ReadonlyMap<number, string>;
  /** Pages that hold nothing any more. */
  readonly free: ReadonlySet<number>;
  /** The names of the tables and indexes that the file says it has. */
  readonly named: ReadonlySet<string>;
  /** Whether a page that should be there is none. */
  readonly isBroken: boolean;
}

/** Where the tables and indexes of a database begin. */
export type Roots = ReadonlyMap<string, number>;

/**
 * Walks from the roots down. What lies on pages that no root leads to (a page above them is damaged) counts too, but
 * after what is reached: it may be from before.
 *
 * @param usual - Where a new database of the same schema has its roots: for those that the file has lost.
 */
export function readLayout(pages: Pages, usual: Roots): Layout {
  const named = readRoots(pages);
  const owners = new Map<number, string>();
  const found = [...named].map(([name, root]) => claim(pages, name, root, owners));
  for (const [name, root] of usual) if (!named.has(name)) found.push(claim(pages, name, root, owners));
  const free = new Set([...readFreelist(pages)].filter((page) => !owners.has(page)));
  const isBroken = found.includes(false) || [...usual.keys()].some((name) => !named.has(name));
  return { owners, free, named: new Set(named.keys()), isBroken };
}

/** The content of a page as it is now; null: it has none. */
export function contentOf(pages: Pages, page: number): PageContent | null {
  const bytes = pages.read(page);
  return bytes && readPage(bytes, page, pages.read);
}

/** The table of all tables, wherever its rows lie. */
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

/** @returns whether all pages below the root are there, each of them once. */
function claim(pages: Pages, name: string, root: number, owners: Map<number, string>): boolean {
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

/** The free pages that the file lists: a chain of pages with the numbers of others. */
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
