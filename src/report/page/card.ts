import { type Direction, sign } from "../../core/search/direction.ts";
import { finishedOf } from "../../core/trial.ts";
import { formatTrials } from "../../core/units.ts";
import { commandOn } from "../../store/command-line.ts";
import type { StudyRow } from "../../store/records.ts";
import type { StudyJson } from "../list.ts";
import { paceOf } from "../summary/course.ts";
import type { StudyColumns } from "./columns.ts";
import type { StudyCardJson } from "./page.ts";

/** So many points has the small line of a study. */
const POINTS = 10;

/**
 * A study in the list of all.
 *
 * @param columns - Its trials in memory; null while they are not read yet: some figures are then null.
 * @param db - The database's file, for the command.
 */
export function studyCard(
  study: StudyRow,
  summary: StudyJson,
  {
    columns,
    db,
    nowMs,
  }: { readonly columns: StudyColumns | null; readonly db: string; readonly nowMs: number },
): StudyCardJson {
  const { owner } = summary;
  return {
    ...summary,
    directions: study.directions,
    leftMs: leftMs(summary, columns, nowMs),
    computeMs: columns && sum(columns, "durationMs"),
    heartbeatAgeMs: owner && Math.max(0, nowMs - Date.parse(owner.heartbeatAt)),
    course: columns && study.directions.length === 1 ? courseOf(columns, study.directions[0]!) : [],
    resume: owner ? null : resumeOf(summary, db),
  };
}

function sum({ columns, rows }: StudyColumns, name: string): number {
  const { cells } = columns.get(name)!;
  let total = 0;
  for (let row = 0; row < rows; row++) total += cells[row]! || 0;
  return total;
}

/** When each trial ended, ascending. */
function endsOf({ columns, rows }: StudyColumns): Float64Array {
  const ends = Float64Array.from(columns.get("finishedAtMs")!.cells.subarray(0, rows)).sort();
  const unfinished = ends.findIndex(Number.isNaN); // NaN is sorted to the end
  return unfinished < 0 ? ends : ends.subarray(0, unfinished);
}

function leftMs({ state, owner, trials, target }: StudyJson, columns: StudyColumns | null, nowMs: number) {
  if (state !== "running" || !owner || !columns) return null;
  const left = target - finishedOf(trials);
  return paceOf(endsOf(columns), { sinceMs: Date.parse(owner.since), nowMs, left })?.leftMs ?? null;
}

/** The best value after each tenth of the rows. */
function courseOf({ columns, rows }: StudyColumns, direction: Direction): (number | null)[] {
  const flip = sign(direction);
  const values = columns.get("value.0")!.cells;
  const violation = columns.get("violation")!.cells;
  const invalid = columns.get("invalid")!.cells;
  const course: (number | null)[] = [];
  let best: number | null = null;
  let row = 0;
  for (let point = 1; point <= Math.min(POINTS, rows); point++) {
    for (; row < Math.round((rows * point) / Math.min(POINTS, rows)); row++) {
      const value = values[row]!;
      if (violation[row] === 0 && invalid[row] !== 1 && (best === null || value * flip < best * flip))
        best = value;
    }
    course.push(best);
  }
  return course;
}

/** What `resume` would do. */
function resumeOf({ study, state, trials, target }: StudyJson, db: string): StudyCardJson["resume"] {
  const left = Math.max(0, target - finishedOf(trials));
  if (state === "converged")
    return {
      text: `a stop rule has ended it; without the rule it would run ${formatTrials(left)} more`,
      command: commandOn(db, "resume", study, "--stop", "none"),
    };
  if (left === 0)
    return {
      text: "runs ten trials more than planned",
      command: commandOn(db, "resume", study, "--add", "10"),
    };
  const open = trials.waiting + trials.running;
  const first =
    open > 0 ? `goes on with ${formatTrials(open)} that ${open === 1 ? "is" : "are"} not over, and ` : "";
  return {
    text: `${first}runs until ${formatTrials(target)} are over`,
    command: commandOn(db, "resume", study),
  };
}
