import { setImmediate as nextTurn } from "node:timers/promises";
import { ATTEMPT_STATES, REASONS } from "../../core/trial.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import type { MemoryMarksJson } from "./page.ts";
import { newSeries, type Series } from "./series.ts";

/** When and where each attempt of a study ran, in the order of the trials' numbers. */
export function newTimeline(): Series {
  return newSeries([
    { name: "number", type: "i4" },
    { name: "attempt", type: "i4" },
    { name: "slot", type: "i4" },
    { name: "startedAtMs", type: "f8" },
    { name: "endedAtMs", type: "f8" },
    { name: "state", type: "u1", words: ATTEMPT_STATES },
    { name: "reason", type: "u1", words: REASONS },
    { name: "hostPid", type: "i4" },
  ]);
}

/**
 * Brings a timeline up to date.
 *
 * @param from - The attempts of trials with lower numbers are known and have not changed.
 */
export async function readTimeline(
  reader: Reader,
  study: StudyRow,
  { timeline, from }: { readonly timeline: Series; readonly from: number },
): Promise<void> {
  const numbers = timeline.columns.get("number")!;
  let rows = timeline.rows;
  while (rows > 0 && numbers.cells[rows - 1]! >= from) rows--;
  timeline.cut(rows);
  for await (const page of reader.attemptSpans(study.id, from)) {
    for (const span of page) {
      timeline.push(
        ...[span.number, span.attempt, span.slot, span.startedAtMs, span.endedAtMs],
        ...[indexOr(ATTEMPT_STATES, span.state), indexOr(REASONS, span.reason), span.hostPid],
      );
    }
    await nextTurn();
  }
}

/** The place of a word; 255 stands for none. */
function indexOr<T>(words: readonly T[], word: T | null): number {
  const index = word === null ? -1 : words.indexOf(word);
  return index < 0 ? 255 : index;
}

/** So many marks has a plot at most: the newest. */
const MOST_MARKS = 2_000;

/** The ends of attempts by guards and failures, and the fresh hosts of slots, from a moment on. */
export function marksOf(timeline: Series, sinceMs: number): MemoryMarksJson["marks"] {
  const cells = (name: string) => timeline.columns.get(name)!.cells;
  const [numbers, slots, starts, ends] = ["number", "slot", "startedAtMs", "endedAtMs"].map(cells);
  const [reasons, pids] = ["reason", "hostPid"].map(cells);
  const order = Uint32Array.from({ length: timeline.rows }, (_, row) => row);
  order.sort((a, b) => starts![a]! - starts![b]!);
  const marks: MemoryMarksJson["marks"][number][] = [];
  const hosts = new Map<number, number>();
  for (const row of order) {
    const [trial, slot, pid] = [numbers![row]!, slots![row]!, pids![row]!];
    const before = hosts.get(slot);
    if (pid >= 0) hosts.set(slot, pid);
    const own = { slot: slot < 0 ? null : slot, trial };
    if (before !== undefined && pid >= 0 && pid !== before && starts![row]! >= sinceMs)
      marks.push({
        ...{ atMs: starts![row]!, ...own, kind: "recycle", reason: null },
        text: `a fresh host for trial ${trial}`,
      });
    const reason = REASONS[reasons![row]!] ?? null;
    if (reason === null || reason === "pruner" || !(ends![row]! >= sinceMs)) continue;
    marks.push({ ...{ atMs: ends![row]!, ...own, kind: "kill", reason }, text: `trial ${trial}: ${reason}` });
  }
  return marks.sort((a, b) => a.atMs - b.atMs).slice(-MOST_MARKS);
}
