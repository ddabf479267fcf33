import { BelayError } from "../core/error.ts";
import type { StudyRow } from "../store/records.ts";
import { type Column, findColumn, resolveColumn } from "./columns.ts";
import { type Bound, boundAlone, boundBeside, checkComparable, incomparable } from "./compare.ts";
import { type Comparison, type Expression, type Operand, parseExpression } from "./expression.ts";

/** A condition for SQL: text over known columns only, every value bound. */
export interface Condition {
  readonly sql: string;
  readonly bind: readonly Bound[];
}

/** SQLite takes some thousands more, and a statement of a million bytes. */
const MAX_VALUES = 30_000;
const MAX_LENGTH = 950_000;

/** A side of a comparison, once it is known what it is. */
type Side = { readonly column: Column } | { readonly bound: Bound };

/**
 * Compiles a `--where` expression such as `value > 0.9 and (optimizer = "sgd" or memory.peak > 2GB)`; the grammar is
 * that of `parseExpression`. A comparison with something unknown does not hold, and its negation does.
 *
 * A bare name beside a column is a word of that column if it can hold it, else a column: `reason = error` asks for the
 * reason `error`, although a column is called so, too. In backquotes it is always a column, in quotes always a text.
 *
 * @throws BelayError `usage`: a wrong expression, an unknown column, with the nearest name, or kinds that cannot be
 *   compared.
 */
export function compileWhere(study: StudyRow, text: string): Condition {
  const bind: Bound[] = [];
  const sql = compile(study, parseExpression(text), bind);
  if (bind.length > MAX_VALUES)
    throw new BelayError("usage", `--where: expected at most ${MAX_VALUES} values, got ${bind.length}`);
  if (sql.length > MAX_LENGTH)
    throw new BelayError(
      "usage",
      "--where: expected a shorter expression, got more comparisons than SQLite takes",
    );
  return { sql, bind };
}

function compile(study: StudyRow, expression: Expression, bind: Bound[]): string {
  switch (expression.kind) {
    case "not":
      return `NOT coalesce(${compile(study, expression.inner, bind)}, 0)`;
    case "compare": {
      const { left, operator, right } = expression;
      return compare(sidesOf(study, left, right), operator, bind);
    }
    case "in":
      return compileIn(study, expression.left, expression.options, bind);
    default: {
      const parts = expression.parts.map((part) => compile(study, part, bind));
      return balanced(parts, expression.kind === "and" ? "AND" : "OR");
    }
  }
}

/** As a tree and not as a chain: SQLite takes a thousand levels, and scripts make longer lists than that. */
function balanced(parts: readonly string[], word: "AND" | "OR"): string {
  if (parts.length === 1) return parts[0]!;
  const middle = parts.length >> 1;
  return `(${balanced(parts.slice(0, middle), word)} ${word} ${balanced(parts.slice(middle), word)})`;
}

/** SQLite's IS and IS NOT: a trial without a reason is one whose reason is not "pruner". */
function compare([left, right]: readonly [Side, Side], operator: Comparison, bind: Bound[]): string {
  const side = (one: Side, other: Side): string => {
    if ("column" in one) return ordered(one.column, operator, other);
    bind.push(one.bound);
    return "?";
  };
  return `${side(left, right)} ${operator} ${side(right, left)}`;
}

/** Of a column that holds numbers and texts only those are in an order with a value that are of its type. */
function ordered({ sql, kind }: Column, operator: Comparison, other: Side): string {
  if (kind !== "any" || operator.startsWith("IS")) return sql;
  const type = "bound" in other ? typeof other.bound : other.column.kind === "text" ? "string" : "number";
  return type === "string"
    ? `CASE WHEN typeof(${sql}) = 'text' THEN ${sql} END`
    : `CASE WHEN typeof(${sql}) <> 'text' THEN ${sql} END`;
}

/** One IN for all values, and a comparison for each that is none (a column, or null, which IN never finds). */
function compileIn(study: StudyRow, left: Operand, options: readonly Operand[], bind: Bound[]): string {
  const values: Bound[] = [];
  const parts: string[] = [];
  let column: Column | null = null;
  for (const option of options) {
    const sides = sidesOf(study, left, option);
    const [one, other] = sides;
    if ("column" in one && "bound" in other && other.bound !== null) {
      column = one.column;
      values.push(other.bound);
    } else parts.push(compare(sides, "IS", bind));
  }
  if (column) {
    parts.push(`${column.sql} IN (${values.map(() => "?").join(",")})`);
    bind.push(...values);
  }
  return balanced(parts, "OR");
}

/** What the sides of a comparison are. Where each name is a word of the other the right one is the word. */
function sidesOf(study: StudyRow, left: Operand, right: Operand): readonly [Side, Side] {
  const [a, b] = [columnOf(study, left), columnOf(study, right)];
  if (a && isWord(right, a)) return [{ column: a }, { bound: right.name }];
  if (b && isWord(left, b)) return [{ bound: left.name }, { column: b }];
  if (a && b) {
    checkComparable(a, b);
    return [{ column: a }, { column: b }];
  }
  if (a) return [{ column: a }, { bound: boundOf(study, right, a) }];
  if (b) return [{ bound: boundOf(study, left, b) }, { column: b }];
  const bounds = [boundOf(study, left, null), boundOf(study, right, null)] as const;
  if (bounds[0] !== null && bounds[1] !== null && typeof bounds[0] !== typeof bounds[1])
    throw new BelayError(
      "usage",
      "--where: expected values of one kind to be compared, got a number and a text",
    );
  return [{ bound: bounds[0] }, { bound: bounds[1] }];
}

function columnOf(study: StudyRow, operand: Operand): Column | null {
  return operand.kind === "name" ? findColumn(study, operand.name) : null;
}

function isWord(operand: Operand, column: Column): operand is Extract<Operand, { kind: "name" }> {
  return operand.kind === "name" && !operand.quoted && column.words.includes(operand.name);
}

function boundOf(study: StudyRow, operand: Operand, column: Column | null): Bound {
  if (operand.kind !== "name") return column ? boundBeside(operand, column) : boundAlone(operand);
  if (column && column.words.length > 0 && !operand.quoted)
    throw incomparable(column, JSON.stringify(operand.name));
  return resolveColumn(study, operand.name, "--where").key; // Throws: it is unknown.
}
