import { BelayError, didYouMean, show } from "../../core/error.ts";
import { type Filter, isSameField, type OrderKey, type Selection } from "../../store/filter.ts";
import type { StudyRow } from "../../store/records.ts";
import { type Column, findColumn, resolveSingle } from "./columns.ts";
import { parseWhere } from "./where.ts";

/** Which trials of a study a report is about. */
export interface TrialOptions {
  readonly state?: readonly string[];
  readonly reason?: readonly string[];
  /** An expression as `parseWhere` takes it. */
  readonly where?: string;
}

/** Which trials to read, and in which order. */
export interface QueryOptions extends TrialOptions {
  /**
   * Columns to sort by, such as `value` or `value:desc`, separated by commas. Trials that lack the column come last. By
   * a value, trials that violate their constraints come after those that meet them. @default number
   */
  readonly sort?: string;
  readonly limit?: number;
  /** @default 0 */
  readonly offset?: number;
}

/** A sort key as a person typed it, such as `value:desc`. */
interface TypedKey {
  readonly name: string;
  readonly descending: boolean;
}

/** The selection of a query. @throws BelayError `usage`: an unknown column, state or reason, or a wrong expression. */
export function selectionOf(study: StudyRow, options: QueryOptions): Selection {
  checkPart(options);
  return {
    ...filterOf(study, options),
    order: readSort(study, options.sort ?? "number"),
    ...(options.limit !== undefined && { limit: options.limit }),
    offset: options.offset ?? 0,
  };
}

/** The trials that a report is about. @throws BelayError `usage`: an unknown state or reason, or a wrong expression. */
export function filterOf(study: StudyRow, options: TrialOptions): Pick<Selection, "filter"> {
  const parts: Filter[] = [];
  for (const name of ["state", "reason"] as const) {
    if (!options[name]) continue;
    const column = findColumn(study, name)!;
    const values = [...new Set(options[name])];
    checkWords(column, values);
    parts.push({ kind: "in", field: column.field, values });
  }
  if (options.where !== undefined) parts.push(parseWhere(study, options.where));
  return parts.length > 0 ? { filter: { kind: "and", parts } } : {};
}

/** Checks `--limit` and `--offset`. @throws BelayError `usage`. */
export function checkPart({ limit, offset }: Pick<QueryOptions, "limit" | "offset">): void {
  checkCount("--limit", limit);
  checkCount("--offset", offset);
}

/** The keys of `--sort`. */
export function sortKeys(sort: string): TypedKey[] {
  return sort.split(",").map((part) => {
    const [, name, direction] = /^\s*(.*?)\s*(?::\s*(asc|desc))?\s*$/i.exec(part)!;
    return { name: name!, descending: direction?.toLowerCase() === "desc" };
  });
}

/** Reads `--sort`. A sort by a value puts feasible trials first in either direction, as `best` does. */
function readSort(study: StudyRow, sort: string): OrderKey[] {
  const order: OrderKey[] = [];
  for (const { name, descending } of sortKeys(sort)) {
    const { key, field } = resolveSingle(study, name, "--sort");
    if (/^values?(\.\d+)?$/.test(key)) order.push({ field: { name: "feasible" }, descending: true });
    order.push({ field, descending });
  }
  // A repeated key counts only where it first occurs.
  return order.filter((key, i) => order.findIndex(({ field }) => isSameField(field, key.field)) === i);
}

function checkWords(column: Column, words: readonly string[]): void {
  const wrong = words.find((word) => !column.words.includes(word));
  if (wrong === undefined) return;
  throw new BelayError(
    "usage",
    `--${column.key}: expected ${column.words.join(", ")}, got ${show(wrong)}${didYouMean(wrong, column.words)}`,
  );
}

function checkCount(option: string, count: number | undefined): void {
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return;
  throw new BelayError("usage", `${option}: expected a whole number of 0 or more, got ${count}`);
}
