import type { Field, FieldCell } from "../../store/filter.ts";
import type { Column } from "./column.ts";
import type { StudyColumns } from "./columns.ts";

/** The cell of a field in a row, as `Reader.cells` returns it. */
export type CellOf = (row: number) => FieldCell;

/** The columns of the fields that have one of their own. */
const COLUMNS: Readonly<Record<string, string>> = {
  number: "number",
  state: "state",
  reason: "reason",
  proposer: "proposer",
  value: "value.0",
  estimate: "estimate",
  violation: "violation",
  attempts: "attempts",
  startedAtMs: "startedAtMs",
  finishedAtMs: "finishedAtMs",
  durationMs: "durationMs",
  splitCount: "splits",
  invalid: "invalid",
  "memory.baselineBytes": "baselineBytes",
  "memory.peakBytes": "peakBytes",
  "memory.rssBytes": "finalBytes",
};

/**
 * Finds a field in the columns of a study.
 *
 * @returns null: no column has it, or not exactly as the database has it.
 */
export function cellsOf(study: StudyColumns, field: Field): CellOf | null {
  if (!("key" in field) && !("index" in field) && field.name === "feasible") {
    const { cells } = study.columns.get("violation")!;
    return (row) => (Number.isNaN(cells[row]!) ? null : Number(cells[row] === 0));
  }
  const name = nameOf(field);
  const column = name === null ? undefined : study.columns.get(name);
  if (!column || study.inexact.has(column.name)) return null;
  if (column.name === "splits" && !study.hasSplits) return null;
  return column.words ? wordsOf(study, column) : numbersOf(column);
}

function nameOf(field: Field): string | null {
  if ("key" in field) return field.name === "params" ? `param.${field.key}` : null;
  if ("index" in field) return field.name === "values" ? `value.${field.index}` : null;
  return Object.hasOwn(COLUMNS, field.name) ? COLUMNS[field.name]! : null;
}

function numbersOf({ cells }: Column): CellOf {
  return (row) => {
    const cell = cells[row]!;
    return Number.isNaN(cell) ? null : cell;
  };
}

/** The words of a param are its choices as JSON; truths are compared as 1 and 0. */
function wordsOf({ study }: StudyColumns, { name, words, cells }: Column): CellOf {
  const param = study.space.params.find((each) => `param.${each.name}` === name)?.distribution;
  const values: readonly FieldCell[] =
    param?.kind === "categorical"
      ? param.choices.map((choice) => (typeof choice === "boolean" ? Number(choice) : choice))
      : words!;
  return (row) => values[cells[row]!] ?? null;
}
