import { listStudies } from "../report/list.ts";
import { commandLine, commandOn, freeStudyName, typedPath } from "../store/command-line.ts";
import { reading } from "./storage/databases.ts";

/** What to type, in errors and notes. */

/** A command once more, with `option` added or changed: whatever else was asked for stays. */
export function sameAgain(typed: readonly string[], option: string, ...value: readonly string[]): string {
  const words = [...typed];
  const at = words.findIndex((word) => word === option || word.startsWith(`${option}=`));
  if (at >= 0) words.splice(at, words[at] === option ? 1 + value.length : 1);
  return `\`${commandLine(...words, option, ...value)}\``;
}

/** Launches a study file as another study, under a name that is free. */
export function launchAnew(db: string, name: string, studyFile: string): string {
  return `\`${commandOn(db, "launch", typedPath(studyFile), "--name", freeName(db, name))}\``;
}

/** What to do about the name of a launch that is in the database already. */
export function adviceOnTakenName(db: string, name: string, typed: readonly string[]): string {
  const other = `${sameAgain(typed, "--name", freeName(db, name))} gives this one another name`;
  const taken = reading(db, listStudies).find(({ study }) => study === name);
  return taken?.owner
    ? `it runs now; ${other}`
    : `\`${commandOn(db, "resume", name)}\` goes on with it, ${other}`;
}

function freeName(db: string, name: string): string {
  const names = new Set(reading(db, listStudies).map(({ study }) => study));
  return freeStudyName(name, (candidate) => names.has(candidate));
}
