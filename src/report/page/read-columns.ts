import { setImmediate as nextTurn } from "node:timers/promises";
import type { TrialState } from "../../core/trial.ts";
import type { Filter } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { trialFields } from "./column-heads.ts";
import { newStudyColumns, type SplitValues, type StudyColumns } from "./columns.ts";

/**
 * Reads all trials of a study into columns, without their splits, and with a pause after each page in which the thread can do
 * something else.
 */
export async function readColumns(reader: Reader, study: StudyRow): Promise<StudyColumns> {
  const columns = newStudyColumns(study);
  for await (const page of reader.cells(study, trialFields(study))) {
    for (const cells of page) columns.write(cells, null);
    await nextTurn();
  }
  columns.commit();
  return columns;
}

/** Reads the splits of all trials, which takes longer than all else, and which few pages need. */
export async function readSplits(reader: Reader, columns: StudyColumns): Promise<void> {
  const { study, version } = columns;
  columns.beginSplits();
  await reader.snapshot(async (now) => {
    for await (const page of now.history(study, undefined, { withInvalid: true })) {
      for (const { number, steps, values } of page) {
        // In a study with one split the steps are reports.
        const splits = study.splitCount > 1 ? steps : values.slice(0, 1).map((value) => ({ step: 0, value }));
        columns.fillSplits(number, new Map(splits.map(({ step, value }) => [step, value])), version);
      }
      await nextTurn();
    }
    for (const [number, splits] of await splitsOf(now, study, unfinished))
      columns.fillSplits(number, splits, version);
  });
  columns.endSplits();
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
    const marked = await changedMarks(now, columns);
    const open = [...new Set([...columns.numbersIn(["waiting", "running"]), ...begun, ...marked])];
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

/** The numbers of the trials that have become invalid since, or count again. */
async function changedMarks(reader: Reader, { study, columns, rows }: StudyColumns): Promise<number[]> {
  const [numbers, marks] = [columns.get("number")!.cells, columns.get("invalid")!.cells];
  const now = new Set(await reader.invalid(study.id));
  const changed: number[] = [];
  for (let row = 0; row < rows; row++)
    if ((marks[row] === 1) !== now.has(numbers[row]!)) changed.push(numbers[row]!);
  return changed;
}

function fits(
  mine: Readonly<Record<TrialState, number>>,
  theirs: Readonly<Record<TrialState, number>>,
): boolean {
  return (Object.keys(mine) as TrialState[]).every((state) => mine[state] === theirs[state]);
}

/** Reads the rows of some trials, with their splits if they are wanted. */
async function readRows(reader: Reader, columns: StudyColumns, filter: Filter): Promise<void> {
  const { study, wantsSplits } = columns;
  const splits = wantsSplits ? await splitsOf(reader, study, filter) : null;
  for await (const page of reader.cells(study, trialFields(study), { filter }))
    for (const cells of page) columns.write(cells, splits && (splits.get(Number(cells[0])) ?? new Map()));
}

/** The splits of some trials, by the trials' numbers. */
async function splitsOf(
  reader: Reader,
  study: StudyRow,
  filter: Filter,
): Promise<ReadonlyMap<number, SplitValues>> {
  const all = new Map<number, SplitValues>();
  for await (const page of reader.trials(study, { filter }))
    for (const { number, splits } of page)
      all.set(
        number,
        new Map(splits.map(({ split, values, value }) => [split, values[0] ?? value ?? Number.NaN])),
      );
  return all;
}
