import type { Argv } from "yargs";
import { STUDY_FILES } from "../../study/bundle.ts";
import type { CliCommand, CommandName } from "../commands/index.ts";
import { everywhere } from "../options.ts";
import { POSITIONALS, VALUES, VALUES_OF } from "./declared.ts";
import type { CompletedCommand, CompletedOption, CompletionTable, Source } from "./source.ts";

/** Makes the table of all that can be completed, from the commands themselves. Only the build loads this. */

/** An option as a command declares it to yargs. */
interface Declared {
  readonly type?: string;
  readonly describe?: string;
  readonly default?: unknown;
  readonly requiresArg?: boolean;
  readonly array?: boolean;
}

/**
 * All commands and their options, with what completes them.
 *
 * @throws Error if `declared.ts` does not say what completes a positional argument or the value of an option, or if it says
 *   so of one that does not exist.
 */
export function completionTable(commands: readonly CliCommand[]): CompletionTable {
  const used = new Set<string>();
  const completed = commands.map((command) => {
    const name = command.command.split(" ")[0] as CommandName;
    return [name, completedCommand(name, command, used)] as const;
  });
  const shared = completedOptions(optionsOf(everywhere), (option) => sourceOfValue(null, option, used));
  const unused = declaredOptions().filter((option) => !used.has(option));
  if (unused.length > 0) throw fault(`options that exist, got ${unused.join(", ")}`);
  return {
    everywhere: {
      ...shared,
      help: { describe: "shows this help", value: "none", repeats: false, source: "nothing" },
      version: { describe: "shows the version", value: "none", repeats: false, source: "nothing" },
    },
    commands: Object.fromEntries(completed),
    studyFiles: STUDY_FILES.map((ending) => ending.slice(1)),
  };
}

function completedCommand(
  name: CommandName,
  { command, describe, builder }: CliCommand,
  used: Set<string>,
): CompletedCommand {
  const positionals = command.split(" ").slice(1);
  const declared = POSITIONALS[name];
  const names = positionals.map((text) => text.slice(1, -1).replace("..", ""));
  if (names.join() !== Object.keys(declared).join())
    throw fault(`what completes "${names.join(" ")}" of ${name}, got "${Object.keys(declared).join(" ")}"`);
  const options = typeof builder === "function" ? optionsOf(builder as (yargs: Argv) => unknown) : {};
  return {
    describe: String(describe),
    positionals: names.map((each) => declared[each]!),
    repeats: positionals.at(-1)?.includes("..") === true,
    options: completedOptions(options, (option) => sourceOfValue(name, option, used)),
  };
}

function completedOptions(
  options: Readonly<Record<string, Declared>>,
  sourceOf: (option: string) => Source,
): Record<string, CompletedOption> {
  const completed: Record<string, CompletedOption> = {};
  for (const [name, { type, describe = "", default: standard, requiresArg, array }] of Object.entries(
    options,
  )) {
    const value = type === "boolean" ? "none" : requiresArg ? "one" : "maybe";
    const source = value === "none" ? "nothing" : sourceOf(name);
    // An option that is on by default is of use only to turn it off.
    const shown = value === "none" && standard === true ? `no-${name}` : name;
    completed[shown] = { describe, value, repeats: array === true, source };
  }
  return completed;
}

function sourceOfValue(command: CommandName | null, option: string, used: Set<string>): Source {
  const own = command === null ? undefined : VALUES_OF[command]?.[option];
  used.add(own === undefined ? option : `${option} of ${command}`);
  const source = own ?? VALUES[option];
  if (source !== undefined) return source;
  throw fault(
    `what completes the value of --${option}${command === null ? "" : ` of ${command}`}, got nothing`,
  );
}

/** The options of whose values something is said, `format of export` where it is said for one command only. */
function declaredOptions(): string[] {
  const own = Object.entries(VALUES_OF).flatMap(([command, options]) =>
    Object.keys(options).map((option) => `${option} of ${command}`),
  );
  return [...Object.keys(VALUES), ...own];
}

/** The options that a command declares, by calling its builder with an object that only writes down what it is told. */
function optionsOf(builder: (yargs: Argv) => unknown): Record<string, Declared> {
  const options: Record<string, Declared> = {};
  const recorder = {
    option: (name: string, declared: Declared) => {
      options[name] = declared;
      return recorder;
    },
    options: (several: Record<string, Declared>) => {
      Object.assign(options, several);
      return recorder;
    },
    positional: () => recorder,
    example: () => recorder,
  };
  builder(recorder as unknown as Argv);
  return options;
}

function fault(expected: string): Error {
  return new Error(`src/cli/completion/declared.ts: expected ${expected}`);
}
