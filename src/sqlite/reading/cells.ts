import type { Database } from "better-sqlite3";
import type { Field, FieldCell, Selection } from "../../store/filter.ts";
import {
  checkedColumns,
  countedColumns,
  fitsAt,
  fitsHistoryAt,
  historyColumns,
  ofHistory,
} from "../checksum/checksum.ts";
import { damagedRowAt } from "../checksum/intact.ts";
import { selectIds } from "./trials.ts";
import { fieldSql } from "./where.ts";

const PAGE = 2_000;

/** A row of the statement below: the checked columns of the trial, those of its memory if it is read, then the rest. */
type Raw = readonly (FieldCell | undefined)[];

/** Where the cell of a field is: at an index of the raw row, or in the params. */
type Place = { readonly at: number } | { readonly param: string };

/**
 * Reads fields of the selected trials, a page at a time. Columns that are read for their checksum are not read again, and
 * params are parsed once for all fields, because this is what most of the time goes into. A CROSS JOIN keeps the order of
 * the ids: SQLite never changes its outer loop, and need not sort the wide rows.
 *
 * @throws DamagedRow if a row does not fit its checksum.
 */
export function* readCells(
  db: Database,
  studyId: number,
  fields: readonly Field[],
  selection: Selection,
): Generator<FieldCell[][]> {
  const plan = planOf(fields);
  const rows = db
    .prepare<[string], Raw>(
      `SELECT ${plan.columns.join(", ")} FROM json_each(?) AS wanted
       CROSS JOIN trials t ON t.id = wanted.value ${plan.join}`,
    )
    .raw();
  const ids = selectIds(db, studyId, selection);
  for (let start = 0; start < ids.length; start += PAGE) {
    const page = rows.all(JSON.stringify(ids.slice(start, start + PAGE)));
    for (const row of page) checkRow(db, row, plan);
    yield page.map((row) => cellsOf(row, plan));
  }
}

type Plan = ReturnType<typeof planOf>;

/** What to select, and where to find each field in it. */
function planOf(fields: readonly Field[]) {
  const sqls = fields.map(fieldSql);
  const columnOf = (sql: string, table: string): string | null =>
    sql.startsWith(`${table}.`) ? sql.slice(table.length + 1) : null;
  const isParam = (field: Field): boolean => "key" in field && field.name === "params";
  const isOfHistory = (sql: string): boolean => ofHistory("trials").includes(columnOf(sql, "t") ?? "");
  const isOfMemory = (sql: string): boolean => columnOf(sql, "m") !== null;
  const historyIsEnough = fields.every(
    (field, i) => isParam(field) || isOfHistory(sqls[i]!) || isOfMemory(sqls[i]!),
  );
  const trial = historyIsEnough ? ofHistory("trials") : countedColumns("trials");
  const readsMemory = sqls.some(isOfMemory);
  const memoryAt = readsMemory ? trial.length + 1 : null;
  const columns = [
    historyIsEnough ? historyColumns("trials", "t") : checkedColumns("trials", "t"),
    ...(readsMemory ? [checkedColumns("memory_log", "m")] : []),
  ];
  let next = trial.length + 1 + (readsMemory ? countedColumns("memory_log").length + 1 : 0);
  const places = fields.map((field, i): Place => {
    if (isParam(field)) return { param: (field as { readonly key: string }).key };
    const [ofTrial, ofMemory] = [columnOf(sqls[i]!, "t"), columnOf(sqls[i]!, "m")];
    if (ofTrial !== null) return { at: trial.indexOf(ofTrial) };
    if (ofMemory !== null) return { at: memoryAt! + countedColumns("memory_log").indexOf(ofMemory) };
    columns.push(sqls[i]!);
    return { at: next++ };
  });
  return {
    columns,
    join: readsMemory ? "LEFT JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final'" : "",
    historyIsEnough,
    memoryAt,
    paramsAt: places.some((place) => "param" in place) ? trial.indexOf("params") : null,
    places,
  };
}

function checkRow(db: Database, row: Raw, { historyIsEnough, memoryAt }: Plan): void {
  const fits = historyIsEnough ? fitsHistoryAt : fitsAt;
  if (!fits("trials", row, 0)) throw damagedRowAt(db, "trials", row);
  // Without a final reading all columns are null, the trial's id first.
  if (memoryAt !== null && row[memoryAt] !== null && !fitsAt("memory_log", row, memoryAt))
    throw damagedRowAt(db, "memory_log", row.slice(memoryAt));
}

function cellsOf(row: Raw, { paramsAt, places }: Plan): FieldCell[] {
  const params: Record<string, unknown> = paramsAt === null ? {} : JSON.parse(String(row[paramsAt]));
  return places.map((place) => ("at" in place ? row[place.at]! : toCell(params[place.param])));
}

/** The value of a param as SQLite's JSON functions return it, by which filters compare it. */
function toCell(value: unknown): FieldCell {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  return typeof value === "boolean" ? Number(value) : JSON.stringify(value);
}
