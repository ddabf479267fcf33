import type { Cell } from "./format.ts";

/**
 * Makes a function that turns a row into an object by column name, for `sql --json`; a repeated name becomes `name_2`.
 */
export function toObjects(columns: readonly string[]): (row: readonly Cell[]) => Record<string, Cell> {
  const names = distinct(columns);
  return (row) => Object.fromEntries(names.map((name, i) => [name, row[i]!]));
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let i = 2; taken.has(free) || (free !== name && names.includes(free)); i++) free = `${name}_${i}`;
    taken.add(free);
    return free;
  });
}
