import { REASONS, TRIAL_STATES } from "../../core/trial.ts";
import type { FieldCell } from "../../store/filter.ts";
import type { StudyRow } from "../../store/records.ts";
import { type Column, NO_WORD } from "./column.ts";
import { FIXED } from "./column-heads.ts";

/** Writes a cell of a row. */
export type Writer = (row: number, cell: FieldCell) => void;
/** Sets a cell. */
export type Put = (column: Column, row: number, value: number) => void;

/** What writers need. */
interface Target {
  readonly columns: ReadonlyMap<string, Column>;
  readonly proposers: string[];
  readonly put: Put;
  readonly inexact: Set<string>;
}

/** What writes each cell of a row, in the order of `trialFields`. */
export function writersOf(
  { directions, space }: StudyRow,
  { columns, proposers, put, inexact }: Target,
): Writer[] {
  const column = (name: string): Column => columns.get(name)!;
  const numeric = (name: string): Writer => {
    const target = column(name);
    return (row, cell) => {
      if (typeof cell === "string") inexact.add(name);
      put(target, row, typeof cell === "number" ? cell : Number.NaN);
    };
  };
  const ofWords = (name: string, words: readonly FieldCell[]): Writer => {
    const target = column(name);
    const indexOf = new Map(words.map((word, i) => [word, i]));
    return (row, cell) => {
      const index = indexOf.get(cell);
      if (index === undefined && cell !== null) inexact.add(name);
      put(target, row, index ?? NO_WORD[target.type]);
    };
  };
  /** Texts of which nobody knows how many there are: further ones than 255 are not told apart. */
  const ofGrowingWords = (name: string, words: string[]): Writer => {
    const target = column(name);
    const indexOf = new Map<FieldCell, number>();
    return (row, cell) => {
      if (typeof cell === "string" && !indexOf.has(cell) && words.length < 255)
        indexOf.set(cell, words.push(cell) - 1);
      if (cell !== null && !indexOf.has(cell)) inexact.add(name);
      put(target, row, indexOf.get(cell) ?? NO_WORD.u1);
    };
  };
  const fixed = FIXED.map((name): Writer => {
    if (name === "state") return ofWords(name, TRIAL_STATES);
    if (name === "reason") return ofWords(name, REASONS);
    return name === "proposer" ? ofGrowingWords(name, proposers) : numeric(name);
  });
  const params = space.params.map(({ name, distribution, when }): Writer => {
    if (distribution.kind !== "categorical") return numeric(`param.${name}`);
    const { choices } = distribution;
    const cells = choices.map((choice) => (typeof choice === "boolean" ? Number(choice) : choice));
    const write = ofWords(`param.${name}`, cells);
    if (!choices.includes(null)) return write;
    // A param without a value may have the choice null; if it is inactive, it has none. Parents are written before.
    const parents = when.map(({ parent, values }) => ({
      cells: column(`param.${space.params[parent]!.name}`),
      values,
    }));
    const target = column(`param.${name}`);
    return (row, cell) => {
      const isActive = parents.every((parent) => parent.values.includes(parent.cells.cells[row]!));
      if (cell === null && !isActive) put(target, row, NO_WORD[target.type]);
      else write(row, cell);
    };
  });
  return [...fixed, ...directions.map((_, k) => numeric(`value.${k}`)), ...params];
}
