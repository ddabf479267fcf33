import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow, TrialRecord } from "../../store/records.ts";
import { NO_TRACE, type Trace, type TracedReport } from "../../store/trace.ts";
import { scalarEvent, versionEvent } from "./events.ts";
import { endEvent, experimentEvent, startEvent } from "./hparams.ts";
import { recordFile } from "./record.ts";

/**
 * Writes trials of a study as runs of TensorBoard, a folder for each trial that has begun.
 *
 * - The scalar `value` (`values.0`, `values.1`) is what a complete trial came to; `durationMs` and `memory.peakBytes` stand
 *   beside it.
 * - The scalar `split` is the value of each split, at the step of its number; `report` is what `train` reported, at its
 *   steps, in a study of several splits a scalar for each: `report/0`. Steps that are not whole are counted instead.
 * - The HParams plugin finds the params, their ranges and the metrics.
 *
 * @param folder - An empty folder.
 * @returns how many trials were written.
 */
export async function writeTensorboard(
  folder: string,
  reader: Reader,
  study: StudyRow,
  selection: Selection,
): Promise<number> {
  const metrics = [...valueTags(study), "durationMs", "memory.peakBytes"];
  const run = (name: string, atMs: number, events: readonly Uint8Array[]): void => {
    const path = join(folder, name);
    if (name !== "") mkdirSync(path);
    const file = `events.out.tfevents.${String(Math.floor(atMs / 1000)).padStart(10, "0")}.belay`;
    writeFileSync(join(path, file), recordFile([versionEvent(atMs), ...events]));
  };
  const { createdAtMs } = study;
  run("", createdAtMs, [experimentEvent(study, metrics, createdAtMs)]);
  let trials = 0;
  await reader.snapshot(async (state) => {
    const counts = await state.counts(study.id);
    const digits = String(Object.values(counts).reduce((sum, count) => sum + count, 0)).length;
    for await (const page of state.trials(study, selection)) {
      const begun = page.filter(({ state: now, startedAtMs }) => now !== "waiting" && startedAtMs !== null);
      const traces = await state.traces(begun.map(({ id }) => id));
      for (const trial of begun) {
        const events = eventsOf(study, trial, traces.get(trial.id) ?? NO_TRACE);
        run(`trial-${String(trial.number).padStart(digits, "0")}`, trial.startedAtMs!, events);
      }
      trials += begun.length;
      await nextTurn(); // so that Ctrl-C is heard
    }
  });
  return trials;
}

function valueTags({ directions }: StudyRow): string[] {
  return directions.length > 1 ? directions.map((_, i) => `values.${i}`) : ["value"];
}

function eventsOf(study: StudyRow, trial: TrialRecord, trace: Trace): Uint8Array[] {
  const { params, startedAtMs, finishedAtMs, state } = trial;
  const events = [startEvent(study, params, startedAtMs!)];
  const add = (tag: string, atMs: number, step: number, value: number | null): void => {
    events.push(scalarEvent(tag, { atMs, step, value: value ?? Number.NaN }));
  };
  const several = study.directions.length > 1;
  for (const { split, values, atMs } of [...trace.splits].sort((a, b) => a.split - b.split))
    study.directions.forEach((_, i) => {
      add(several ? `split.${i}` : "split", atMs, split, values[i] ?? null);
    });
  for (const [split, reports] of bySplit(trace.reports)) {
    const tag = study.splitCount > 1 ? `report/${split}` : "report";
    const isWhole = reports.every(({ step }) => Number.isSafeInteger(step));
    for (const [i, { step, value, atMs }] of reports.entries()) add(tag, atMs, isWhole ? step : i, value);
  }
  if (finishedAtMs === null) return [...events, endEvent(state, null, startedAtMs!)];
  const metrics: readonly (readonly [string, number | null | undefined])[] = [
    ...valueTags(study).map((tag, i) => [tag, trial.values[i]] as const),
    ["durationMs", trial.durationMs],
    ["memory.peakBytes", trial.memory?.peakBytes],
  ];
  for (const [tag, value] of metrics)
    if (value !== null && value !== undefined) add(tag, finishedAtMs, 0, value);
  return [...events, endEvent(state, finishedAtMs, finishedAtMs)];
}

/** The reports of each split in the order in which they came; of a step that several attempts reported, the last. */
function bySplit(reports: readonly TracedReport[]): ReadonlyMap<number, readonly TracedReport[]> {
  const found = new Map<number, Map<number, TracedReport>>();
  for (const report of reports) {
    const steps = found.get(report.split) ?? new Map<number, TracedReport>();
    steps.delete(report.step);
    found.set(report.split, steps.set(report.step, report));
  }
  return new Map([...found].map(([split, steps]) => [split, [...steps.values()]]));
}
