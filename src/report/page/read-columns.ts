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
      for await (const page of now.history(study, undefined, { withInvalid: true })) {
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
 * Reads what has changed since the last look: new trials, those that run, and those that were not over at the last look.
 *
 * @returns whether anything has changed; null if the columns no longer fit the database and have to be read anew.
 */
export async function refreshColumns(reader: Reader, columns: StudyColumns): Promise<boolean | null> {
  return reader.snapshot(async (now) => {
    const { id } = columns.study;
    const last = columns.rows === 0 ? -1 : columns.columns.get("number")!.cells[columns.rows - 1]!;
    const number = { name: "number" } as const;
    const begun = (await now.running(id)).map((trial) => trial.number);
    const open = [...new Set([...columns.numbersIn(["waiting", "running"]), ...begun])];
    await readRows(now, columns, {
      kind: "compare",
      operator: ">",
      left: { field: number },
      right: { value: last },
    });
    if (open.length > 0) await readRows(now, columns, { kind: "in", field: number, values: open });
    const counts = await now.counts(id);
    if (fits(columns.counts(), counts)) return columns.commit();
    // A trial that was over waits again: no index finds it, so that it is looked for only then.
    await readRows(now, columns, unfinished);
    return fits(columns.counts(), counts) ? columns.commit() : null;
  });
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
