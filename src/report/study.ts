import { BelayError, didYouMean, show } from "../core/error.ts";
import { formatTrials } from "../core/units.ts";
import { typedPath } from "../store/command-line.ts";
import type { Reader } from "../store/reader.ts";
import type { Learned, StudyRow } from "../store/records.ts";

/**
 * Reads the study of a name.
 *
 * @throws BelayError `usage`: there is none; the message suggests the nearest name.
 */
export async function requireStudy(reader: Reader, name: string): Promise<StudyRow> {
  const study = await reader.study(name);
  if (study) return study;
  const names = (await reader.studies()).map((each) => each.name).reverse();
  const hint = names.length === 0 ? ": there is none in this database" : didYouMean(name, names, show);
  throw new BelayError("usage", `study: expected a name that exists, got ${show(name)}${hint}`);
}

/** A recorded time as ISO 8601 text. */
export function toIso(atMs: number): string;
export function toIso(atMs: number | null): string | null;
export function toIso(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

/** From what a study learns. */
export interface LearnsFrom {
  readonly study: string;
  /** The other study's database; null: that of the study. */
  readonly db: string | null;
  /** How many of its trials: copies, as they were when the study was created. */
  readonly trials: number;
}

export function learnsFrom({ source, file, trials }: Learned): LearnsFrom {
  return { study: source, db: file, trials: trials.length };
}

/** For people: `12 trials of digits`. */
export function learnsFromText({ study, db, trials }: LearnsFrom): string {
  return `${formatTrials(trials)} of ${study}${db === null ? "" : ` in ${typedPath(db)}`}`;
}
