import type { Database } from "better-sqlite3";
import { BelayError, didYouMean, show } from "../core/error.ts";
import type { Json } from "../core/trial.ts";
import type { StudyRow } from "../store/records.ts";
import { type Column, defaultColumns, findColumn, resolveColumn } from "./columns.ts";
import { type Format, formatObjects, formatTable } from "./format.ts";
import { requireStudy } from "./study.ts";
import { readTrials, type TrialJson } from "./trial.ts";
import { compileWhere } from "./where.ts";

/** Which trials are wanted, and in which order. */
export interface QueryOptions {
  readonly state?: readonly string[];
  readonly reason?: readonly string[];
  /** An expression: see `compileWhere`. */
  readonly where?: string;
  /**
   * `value`, `value:desc`, several with commas; trials without a value come last, and by a value those that break their
   * constraints after all that meet them. @default number
   */
  readonly sort?: string;
  readonly limit?: number;
  /** @default 0 */
  readonly offset?: number;
}

/**
 * The trials of a study, one by one.
 *
 * @throws BelayError `usage`: an unknown study, column, state or reason, a wrong expression; before the first trial.
 */
export function queryTrials(db: Database, name: string, options: QueryOptions = {}): Iterable<TrialJson> {
  return trialsOf(db, requireStudy(db, name), options);
}

/**
 * The lines that `query` prints.
 *
 * @param options - `columns`: names in order; without them json and ndjson print whole trials. `width`: of the
 *   terminal, for a table.
 */
export function queryLines(
  db: Database,
  name: string,
  options: QueryOptions & {
    readonly columns?: readonly string[];
    readonly format: Format;
    readonly width?: number;
  },
): Iterable<string> {
  const study = requireStudy(db, name);
  const { format, width } = options;
  const chosen = options.columns?.map((column) => resolveColumn(study, column, "--columns"));
  const trials = trialsOf(db, study, options);
  if (format === "json" || format === "ndjson") {
    return formatObjects<TrialJson | Record<string, Json>>(
      format,
      chosen ? map(trials, (trial) => pick(trial, chosen, options.columns!)) : trials,
    );
  }
  const columns = chosen ?? defaultColumns(study, isConstrained(db, study));
  const rows = map(trials, (trial) => columns.map((column) => column.read(trial)));
  return formatTable(format, { columns, rows }, width);
}

function trialsOf(db: Database, study: StudyRow, options: QueryOptions): Iterable<TrialJson> {
  const { select, bind, feasibleFirst } = compileQuery(study, options);
  // All ids first: they are few bytes each, and no statement stays open while the caller prints.
  const idsOf = (only: "feasible" | "all"): number[] =>
    db.prepare(select(only)).pluck().all(bind) as number[];
  // The best twenty: as long as enough are feasible, the index on values finds them without reading the rest.
  if (feasibleFirst && options.limit !== undefined) {
    const ids = idsOf("feasible");
    if (ids.length === options.limit) return readTrials(db, ids);
  }
  return readTrials(db, idsOf("all"));
}

/** Whether the trials of a study have constraints, as its first complete ones tell: a study file has them or has none. */
function isConstrained(db: Database, study: StudyRow): boolean {
  const first = "SELECT constraints FROM trials WHERE study_id = ? AND state = 'complete' LIMIT 20";
  return db.prepare(`SELECT 1 FROM (${first}) WHERE constraints IS NOT NULL`).get(study.id) !== undefined;
}

function compileQuery(
  study: StudyRow,
  options: QueryOptions,
): {
  select: (only: "feasible" | "all") => string;
  bind: (string | number | null)[];
  feasibleFirst: boolean;
} {
  const bind: (string | number | null)[] = [study.id];
  const conditions = ["t.study_id = ?"];
  for (const name of ["state", "reason"] as const) {
    if (!options[name]) continue;
    const words = [...new Set(options[name])];
    checkWords(findColumn(study, name)!, words);
    conditions.push(`t.${name} IN (${words.map(() => "?").join(", ")})`);
    bind.push(...words);
  }
  if (options.where !== undefined) {
    const where = compileWhere(study, options.where);
    conditions.push(where.sql);
    bind.push(...where.bind);
  }
  const order = compileSort(study, options.sort ?? "number");
  const text = [...conditions, order].join(" ");
  const memory = text.includes("m.")
    ? "LEFT JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final'"
    : "";
  bind.push(
    checkCount("--limit", options.limit ?? -1, options.limit === undefined),
    checkCount("--offset", options.offset ?? 0),
  );
  const where = conditions.join(" AND ");
  const feasibleFirst = order.startsWith(FEASIBLE_FIRST);
  const select = (only: "feasible" | "all"): string =>
    only === "all"
      ? `SELECT t.id FROM trials t ${memory} WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`
      : `SELECT t.id FROM trials t ${memory} WHERE ${where} AND t.violation = 0
         ORDER BY ${order.slice(FEASIBLE_FIRST.length)} LIMIT ? OFFSET ?`;
  return { select, bind, feasibleFirst };
}

const FEASIBLE_FIRST = "(t.violation > 0) NULLS LAST, ";

/** By a value feasible trials come first in either direction: a better value that breaks a constraint is not better. */
function compileSort(study: StudyRow, sort: string): string {
  const keys = new Map<string, string>();
  for (const part of sort.split(",")) {
    const [, name, direction] = /^\s*(.*?)\s*(?::\s*(asc|desc))?\s*$/i.exec(part)!;
    const { key, sql } = resolveColumn(study, name!, "--sort");
    if (/^values?(\.\d+)?$/.test(key)) keys.set("feasible", FEASIBLE_FIRST.slice(0, -2));
    if (!keys.has(sql))
      keys.set(sql, `${sql} ${direction?.toLowerCase() === "desc" ? "DESC" : "ASC"} NULLS LAST`);
  }
  return [...keys.values(), "t.number"].join(", ");
}

function checkWords(column: Column, words: readonly string[]): void {
  const wrong = words.find((word) => !column.words.includes(word));
  if (wrong === undefined) return;
  throw new BelayError(
    "usage",
    `--${column.key}: expected ${column.words.join(", ")}, got ${show(wrong)}${didYouMean(wrong, column.words)}`,
  );
}

function checkCount(option: string, count: number, absent = false): number {
  if (absent || (Number.isSafeInteger(count) && count >= 0)) return count;
  throw new BelayError("usage", `${option}: expected a whole number of 0 or more, got ${count}`);
}

function pick(trial: TrialJson, columns: readonly Column[], names: readonly string[]): Record<string, Json> {
  return Object.fromEntries(columns.map((column, i) => [names[i]!, column.read(trial)]));
}

function* map<T, U>(items: Iterable<T>, each: (item: T) => U): Generator<U> {
  for (const item of items) yield each(item);
}
