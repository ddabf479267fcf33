import { BelayError } from "../../core/error.ts";
import type { Comparison, Filter, FilterValue, Side } from "../../store/filter.ts";
import type { StudyRow } from "../../store/records.ts";
import { type Column, checkSingle, findColumn, resolveColumn } from "./columns.ts";
import { checkComparable, incomparable, valueAlone, valueForColumn } from "./compare.ts";
import { type Expression, type Operand, parseExpression } from "./expression.ts";

/** A side of a comparison after names have been resolved. */
type ResolvedSide = { readonly column: Column } | { readonly value: FilterValue };

/**
 * Parses a `--where` expression such as `value > 0.9 and (optimizer = "sgd" or memory.peak > 2GB)`; `parseExpression`
 * has the grammar. A comparison with an unknown value is false, and its negation is true.
 *
 * A bare name that is compared with a column means a word of that column if the column can hold it, else another
 * column: `reason = error` asks for the reason `error`, although there is a column of that name. A name in backquotes
 * is always a column, a text in quotes never.
 *
 * @throws BelayError `usage`: a syntax error, an unknown column (the message suggests the nearest name), or kinds that
 *   cannot be compared.
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
    case "truth": {
      const column = columnOf(study, expression.left);
      if (column?.kind !== "truth") throw expression.refusal;
      return compare([{ column }, { value: 1 }], "=");
    }
    case "in":
      return resolveIn(study, expression.left, expression.options);
    default: {
      const { kind, parts } = expression;
      return { kind, parts: parts.map((part) => resolve(study, part)) };
    }
  }
}

function compare([left, right]: readonly [ResolvedSide, ResolvedSide], operator: Comparison): Filter {
  const isOrder = operator !== "=" && operator !== "!=";
  const types = isOrder ? typesOf(left).filter((type) => typesOf(right).includes(type)) : [null];
  const side = (one: ResolvedSide, only: "texts" | "numbers" | null): Side => {
    if (!("column" in one)) return one;
    const { field, kind } = one.column;
    return kind === "any" && only !== null ? { field, only } : { field };
  };
  // By `<` and the like, only values of one type are compared.
  const parts = types.map(
    (only): Filter => ({ kind: "compare", operator, left: side(left, only), right: side(right, only) }),
  );
  return parts.length === 1 ? parts[0]! : { kind: "or", parts };
}

/** Which values a side can have; null can be either. */
function typesOf(side: ResolvedSide): readonly ("texts" | "numbers")[] {
  const kind = "column" in side ? side.column.kind : side.value === null ? "any" : typeof side.value;
  if (kind === "any") return ["numbers", "texts"];
  return kind === "text" || kind === "string" ? ["texts"] : ["numbers"];
}

/**
 * One `in` filter for all values, and a comparison for each option that is a column or null, which `in` cannot match.
 */
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

/** Resolves the sides of a comparison. If each name is a word of the other's column, the right one is the word. */
function sidesOf(study: StudyRow, left: Operand, right: Operand): readonly [ResolvedSide, ResolvedSide] {
  const [a, b] = [columnOf(study, left), columnOf(study, right)];
  if (a && isWord(right, a)) return [{ column: a }, { value: right.name }];
  if (b && isWord(left, b)) return [{ value: left.name }, { column: b }];
  if (a && b) {
    checkComparable(a, b);
    return [{ column: a }, { column: b }];
  }
  if (a) return [{ column: a }, { value: operandValue(study, right, a) }];
  if (b) return [{ value: operandValue(study, left, b) }, { column: b }];
  const values = [operandValue(study, left, null), operandValue(study, right, null)] as const;
  if (values[0] !== null && values[1] !== null && typeof values[0] !== typeof values[1])
    throw new BelayError(
      "usage",
      "--where: expected values of one kind to be compared, got a number and a text",
    );
  return [{ value: values[0] }, { value: values[1] }];
}

function columnOf(study: StudyRow, operand: Operand): Column | null {
  const column = operand.kind === "name" ? findColumn(study, operand.name) : null;
  return column && checkSingle(column, "--where");
}

function isWord(operand: Operand, column: Column): operand is Extract<Operand, { kind: "name" }> {
  return operand.kind === "name" && !operand.quoted && column.words.includes(operand.name);
}

function operandValue(study: StudyRow, operand: Operand, column: Column | null): FilterValue {
  if (operand.kind !== "name") return column ? valueForColumn(operand, column) : valueAlone(operand);
  if (column && column.words.length > 0 && !operand.quoted)
    throw incomparable(column, JSON.stringify(operand.name));
  return resolveColumn(study, operand.name, "--where").key; // throws, because there is no such column
}
