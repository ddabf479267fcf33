import type { Comparison, FieldCell, Filter, Side } from "../../store/filter.ts";
import type { StudyColumns } from "./columns.ts";
import { type CellOf, cellsOf } from "./field-cells.ts";

/** Whether a filter selects a row. */
export type Predicate = (row: number) => boolean;

/**
 * Compiles a filter to a test of rows in memory, which selects what a database selects.
 *
 * @returns null: it asks for a field that the columns do not have.
 */
export function predicateOf(study: StudyColumns, filter: Filter): Predicate | null {
  switch (filter.kind) {
    case "not": {
      const inner = predicateOf(study, filter.inner);
      return inner && ((row) => !inner(row));
    }
    case "compare": {
      const [left, right] = [sideOf(study, filter.left), sideOf(study, filter.right)];
      if (!left || !right) return null;
      const holds = HOLDS[filter.operator];
      return (row) => holds(left(row), right(row));
    }
    case "in": {
      const cells = cellsOf(study, filter.field);
      const values = new Set<FieldCell>(filter.values);
      return cells && ((row) => values.has(cells(row)));
    }
    default: {
      const parts: Predicate[] = [];
      for (const part of filter.parts) {
        const test = predicateOf(study, part);
        if (!test) return null;
        parts.push(test);
      }
      return filter.kind === "and"
        ? (row) => parts.every((test) => test(row))
        : (row) => parts.some((test) => test(row));
    }
  }
}

function sideOf(study: StudyColumns, side: Side): CellOf | null {
  if ("value" in side) return () => side.value;
  const cells = cellsOf(study, side.field);
  if (!cells || side.only === undefined) return cells;
  const wantsText = side.only === "texts";
  return (row) => {
    const cell = cells(row);
    return (typeof cell === "string") === wantsText ? cell : null;
  };
}

const HOLDS: Readonly<Record<Comparison, (a: FieldCell, b: FieldCell) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a !== null && b !== null && compareCells(a, b) < 0,
  "<=": (a, b) => a !== null && b !== null && compareCells(a, b) <= 0,
  ">": (a, b) => a !== null && b !== null && compareCells(a, b) > 0,
  ">=": (a, b) => a !== null && b !== null && compareCells(a, b) >= 0,
};

/** Compares cells as SQLite does: numbers come before texts, and texts go by the numbers of their characters. */
export function compareCells(a: string | number, b: string | number): number {
  if (typeof a === "number") return typeof b === "number" ? Math.sign(a - b) : -1;
  return typeof b === "number" ? 1 : compareTexts(a, b);
}

/** JavaScript compares halves of characters beyond 65,535, which come before others that are less. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  for (let i = 0; i < a.length && i < b.length; ) {
    const [x, y] = [a.codePointAt(i)!, b.codePointAt(i)!];
    if (x !== y) return x < y ? -1 : 1;
    i += x > 0xffff ? 2 : 1;
  }
  return a.length < b.length ? -1 : 1;
}
