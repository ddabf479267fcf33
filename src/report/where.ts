import { BelayError, show } from "../core/error.ts";
import type { StudyRow } from "../store/rows.ts";
import { type Column, findColumn, resolveColumn } from "./columns.ts";
import { type Expression, type Operand, parseExpression } from "./expression.ts";

/** A condition for SQL: text over known columns only, every value bound. */
export interface Condition {
  readonly sql: string;
  readonly bind: readonly (string | number | null)[];
}

/**
 * Compiles a `--where` expression such as `value > 0.9 and (optimizer = "sgd" or memory.peak > 2GB)`; the grammar is
 * that of `parseExpression`. A comparison with something unknown does not hold, and its negation does.
 *
 * @throws BelayError `usage`: a wrong expression, or an unknown column, with the nearest name.
 */
export function compileWhere(study: StudyRow, text: string): Condition {
  const bind: (string | number | null)[] = [];
  const compile = (expression: Expression): string => {
    if (expression.kind === "not") return `NOT coalesce(${compile(expression.inner)}, 0)`;
    if (expression.kind !== "compare") {
      return `(${expression.parts.map(compile).join(expression.kind === "and" ? " AND " : " OR ")})`;
    }
    const { left, operator, right } = expression;
    // SQLite's IS and IS NOT: a trial without a reason is one whose reason is not "pruner".
    return `${side(left, right)} ${operator} ${side(right, left)}`;
  };
  const side = (operand: Operand, other: Operand): string => {
    const column = columnOf(study, operand);
    if (column) return column.sql;
    bind.push(toBound(study, operand, columnOf(study, other)));
    return "?";
  };
  const sql = compile(parseExpression(text));
  return { sql, bind };
}

function columnOf(study: StudyRow, operand: Operand): Column | null {
  return operand.kind === "name" ? findColumn(study, operand.name) : null;
}

/** The value to compare `column` with: what is no column is a value, or a word that the column can hold. */
function toBound(study: StudyRow, operand: Operand, column: Column | null): string | number | null {
  if (operand.kind === "value") return toColumnValue(operand.value, column);
  const { name } = operand;
  if (column?.words.includes(name)) return name;
  if (!column || column.words.length === 0) return resolveColumn(study, name, "--where").key; // Throws: it is unknown.
  const words = column.words.join(", ");
  throw new BelayError(
    "usage",
    `--where: expected ${column.key} to be compared with ${words}, got ${show(name)}`,
  );
}

/** Times are stored as milliseconds; people write "2026-01-31". */
function toColumnValue(value: string | number | null, column: Column | null): string | number | null {
  if (column?.kind !== "time" || typeof value !== "string") return value;
  const atMs = Date.parse(value);
  if (!Number.isNaN(atMs)) return atMs;
  const what = `expected ${column.key} to be compared with a date such as "2026-01-31"`;
  throw new BelayError("usage", `--where: ${what}, got ${show(value)}`);
}
