import { setImmediate as nextTurn } from "node:timers/promises";
import type { TrialState } from "../../core/trial.ts";
import type { Filter } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { newStudyColumns, type StudyColumns, trialFields } from "./columns.ts";

const NO_SPLITS: ReadonlyMap<number, number> = new Map();

/** Reads all trials of a study into columns, with a pause after each page in which the thread can do something else. */
export async function readColumns(reader: Reader, study: StudyRow): Promise<StudyColumns> {
  return reader.snapshot(async (now) => {
    const columns = newStudyColumns(study);
    const splits = new Map<number, ReadonlyMap<number, number>>();
    if (study.splitCount > 1)
      for await (const page of now.history(study)) {
        for (const { number, steps } of page)
          splits.set(number, new Map(steps.map(({ step, value }) => [step, value])));
        await nextTurn();
      }
    const valueAt = trialFields(study).findIndex(({ name }) => name === "values");
    const only = (value: unknown) => (typeof value === "number" ? new Map([[0, value]]) : NO_SPLITS);
    for await (const page of now.cells(study, trialFields(study))) {
      for (const cells of page)
        columns.write(
          cells,
          study.splitCount > 1 ? (splits.get(Number(cells[0])) ?? NO_SPLITS) : only(cells[valueAt]),
        );
      await nextTurn();
    }
    columns.commit();
    await readRows(now, columns, unfinished);
    columns.commit();
    return columns;
  });
}

const unfinished: Filter = { kind: "in", field: { name: "state" }, values: ["waiting", "running"] };

/**
 * Reads what has changed since the last look: new trials, those that are not over, and those that were not at the last
 * look or that have been named.
 *
 * @param named - Numbers of trials that have changed, as far as the caller knows.
 * @returns whether anything was read; null if the columns no longer fit the database and have to be read anew.
 */
export async function refreshColumns(
  reader: Reader,
  columns: StudyColumns,
  named: readonly number[] = [],
): Promise<boolean | null> {
  return reader.snapshot(async (now) => {
    const open = openNumbers(columns);
    const last = columns.rows === 0 ? -1 : columns.columns.get("number")!.cells[columns.rows - 1]!;
    const number = { name: "number" } as const;
    await readRows(now, columns, {
      kind: "compare",
      operator: ">",
      left: { field: number },
      right: { value: last },
    });
    await readRows(now, columns, unfinished);
    const others = [...new Set([...open, ...named])];
    if (others.length > 0) await readRows(now, columns, { kind: "in", field: number, values: others });
    const isChanged = columns.commit();
    return fits(columns.counts(), await now.counts(columns.study.id)) ? isChanged : null;
  });
}

/** The numbers of the trials that were not over at the last look. */
function openNumbers({ columns, rows }: StudyColumns): number[] {
  const state = columns.get("state")!;
  const over = new Set(["complete", "pruned", "fail"]);
  const isOpen = state.words!.map((word) => !over.has(word));
  const numbers = columns.get("number")!.cells;
  const found: number[] = [];
  for (let row = 0; row < rows; row++) if (isOpen[state.cells[row]!]) found.push(numbers[row]!);
  return found;
}

function fits(
  mine: Readonly<Record<TrialState, number>>,
  theirs: Readonly<Record<TrialState, number>>,
): boolean {
  return (Object.keys(mine) as TrialState[]).every((state) => mine[state] === theirs[state]);
}

/** Reads the rows of some trials, with their splits. */
async function readRows(reader: Reader, columns: StudyColumns, filter: Filter): Promise<void> {
  const { study } = columns;
  const splits = new Map<number, ReadonlyMap<number, number>>();
  for await (const page of reader.trials(study, { filter })) {
    for (const trial of page) {
      const own = trial.splits.map(
        ({ split, values, value }) => [split, values[0] ?? value ?? Number.NaN] as const,
      );
      splits.set(trial.number, new Map(own));
    }
  }
  if (splits.size === 0) return;
  for await (const page of reader.cells(study, trialFields(study), { filter }))
    for (const cells of page) columns.write(cells, splits.get(Number(cells[0])) ?? NO_SPLITS);
}
