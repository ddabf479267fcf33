import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { BelayError } from "../core/error.ts";
import { typedPath } from "../store/command-line.ts";
import { refuseLiveOwner } from "../store/ownership.ts";
import type { StudyRow } from "../store/records.ts";
import { sameAgain } from "./advice.ts";
import { withReader } from "./storage/databases.ts";

/** Stands in advice for a path that Belay does not know. */
const UNKNOWN_PATH = "NEW-PATH";

/**
 * The study file with which a study goes on: the given one, or else the one that it was launched from.
 *
 * @param given - Where the file is now, if `--file` says so.
 * @param typed - The command that was typed, for advice.
 * @throws BelayError `usage`: the study's file is gone. The line ends with the command that names its new place.
 */
export function fileToResume(
  study: Pick<StudyRow, "name" | "studyFile">,
  db: string,
  given: string | undefined,
  typed: readonly string[],
): string {
  if (given !== undefined) return given;
  if (existsSync(study.studyFile)) return study.studyFile;
  if (study.studyFile === "")
    throw new BelayError(
      "usage",
      `study ${study.name}: it was imported without a study file; with one: ${sameAgain(typed, "--file", UNKNOWN_PATH)}`,
    );
  const found = lookFor(study.studyFile, [process.cwd(), dirname(db)]);
  const state = `study ${study.name}: its file is no longer at ${study.studyFile}`;
  throw new BelayError(
    "usage",
    `${state}; if it was moved: ${sameAgain(typed, "--file", found ?? UNKNOWN_PATH)}`,
  );
}

/** Finds the file that shares the longest end of its path with the lost one, under one of the folders; null if there is none. */
function lookFor(lost: string, folders: readonly string[]): string | null {
  const steps = lost.split(/[\\/]/).filter(Boolean);
  for (let from = 0; from < steps.length; from++) {
    for (const folder of folders) {
      const path = join(folder, ...steps.slice(from));
      if (statSync(path, { throwIfNoEntry: false })?.isFile()) return typedPath(path);
    }
  }
  return null;
}

/** Refuses early while another coordinator lives. The claim checks it again, and decides. */
export async function refuseLive(
  file: string,
  study: StudyRow,
  takeover: boolean,
  typed: readonly string[],
): Promise<void> {
  const owner = await withReader(file, (reader) => reader.owner(study.id));
  const replacing = sameAgain(typed, "--takeover");
  refuseLiveOwner(study.name, owner, { file, takeover, nowMs: Date.now(), replacing });
}
