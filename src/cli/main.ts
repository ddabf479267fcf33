#!/usr/bin/env node
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { BelayError } from "../core/error.ts";
import { tooFewFiles } from "../machine/open-files.ts";
import { commandsFor } from "./commands/index.ts";
import { everywhere } from "./options.ts";
import { forgetUnknownSizes, printToStderr } from "./terminal/output.ts";
import { checkArguments, type KnownOptions, yargsFault } from "./usage.ts";
import { belayVersion } from "./version.ts";

/** The entry of the command line: the only place that turns errors into output and exit codes. */

const EXIT_USAGE = 2;

/** Marks a word that follows `--`, so that it is not taken for an option, whatever it begins with. */
const PLAIN = "\u0000";

/** The typed words. Those after `--` are marked, because yargs by itself would not take them as positional arguments. */
function typedWords(): string[] {
  const words = hideBin(process.argv);
  if (words[0] === "--") words.shift(); // before the command it has no meaning
  const at = words.indexOf("--");
  if (at < 0) return words.map(wholeLag);
  return [...words.slice(0, at).map(wholeLag), ...words.slice(at + 1).map((word) => PLAIN + word)];
}

function withoutMark(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMark);
  return typeof value === "string" && value.startsWith(PLAIN) ? value.slice(PLAIN.length) : value;
}

/** Gives `--deterministic` a value if no number follows it; otherwise it would take the study file as its value. */
function wholeLag(word: string, i: number, words: readonly string[]): string {
  return word === "--deterministic" && !/^\d[\d.]*$/.test(words[i + 1] ?? "") ? "--deterministic=true" : word;
}

async function main(): Promise<void> {
  const typed = typedWords();
  const commands = await commandsFor(typed);
  // yargs composes the help of a command even if it is not shown, and spends most of that time on wrapping lines.
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
    .version("version", "shows the version", belayVersion())
    .help("help", "shows this help")
    .exitProcess(false)
    .fail((message, error) => {
      throw error && !isYargsOwn(error) ? error : yargsFault(message, typed, commands);
    });
  for (const command of commands) parser = parser.command(command);
  await parser.parseAsync();
}

/**
 * Handles errors of stdout and stderr. A reader that has closed the pipe (`| head`) wants no more output. When stderr cannot
 * be written (a file on a full disk), the study goes on.
 */
function handleOutputErrors(): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    printToStderr(`belay: ${error.message}`);
    process.exit(1);
  });
}

/** Whether yargs itself has refused what was typed: its error has a message and nothing more. */
function isYargsOwn(error: Error): boolean {
  return error.name === "YError";
}

/** An error in one line for people; it has a stack trace only if the fault is Belay's own. */
function describe(error: unknown): string {
  if (error instanceof BelayError) return error.message;
  const files = tooFewFiles(error);
  if (files) return files;
  if (error instanceof Error && "syscall" in error) return error.message; // a full disk
  return `internal error: ${error instanceof Error ? error.stack : String(error)}`;
}

/**
 * Reports a command that ended before it was done. Node ends a process in which nothing is left to wait for, with exit code
 * 0, even if a promise of the command is still pending.
 */
function reportUnfinished(): void {
  printToStderr("belay: internal error: the command ended before it was done");
  process.exitCode = 1;
}

handleOutputErrors();
forgetUnknownSizes([process.stdout, process.stderr]);
process.once("beforeExit", reportUnfinished);
main()
  .catch((error: unknown) => {
    const isUsage = error instanceof BelayError && (error.code === "usage" || error.code === "study");
    printToStderr(`belay: ${describe(error)}`);
    process.exitCode = isUsage ? EXIT_USAGE : 1;
  })
  .finally(() => process.off("beforeExit", reportUnfinished));
