#!/usr/bin/env node
import { readFileSync } from "node:fs";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { BelayError } from "../core/error.ts";
import { tooFewFiles } from "../machine/open-files.ts";
import { commandsFor } from "./commands/index.ts";
import { everywhere } from "./options.ts";
import { complain, forgetUnknownSizes } from "./terminal/output.ts";
import { checkArguments, type KnownOptions, yargsFault } from "./usage.ts";

/** The entry of the command line: the only place that turns errors into output and exit codes. */

const EXIT_USAGE = 2;

/** The package's own: yargs would take that of the folder in which it finds itself. */
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Marks a word that follows `--`: it is no option, whatever it begins with. */
const PLAIN = "\u0000";

/** The words that were typed, those after `--` marked: yargs would not take them for a study or a number. */
function typedWords(): string[] {
  const words = hideBin(process.argv);
  if (words[0] === "--") words.shift(); // before the command it says nothing
  const at = words.indexOf("--");
  if (at < 0) return words.map(wholeLag);
  return [...words.slice(0, at).map(wholeLag), ...words.slice(at + 1).map((word) => PLAIN + word)];
}

function withoutMark(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMark);
  return typeof value === "string" && value.startsWith(PLAIN) ? value.slice(PLAIN.length) : value;
}

/** `--deterministic` has a value only if a number follows: else it would take the study file for one. */
function wholeLag(word: string, i: number, words: readonly string[]): string {
  return word === "--deterministic" && !/^\d[\d.]*$/.test(words[i + 1] ?? "") ? "--deterministic=true" : word;
}

async function main(): Promise<void> {
  const typed = typedWords();
  const commands = await commandsFor(typed);
  // yargs composes the help of a command whether it is shown or not, and spends most of that time on wrapping it.
  const helpIsShown = commands.length > 1 || typed.includes("--help");
  let parser = everywhere(yargs(typed))
    .scriptName("belay")
    .usage("$0 <command> [options]")
    .locale("en")
    .parserConfiguration({
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "boolean-negation": true,
    })
    .middleware((argv) => {
      for (const [key, value] of Object.entries(argv)) argv[key] = withoutMark(value);
    }, true)
    .check((argv, known: unknown) => {
      checkArguments(argv, known as KnownOptions, typed, commands);
      return true;
    })
    .wrap(helpIsShown ? Math.min(110, process.stdout.columns ?? 110) : null)
    .example("$0 launch studies/digits.ts --trials 20", "creates a study and runs it")
    .example("$0 resume digits --add 10", "ten trials more")
    .example("$0 query digits --sort value:desc --limit 5", "the five best trials")
    .version("version", "shows the version", version)
    .help("help", "shows this help")
    .exitProcess(false)
    .fail((message, error) => {
      throw error && !isYargsOwn(error) ? error : yargsFault(message, typed, commands);
    });
  for (const command of commands) parser = parser.command(command);
  await parser.parseAsync();
}

/**
 * A reader that has left (`| head`) has seen enough. That nobody can read what goes on (the output is a file on a full
 * disk) is no reason to end a study.
 */
function hearOutput(): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    complain(`belay: ${error.message}`);
    process.exit(1);
  });
}

/** yargs wraps what it refuses into an error of its own, with a message and nothing more. */
function isYargsOwn(error: Error): boolean {
  return error.name === "YError";
}

/** One line for people: no stack trace, except where the fault is Belay's own. */
function describe(error: unknown): string {
  if (error instanceof BelayError) return error.message;
  const files = tooFewFiles(error);
  if (files) return files;
  if (error instanceof Error && "syscall" in error) return error.message; // a full disk
  return `internal error: ${error instanceof Error ? error.stack : String(error)}`;
}

/** A command that waits for what can never come would end as if all were well: nothing else keeps the process alive. */
function notDone(): void {
  complain("belay: internal error: the command ended before it was done");
  process.exitCode = 1;
}

hearOutput();
forgetUnknownSizes([process.stdout, process.stderr]);
process.once("beforeExit", notDone);
main()
  .catch((error: unknown) => {
    const isUsage = error instanceof BelayError && (error.code === "usage" || error.code === "study");
    complain(`belay: ${describe(error)}`);
    process.exitCode = isUsage ? EXIT_USAGE : 1;
  })
  .finally(() => process.off("beforeExit", notDone));
