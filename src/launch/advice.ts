import { listStudies } from "../report/list.ts";
import { commandLine, commandOn, freeStudyName, typedPath } from "../store/command-line.ts";
import { withReader } from "./storage/databases.ts";

/** Commands that errors and notes advise people to type. */

/** The typed command with `option` added or changed; all other words stay. */
export function sameAgain(typed: readonly string[], option: string, ...value: readonly string[]): string {
  const words = [...typed];
  const at = words.findIndex((word) => word === option || word.startsWith(`${option}=`));
  if (at >= 0) words.splice(at, words[at] === option ? 1 + value.length : 1);
  return `\`${commandLine(...words, option, ...value)}\``;
}

/** The command that launches a study file as another study, under a name that is free. */
export async function launchAnew(db: string, name: string, studyFile: string): Promise<string> {
  return `\`${commandOn(db, "launch", typedPath(studyFile), "--name", await freeName(db, name))}\``;
}

/** What to do when the name of a launch is in the database already. */
export async function adviceOnTakenName(db: string, name: string, typed: readonly string[]): Promise<string> {
  const other = `${sameAgain(typed, "--name", await freeName(db, name))} gives this one another name`;
  const taken = (await withReader(db, listStudies)).find(({ study }) => study === name);
  return taken?.owner
    ? `it runs now; ${other}`
    : `\`${commandOn(db, "resume", name)}\` goes on with it, ${other}`;
}

async function freeName(db: string, name: string): Promise<string> {
  const names = new Set((await withReader(db, (reader) => reader.studies())).map((study) => study.name));
  return freeStudyName(name, (candidate) => names.has(candidate));
}
