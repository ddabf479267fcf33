import type { Choice } from "../core/space/distribution.ts";
import type { Space } from "../core/space/space.ts";
import type { Field, FieldCell } from "../store/filter.ts";

/** The fields of all params of a space. */
export function paramFields(space: Space): Field[] {
  return space.params.map(({ name }) => ({ name: "params", key: name }));
}

/**
 * The values of all params of a space as the numbers of rows: a column for each param, in which NaN stands for a trial in
 * which it is inactive, or has a value that is not of the space.
 *
 * @param cells - The cells of each param, in the order of `paramFields`.
 */
export function paramColumns(space: Space, cells: readonly (readonly FieldCell[])[]): Float64Array[] {
  const columns: Float64Array[] = [];
  space.params.forEach(({ distribution, when }, i) => {
    if (distribution.kind !== "categorical") {
      const own = cells[i]!;
      const numbers = new Float64Array(own.length);
      for (let trial = 0; trial < numbers.length; trial++) {
        const cell = own[trial]!;
        numbers[trial] = typeof cell === "number" ? cell : Number.NaN;
      }
      columns.push(numbers);
      return;
    }
    const indexOf = new Map(distribution.choices.map((choice, index) => [cellOf(choice), index]));
    // A param without a value may have the choice null; if it is inactive, it has none.
    const isActive = (trial: number): boolean =>
      when.every(({ parent, values }) => values.includes(columns[parent]![trial]!));
    columns.push(
      Float64Array.from(cells[i]!, (cell, trial) =>
        cell === null && !isActive(trial) ? Number.NaN : (indexOf.get(cell) ?? Number.NaN),
      ),
    );
  });
  return columns;
}

/** A choice as `Reader.cells` returns it. */
function cellOf(choice: Choice): FieldCell {
  return typeof choice === "boolean" ? Number(choice) : choice;
}
