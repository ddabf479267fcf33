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

/** Follows advice: takes the command out of a message and types it into a shell unchanged. */

/** The folder of a study, its file, and its database. */
export interface Place {
  readonly cwd: string;
  readonly file: string;
  readonly db: string;
}

/** A place where a command must be quoted and complete: its names have spaces, and its database is not the default. */
export function oddPlace(study: string): Place {
  const cwd = folder();
  const file = "my study.ts";
  write(cwd, { [file]: study, "its results/.keep": "" });
  return { cwd, file, db: "its results/tom's $1 (new).db" };
}

/** Starts a command with the place's database. */
export function startIn({ cwd, db }: Place, ...args: readonly string[]): Running {
  return start(cwd, [...args, "--db", db]);
}

/** Runs a command with the place's database to its end. */
export function runIn(place: Place, ...args: readonly string[]): Promise<Finished> {
  return startIn(place, ...args).finished;
}

/** The command in a message: the first group of `pattern`. */
export function commandIn(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`expected ${pattern} in: ${text}`);
  return found;
}

/** The quoted command before some words, as in "`belay resume digits` goes on". */
export function commandBefore(text: string, words: string): string {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return commandIn(text, new RegExp(`\`(belay [^\`]+)\` ${escaped}`));
}

/** Starts a command in a shell in which `belay` is installed. */
export function startTyped(
  cwd: string,
  command: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const path = `${binFolder(cwd)}:${process.env.PATH}`;
  return startProgram(cwd, ["/bin/sh", "-c", `exec ${command}`], { PATH: path, ...env });
}

/** Runs a command in a shell to its end. */
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
