import { isLost, REASONS, type Reason } from "../../core/trial.ts";
import type { Field, FieldCell, Filter, Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { paramColumns, paramFields } from "../param-columns.ts";
import { VALID, validOnly } from "../valid.ts";

/** The finished trials of a study, in columns. */
export interface Finished {
  readonly numbers: readonly number[];
  readonly reasons: readonly (Reason | null)[];
  readonly durations: Float64Array;
  /** The values of each param, as the numbers of rows; NaN where it is inactive. */
  readonly columns: readonly Float64Array[];
  /** The values of each direction; NaN unless the trial is complete and meets its constraints. */
  readonly values: readonly Float64Array[];
}

/** Reads the finished trials of a selection. */
export async function readFinished(reader: Reader, study: StudyRow, selection: Selection): Promise<Finished> {
  const values = study.directions.map((_, index): Field => ({ name: "values", index }));
  const own: readonly Field[] = [
    { name: "state" },
    { name: "reason" },
    { name: "durationMs" },
    { name: "number" },
    { name: "violation" },
    ...values,
  ];
  const numbers: number[] = [];
  const reasons: (Reason | null)[] = [];
  const durations: number[] = [];
  const found: number[][] = values.map(() => []);
  const cells: FieldCell[][] = study.space.params.map(() => []);
  for await (const page of reader.cells(study, [...own, ...paramFields(study.space)], validOnly(selection))) {
    for (const row of page) {
      if (row[0] === "waiting" || row[0] === "running") continue;
      reasons.push(row[1] as Reason | null);
      durations.push(Number(row[2] ?? 0));
      numbers.push(Number(row[3]));
      const isGood = row[0] === "complete" && row[4] === 0;
      for (let k = 0; k < found.length; k++) found[k]!.push(isGood ? Number(row[5 + k]) : Number.NaN);
      for (let i = 0; i < cells.length; i++) cells[i]!.push(row[own.length + i]!);
    }
  }
  return {
    numbers,
    reasons,
    durations: Float64Array.from(durations),
    columns: paramColumns(study.space, cells),
    values: found.map((column) => Float64Array.from(column)),
  };
}

/** The attempts of a trial that were lost before its last one, or before it could end. */
export interface EarlierLoss {
  readonly number: number;
  /** Whether the trial has ended. */
  readonly isFinished: boolean;
  readonly reasons: readonly Reason[];
  /** The cells of its params. */
  readonly params: readonly FieldCell[];
}

/**
 * Reads the attempts that were lost before the last one of their trials: those that a limit or an error ended, and those
 * whose coordinator or host died before they had recorded a split.
 */
export async function readEarlierLosses(
  reader: Reader,
  study: StudyRow,
  { filter }: Selection,
): Promise<EarlierLoss[]> {
  const several: Filter = {
    ...{ kind: "compare", operator: ">", left: { field: { name: "attempts" } } },
    right: { value: 1 },
  };
  const fields: readonly Field[] = [{ name: "number" }, { name: "state" }, ...paramFields(study.space)];
  const parts = filter ? [filter, several, VALID] : [several, VALID];
  const found: EarlierLoss[] = [];
  for await (const page of reader.cells(study, fields, { filter: { kind: "and", parts } })) {
    for (const [number, state, ...params] of page) {
      const trial = await reader.trial(study.id, Number(number));
      if (!trial) continue;
      const isFinished = state !== "waiting" && state !== "running";
      const attempts = await reader.attempts(trial.id);
      const reasons = (isFinished ? attempts.slice(0, -1) : attempts).flatMap(
        ({ reason, state: end, cause, splits }): Reason[] => {
          if (isLost(reason)) return [reason!];
          const died = end === "interrupted" && (cause === "coordinator" || cause === "host");
          return died && splits.length === 0 ? ["interrupted"] : [];
        },
      );
      if (reasons.length > 0) found.push({ number: Number(number), isFinished, reasons, params });
    }
  }
  return found;
}

/** The reasons of losses, in the order in which they are told of. */
export const LOSSES: readonly Reason[] = REASONS.filter(isLost);
