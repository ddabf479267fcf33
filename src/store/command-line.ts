import { relative, resolve } from "node:path";
import { realFile } from "../machine/real-file.ts";

/** Writes commands for messages so that people can paste them as they are, in the folder where they read them. */

/** The longest name that a study may have. */
const MAX_NAME = 64;

/** The database that a command without `--db` uses. */
export function defaultDatabase(): string {
  return process.env.BELAY_DB || "belay.db";
}

/** A `belay` command with these words, quoted where a shell would split or expand them. */
export function commandLine(...words: readonly string[]): string {
  return ["belay", ...words.map(quoted)].join(" ");
}

/** A `belay` command on a database; `--db` is added only if the command would otherwise use another file. */
export function commandOn(file: string, ...words: readonly string[]): string {
  const isDefault = realFile(file) === realFile(defaultDatabase());
  return commandLine(...words, ...(isDefault ? [] : ["--db", typedPath(file)]));
}

/** The first of `name-2`, `name-3`, ... that is not taken; `name` is shortened where the result would be too long. */
export function freeStudyName(name: string, isTaken: (candidate: string) => boolean): string {
  for (let i = 2; ; i++) {
    const suffix = `-${i}`;
    const candidate = name.slice(0, MAX_NAME - suffix.length) + suffix;
    if (!isTaken(candidate)) return candidate;
  }
}

/** A path as one would type it: relative inside the working directory, absolute elsewhere, never read as an option. */
export function typedPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  if (fromHere === "" || fromHere.startsWith("..")) return resolve(path);
  return fromHere.startsWith("-") ? `./${fromHere}` : fromHere;
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return process.platform === "win32" ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
