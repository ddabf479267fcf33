#!/usr/bin/env node
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { BelayError, nearest } from "../core/error.ts";
import { doctorCommand } from "./doctor-command.ts";
import { launchCommand } from "./launch.ts";
import { memoryCommand, snapshotCommand } from "./memory-command.ts";
import { everywhere } from "./options.ts";
import { bestCommand, listCommand, queryCommand, showCommand, sqlCommand } from "./read.ts";
import { resumeCommand } from "./resume.ts";

/** The entry of the command line: the only place that turns errors into output and exit codes. */

const EXIT_USAGE = 2;
const commands = [
  launchCommand,
  resumeCommand,
  queryCommand,
  sqlCommand,
  listCommand,
  showCommand,
  bestCommand,
  memoryCommand,
  snapshotCommand,
  doctorCommand,
];
const names = commands.map(({ command }) => command.split(" ")[0]!);

async function main(): Promise<void> {
  let parser = everywhere(yargs(hideBin(process.argv)))
    .scriptName("belay")
    .usage("$0 <command> [options]")
    .parserConfiguration({
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "camel-case-expansion": false,
      "boolean-negation": true,
    })
    .strictOptions()
    .demandCommand(1, "expected a command; belay --help lists them")
    .wrap(Math.min(110, process.stderr.columns ?? 110))
    .version()
    .help()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new BelayError("usage", plain(message));
    })
    .command("$0 [command]", false, {}, ({ command }) => {
      throw new BelayError("usage", unknownCommand(command));
    });
  for (const command of commands) parser = parser.command(command);
  await parser.parseAsync();
}

function unknownCommand(command: unknown): string {
  if (command === undefined) return "expected a command, got none; belay --help lists them";
  const near = nearest(String(command), names);
  return `command: expected one of ${names.join(", ")}, got "${String(command)}"${near ? `; did you mean ${near}?` : ""}`;
}

/** yargs tells several faults on several lines; people get one. */
function plain(message: string): string {
  return message
    .replace(/\s*\n\s*/g, "; ")
    .replace(
      /^Unknown arguments?: (.*)$/,
      "option: expected one that belay <command> --help lists, got --$1",
    );
}

main().catch((error: unknown) => {
  const known = error instanceof BelayError;
  process.stderr.write(
    `belay: ${known ? error.message : `internal error: ${error instanceof Error ? error.stack : String(error)}`}\n`,
  );
  process.exitCode = known && (error.code === "usage" || error.code === "study") ? EXIT_USAGE : 1;
});
