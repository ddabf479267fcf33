import { sign } from "../../core/search/direction.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import type { Course } from "./course.ts";
import type { StatePart } from "./state.ts";

/** Everything that the parts of a summary are made of. */
export interface Facts {
  readonly reader: Reader;
  readonly study: StudyRow;
  readonly course: Course;
  readonly state: StatePart;
  readonly nowMs: number;
  /** Free space for the database in bytes; null if it is unknown. */
  readonly freeBytes: number | null;
}

/** By how much one value is better than another one; below 0 it is worse. */
export function aheadBy({ directions }: StudyRow, value: number, than: number): number {
  return (than - value) * sign(directions[0]!) + 0;
}
