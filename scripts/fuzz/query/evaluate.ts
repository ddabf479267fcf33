// What an expression, a sort or columns mean for the trials that `belay query --json` prints.
import { type Cell, type Column, compareTexts, type Row } from "./columns.ts";
import type { Side, Tree } from "./expression.ts";

/** Whether an expression holds for a trial. */
export function holds(tree: Tree, row: Row): boolean {
  switch (tree.kind) {
    case "and":
      return tree.parts.every((part) => holds(part, row));
    case "or":
      return tree.parts.some((part) => holds(part, row));
    case "not":
      return !holds(tree.inner, row);
    case "in":
      return tree.options.some((option) => cellOf(tree.left, row) === cellOf(option, row));
    default:
      return compares(tree.operator, cellOf(tree.left, row), cellOf(tree.right, row));
  }
}

const cellOf = (side: Side, row: Row): Cell => ("column" in side ? side.column.cell(row) : side.value);

/** null equals null and nothing else; by order it is comparable to nothing, and so are a text and a number. */
function compares(operator: Extract<Tree, { kind: "compare" }>["operator"], a: Cell, b: Cell): boolean {
  if (operator === "=" || operator === "==" || operator === "is") return a === b;
  if (operator === "!=" || operator === "<>" || operator === "is not") return a !== b;
  if (a === null || b === null || typeof a !== typeof b) return false;
  const order = compareCells(a, b);
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

/** Numbers come before texts. */
export function compareCells(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  return typeof a === "number" ? -1 : 1;
}

/** A key of `--sort`. */
export interface SortKey {
  readonly column: Column;
  readonly descending: boolean;
}

/** Sorts trials: those that lack a column come last, and by a value those that break their constraints after the others. */
export function sorted(rows: readonly Row[], keys: readonly SortKey[]): Row[] {
  const all = keys.flatMap(({ column, descending }) => {
    const key = { cell: column.cell, descending };
    const isValue = /^values?(\.\d+)?$/.test(column.names[0]!);
    return isValue
      ? [{ cell: (row: Row) => (row.feasible === null ? null : Number(row.feasible)), descending: true }, key]
      : [key];
  });
  return [...rows].sort((x, y) => {
    for (const { cell, descending } of all) {
      const [a, b] = [cell(x), cell(y)];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      const order = compareCells(a, b);
      if (order !== 0) return descending ? -order : order;
    }
    return x.number - y.number;
  });
}
