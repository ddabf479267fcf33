import { isLost } from "../../core/trial.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { bestOf } from "../best.ts";
import { type StatePart, stateOf } from "./state.ts";

/** A study in one line, as an entry of what `summary --json` prints without a study. */
export interface ShortSummaryJson {
  readonly study: string;
  readonly state: StatePart;
  /** null with several directions, and before the first complete trial. */
  readonly best: { readonly number: number; readonly value: number } | null;
  /** With several directions: how many trials are on the Pareto front. */
  readonly front?: number;
  /** Trials that were lost to limits and errors. */
  readonly lost: number;
}

/** The pace of a run follows from so many of its last trials. */
const RECENT = 51;

/** All studies of a database in one line each, in the order of their creation. */
export function shortSummaries(reader: Reader, nowMs = Date.now()): Promise<ShortSummaryJson[]> {
  return reader.snapshot(async (now) => {
    const studies: ShortSummaryJson[] = [];
    for (const study of await now.studies()) studies.push(await shortOf(now, study, nowMs));
    return studies;
  });
}

async function shortOf(reader: Reader, study: StudyRow, nowMs: number): Promise<ShortSummaryJson> {
  const owner = await reader.owner(study.id);
  const trials = await reader.counts(study.id);
  const isOpen = study.state === "running" || study.state === "paused";
  const endsMs = isOpen ? await lastEnds(reader, study) : [];
  const { best, front } = await bestOf(reader, study);
  const reasons = await reader.reasons(study.id);
  return {
    study: study.name,
    state: stateOf(study, { owner, trials, endsMs, nowMs }),
    best: best && { number: best.number, value: best.value },
    ...(front && { front: front.length }),
    lost: reasons.reduce((sum, { reason, count }) => sum + (isLost(reason) ? count : 0), 0),
  };
}

/** When the last trials ended, ascending. */
async function lastEnds(reader: Reader, study: StudyRow): Promise<number[]> {
  const order = [{ field: { name: "finishedAtMs" }, descending: true }] as const;
  const ends: number[] = [];
  for await (const page of reader.cells(study, [{ name: "finishedAtMs" }], { order, limit: RECENT }))
    for (const [endMs] of page) if (typeof endMs === "number") ends.push(endMs);
  return ends.reverse();
}
