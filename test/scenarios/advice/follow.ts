import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Finished,
  folder,
  MAIN,
  type Running,
  start,
  startProgram,
  write,
} from "../../support/belay.ts";

/** Doing what a message says: the command is taken out of the text, and typed into a shell as it stands. */

/** Where a study lies and its results go. */
export interface Place {
  readonly cwd: string;
  readonly file: string;
  readonly db: string;
}

/** A place where every short cut fails: names that a shell takes apart, and a database that is not the default. */
export function oddPlace(study: string): Place {
  const cwd = folder();
  const file = "my study.ts";
  write(cwd, { [file]: study, "its results/.keep": "" });
  return { cwd, file, db: "its results/tom's $1 (new).db" };
}

/** Starts a command about the place's database. */
export function startIn({ cwd, db }: Place, ...args: readonly string[]): Running {
  return start(cwd, [...args, "--db", db]);
}

/** Runs a command about the place's database to its end. */
export function runIn(place: Place, ...args: readonly string[]): Promise<Finished> {
  return startIn(place, ...args).finished;
}

/** The command of a message that `pattern` finds, by its first group. */
export function commandIn(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`expected ${pattern} in: ${text}`);
  return found;
}

/** The command before some words: `belay resume digits` goes on. */
export function commandBefore(text: string, words: string): string {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return commandIn(text, new RegExp(`\`(belay [^\`]+)\` ${escaped}`));
}

/** Starts what was read, in a shell in which `belay` is installed. */
export function startTyped(
  cwd: string,
  command: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const path = `${binFolder(cwd)}:${process.env.PATH}`;
  return startProgram(cwd, ["/bin/sh", "-c", `exec ${command}`], { PATH: path, ...env });
}

/** Types what was read, and waits for its end. */
export function type(
  cwd: string,
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return startTyped(cwd, command, env).finished;
}

function binFolder(cwd: string): string {
  const bin = join(cwd, ".bin");
  if (!existsSync(bin)) {
    write(bin, { belay: `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n` });
    chmodSync(join(bin, "belay"), 0o755);
  }
  return bin;
}
