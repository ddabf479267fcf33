import { BelayError } from "../core/error.ts";
import type { Comparison, Filter, FilterValue, Side } from "../store/filter.ts";
import type { StudyRow } from "../store/records.ts";
import { type Column, findColumn, resolveColumn } from "./columns.ts";
import { boundAlone, boundBeside, checkComparable, incomparable } from "./compare.ts";
import { type Expression, type Operand, parseExpression } from "./expression.ts";

/** A side of a comparison, once it is known what it is. */
type Known = { readonly column: Column } | { readonly value: FilterValue };

/**
 * Parses a `--where` expression such as `value > 0.9 and (optimizer = "sgd" or memory.peak > 2GB)`; the grammar is that
 * of `parseExpression`. A comparison with something unknown does not hold, and its negation does.
 *
 * A bare name beside a column is a word of that column if it can hold it, else a column: `reason = error` asks for the
 * reason `error`, although a column is called so, too. In backquotes it is always a column, in quotes always a text.
 *
 * @throws BelayError `usage`: a wrong expression, an unknown column, with the nearest name, or kinds that cannot be
 *   compared.
 */
export function parseWhere(study: StudyRow, text: string): Filter {
  return resolve(study, parseExpression(text));
}

function resolve(study: StudyRow, expression: Expression): Filter {
  switch (expression.kind) {
    case "not":
      return { kind: "not", inner: resolve(study, expression.inner) };
    case "compare": {
      const { left, operator, right } = expression;
      return compare(sidesOf(study, left, right), operator);
    }
    case "in":
      return resolveIn(study, expression.left, expression.options);
    default: {
      const { kind, parts } = expression;
      return { kind, parts: parts.map((part) => resolve(study, part)) };
    }
  }
}

function compare([left, right]: readonly [Known, Known], operator: Comparison): Filter {
  const side = (one: Known, other: Known): Side =>
    "column" in one ? ordered(one.column, operator, other) : one;
  return { kind: "compare", operator, left: side(left, right), right: side(right, left) };
}

/** Of a column that holds numbers and texts only those are in an order with a value that are of its type. */
function ordered({ field, kind }: Column, operator: Comparison, other: Known): Side {
  if (kind !== "any" || operator === "=" || operator === "!=") return { field };
  const type = "value" in other ? typeof other.value : other.column.kind === "text" ? "string" : "number";
  return { field, only: type === "string" ? "texts" : "numbers" };
}

/** One list of all values, and a comparison for each that is none (a column, or null, which no list finds). */
function resolveIn(study: StudyRow, left: Operand, options: readonly Operand[]): Filter {
  const values: (string | number)[] = [];
  const parts: Filter[] = [];
  let column: Column | null = null;
  for (const option of options) {
    const sides = sidesOf(study, left, option);
    const [one, other] = sides;
    if ("column" in one && "value" in other && other.value !== null) {
      column = one.column;
      values.push(other.value);
    } else parts.push(compare(sides, "="));
  }
  if (column) parts.push({ kind: "in", field: column.field, values });
  return { kind: "or", parts };
}

/** What the sides of a comparison are. Where each name is a word of the other the right one is the word. */
function sidesOf(study: StudyRow, left: Operand, right: Operand): readonly [Known, Known] {
  const [a, b] = [columnOf(study, left), columnOf(study, right)];
  if (a && isWord(right, a)) return [{ column: a }, { value: right.name }];
  if (b && isWord(left, b)) return [{ value: left.name }, { column: b }];
  if (a && b) {
    checkComparable(a, b);
    return [{ column: a }, { column: b }];
  }
  if (a) return [{ column: a }, { value: boundOf(study, right, a) }];
  if (b) return [{ value: boundOf(study, left, b) }, { column: b }];
  const bounds = [boundOf(study, left, null), boundOf(study, right, null)] as const;
  if (bounds[0] !== null && bounds[1] !== null && typeof bounds[0] !== typeof bounds[1])
    throw new BelayError(
      "usage",
      "--where: expected values of one kind to be compared, got a number and a text",
    );
  return [{ value: bounds[0] }, { value: bounds[1] }];
}

function columnOf(study: StudyRow, operand: Operand): Column | null {
  return operand.kind === "name" ? findColumn(study, operand.name) : null;
}

function isWord(operand: Operand, column: Column): operand is Extract<Operand, { kind: "name" }> {
  return operand.kind === "name" && !operand.quoted && column.words.includes(operand.name);
}

function boundOf(study: StudyRow, operand: Operand, column: Column | null): FilterValue {
  if (operand.kind !== "name") return column ? boundBeside(operand, column) : boundAlone(operand);
  if (column && column.words.length > 0 && !operand.quoted)
    throw incomparable(column, JSON.stringify(operand.name));
  return resolveColumn(study, operand.name, "--where").key; // Throws: it is unknown.
}
