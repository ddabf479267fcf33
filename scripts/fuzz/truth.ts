// Reads what a database holds before it is damaged, and which bytes each row lies on.
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { contentOf, readLayout } from "../../src/sqlite/damage/layout.ts";
import { readLog } from "../../src/sqlite/damage/log.ts";
import { openPages } from "../../src/sqlite/damage/pages.ts";
import { type Row, readShapes } from "../../src/sqlite/damage/shapes.ts";
import { openDatabase } from "../../src/sqlite/database.ts";
import type { Files } from "./mutations.ts";

const PAGE = 4096;

/** The bytes of one of the files from `from` up to and without `to`. */
interface Place {
  readonly name: keyof Files;
  readonly from: number;
  readonly to: number;
}

/** A row as it was, and the bytes that it is read from. */
export interface KnownRow {
  readonly row: Row;
  readonly places: readonly Place[];
}

/** The rows of a table, by `keyOf`. */
export interface KnownTable {
  readonly key: readonly string[];
  readonly rows: ReadonlyMap<string, KnownRow>;
}

/** A database before the damage. */
export interface Truth {
  readonly file: string;
  readonly bytes: Readonly<Files>;
  readonly tables: ReadonlyMap<string, KnownTable>;
}

/** Whether all of the given places are undamaged. */
export type IsWhole = (places: readonly Place[]) => boolean;

export function readTruth(file: string): Truth {
  const bytes = {
    main: readFileSync(file),
    log: existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : null,
  };
  const placeOf = readPlaces(file);
  const db = openDatabase(file, { readonly: true });
  const tables = new Map<string, KnownTable>();
  const pages = openPages(file);
  const roots = db.prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0").raw().all();
  const { owners } = readLayout(pages, new Map(roots as [string, number][]));
  for (const shape of readShapes(db)) {
    const places = new Map<string, readonly Place[]>();
    for (const [page, owner] of owners) {
      if (owner !== shape.table) continue;
      const touched = new Set([page]);
      const read = (next: number) => {
        touched.add(next);
        return pages.read(next);
      };
      const content = contentOf({ ...pages, read }, page)!;
      const spots = [...touched].map(placeOf);
      for (const raw of content.rows) {
        const row = shape.read(raw, content.isTable);
        if (row) places.set(keyOf(shape, row), spots);
      }
    }
    const rows = new Map<string, KnownRow>();
    for (const row of db.prepare(`SELECT * FROM ${shape.table}`).all() as Row[]) {
      const key = keyOf(shape, row);
      const found = places.get(key);
      if (!found) throw new Error(`${file}: ${shape.table} ${key} was not found on any page`);
      rows.set(key, { row, places: found });
    }
    tables.set(shape.table, { key: shape.key, rows });
  }
  pages.close();
  db.close();
  return { file, bytes, tables };
}

export function keyOf({ key }: { readonly key: readonly string[] }, row: Row): string {
  return key.map((column) => String(row[column])).join(" ");
}

/** The rows of a table that every database has. */
export function rowsOf({ tables }: Truth, table: string): KnownRow[] {
  return [...tables.get(table)!.rows.values()];
}

/** Finds where a page lies: in the log if the log has it, else in the database. */
function readPlaces(file: string): (page: number) => Place {
  const latest = new Map<number, number>();
  if (existsSync(`${file}-wal`)) {
    const fd = openSync(`${file}-wal`, "r");
    for (const { page, at } of readLog(fd, PAGE).frames) latest.set(page, at);
    closeSync(fd);
  }
  return (page) => {
    const at = latest.get(page);
    return at === undefined
      ? { name: "main", from: (page - 1) * PAGE, to: page * PAGE }
      : { name: "log", from: at - 24, to: at + PAGE };
  };
}

/** Compares the files. @returns a function that tells whether places are unchanged. */
export function undamaged(before: Readonly<Files>, after: Readonly<Files>): IsWhole {
  const blocks = { main: changed(before.main, after.main), log: changed(before.log, after.log) };
  return (places) =>
    places.every(({ name, from, to }) => {
      for (let block = from >> 3; block <= (to - 1) >> 3; block++) if (blocks[name].has(block)) return false;
      return to <= (after[name]?.length ?? 0);
    });
}

/** The numbers of the blocks of eight bytes that differ. */
function changed(before: Buffer | null, after: Buffer | null): Set<number> {
  const blocks = new Set<number>();
  if (!before || !after) return blocks;
  const end = Math.min(before.length, after.length);
  for (let from = 0; from < end; from += PAGE) {
    const to = Math.min(end, from + PAGE);
    if (before.compare(after, from, to, from, to) === 0) continue;
    for (let i = from; i < to; i++) if (before[i] !== after[i]) blocks.add(i >> 3);
  }
  return blocks;
}
