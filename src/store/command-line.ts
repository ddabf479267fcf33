import { relative, resolve } from "node:path";
import { realFile } from "../machine/real-file.ts";

/** Commands in messages, written so that people can type them as they stand, in the folder where they read them. */

/** The longest name that a study may have. */
const MAX_NAME = 64;

/** The database of a command that names none. */
export function defaultDatabase(): string {
  return process.env.BELAY_DB || "belay.db";
}

/** `belay` with these words; those that a shell would take apart are quoted. */
export function commandLine(...words: readonly string[]): string {
  return ["belay", ...words.map(quoted)].join(" ");
}

/** A command about a database: it names the file where without it another one would be taken. */
export function commandOn(file: string, ...words: readonly string[]): string {
  const isDefault = realFile(file) === realFile(defaultDatabase());
  return commandLine(...words, ...(isDefault ? [] : ["--db", typedPath(file)]));
}

/** The first of `name-2`, `name-3` ... that no study has. */
export function freeStudyName(name: string, isTaken: (candidate: string) => boolean): string {
  for (let i = 2; ; i++) {
    const suffix = `-${i}`;
    const candidate = name.slice(0, MAX_NAME - suffix.length) + suffix;
    if (!isTaken(candidate)) return candidate;
  }
}

/** A path as one would type it here: short within the working directory, and never taken for an option. */
export function typedPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  if (fromHere === "" || fromHere.startsWith("..")) return resolve(path);
  return fromHere.startsWith("-") ? `./${fromHere}` : fromHere;
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return process.platform === "win32" ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
