import type { Detail } from "../core/trial.ts";
import type { ImportedTrial } from "../store/imported.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow, TrialRecord } from "../store/records.ts";
import { NO_TRACE } from "../store/trace.ts";

/** Trials whose traces are in memory together; with more, the memory of the process grows by far more than they hold. */
const TRACED = 50;

/**
 * Reads the trials of a study in another database of Belay. A trial that had not ended waits, and keeps the splits that it
 * has; its attempt is one that was stopped.
 *
 * @param reader - A snapshot of the other database.
 */
export async function* belayTrials(reader: Reader, study: StudyRow): AsyncGenerator<ImportedTrial[]> {
  const told = new Map<number, number>();
  for await (const page of reader.history(study, undefined, { withInvalid: true }))
    for (const { number } of page) told.set(number, told.size);
  let number = 0;
  for await (const page of reader.trials(study)) {
    for (let start = 0; start < page.length; start += TRACED) {
      const some = page.slice(start, start + TRACED);
      const traces = await reader.traces(some.map(({ id }) => id));
      yield some.map((trial) => ({
        ...toImported(trial, told.get(trial.number) ?? null),
        number: number++, // numbers have no gaps, even if rows of the other database were lost
        ran: traces.get(trial.id) ?? NO_TRACE,
      }));
    }
  }
}

function toImported(trial: TrialRecord, told: number | null): Omit<ImportedTrial, "number" | "ran"> {
  const { params, proposer, why, error, reason, values, constraints, startedAtMs } = trial;
  const ended = trial.state !== "running" && trial.state !== "waiting";
  return {
    invalid: trial.invalid,
    ...{ params, proposer, why, error, reason, values, constraints, startedAtMs, told },
    state: ended ? (trial.state as ImportedTrial["state"]) : "waiting",
    detail: ended ? trial.detail : withoutRound(trial.detail),
    finishedAtMs: trial.finishedAtMs,
    durationMs: ended ? trial.durationMs : null,
  };
}

/** A trial that was taken up again keeps a place in the order of ends, which it does not have here. */
function withoutRound(detail: Detail | null): Detail | null {
  if (detail === null) return null;
  const { unparked: _, ...rest } = detail;
  return Object.keys(rest).length > 0 ? rest : null;
}
