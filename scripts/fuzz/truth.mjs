// What a database holds before it is damaged, and on which bytes each row lies.
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { contentOf, readLayout } from "../../dist/sqlite/damage/layout.js";
import { readLog } from "../../dist/sqlite/damage/log.js";
import { openPages } from "../../dist/sqlite/damage/pages.js";
import { readShapes } from "../../dist/sqlite/damage/shapes.js";
import { openDatabase } from "../../dist/sqlite/database.js";

const PAGE = 4096;

/** @returns {{ file, bytes: { main, log }, tables: Map<string, Map<string, { row, places }>> }} */
export function readTruth(file) {
  const bytes = {
    main: readFileSync(file),
    log: existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : null,
  };
  const places = placesOf(file);
  const db = openDatabase(file, { readonly: true });
  const tables = new Map();
  const pages = openPages(file);
  const roots = new Map(
    db.prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0").raw().all(),
  );
  const { owners } = readLayout(pages, roots);
  for (const shape of readShapes(db)) {
    const rows = new Map();
    for (const row of db.prepare(`SELECT * FROM ${shape.table}`).all())
      rows.set(keyOf(shape, row), { row, places: null });
    for (const [page, owner] of owners) {
      if (owner !== shape.table) continue;
      const touched = new Set([page]);
      const read = (next) => {
        touched.add(next);
        return pages.read(next);
      };
      const content = contentOf({ ...pages, read }, page);
      const spots = [...touched].map((each) => places(each));
      for (const raw of content.rows) {
        const row = shape.read(raw, content.isTable);
        if (row) rows.get(keyOf(shape, row)).places = spots;
      }
    }
    for (const [key, { places: found }] of rows)
      if (!found) throw new Error(`${file}: ${shape.table} ${key} was not found on any page`);
    tables.set(shape.table, { key: shape.key, rows });
  }
  pages.close();
  db.close();
  return { file, bytes, tables };
}

export function keyOf({ key }, row) {
  return key.map((column) => row[column]).join(" ");
}

/** Where a page lies: in the log when that has it. */
function placesOf(file) {
  const latest = new Map();
  if (existsSync(`${file}-wal`)) {
    const fd = openSync(`${file}-wal`, "r");
    for (const { page, at } of readLog(fd, PAGE).frames) latest.set(page, at);
    closeSync(fd);
  }
  return (page) =>
    latest.has(page)
      ? { name: "log", from: latest.get(page) - 24, to: latest.get(page) + PAGE }
      : { name: "main", from: (page - 1) * PAGE, to: page * PAGE };
}

/** @returns a function that tells whether all of some places are as they were. */
export function undamaged(before, after) {
  const blocks = { main: changed(before.main, after.main), log: changed(before.log, after.log) };
  return (places) =>
    places.every(({ name, from, to }) => {
      for (let block = from >> 3; block <= (to - 1) >> 3; block++) if (blocks[name].has(block)) return false;
      return to <= (after[name]?.length ?? 0);
    });
}

/** The blocks of eight bytes that differ. */
function changed(before, after) {
  const blocks = new Set();
  if (!before || !after) return blocks;
  const end = Math.min(before.length, after.length);
  for (let from = 0; from < end; from += PAGE) {
    const to = Math.min(end, from + PAGE);
    if (before.compare(after, from, to, from, to) === 0) continue;
    for (let i = from; i < to; i++) if (before[i] !== after[i]) blocks.add(i >> 3);
  }
  return blocks;
}
